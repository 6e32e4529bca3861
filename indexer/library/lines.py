"""The lines of text in each photo: those that were read, and where there are others."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from indexer.library.types import Box, Line, PhotoId


def record(conn: sqlite3.Connection, photo: PhotoId, found: Sequence[Line], unread: Sequence[Box] = ()) -> None:
    """Replaces what was read in the photo before."""
    conn.execute("delete from lines where photo_id = ?", (photo,))
    conn.execute("delete from unread where photo_id = ?", (photo,))
    conn.executemany(
        "insert into lines values (?, ?, ?, ?, ?, ?, ?, ?)",
        [(photo, position, line.text, line.confidence, *line.box) for position, line in enumerate(found)],
    )
    conn.executemany("insert into unread values (?, ?, ?, ?, ?, ?)", [(photo, n, *box) for n, box in enumerate(unread)])


def of(conn: sqlite3.Connection, photo: PhotoId) -> tuple[Line, ...]:
    """The lines of one photo from top to bottom; empty where there are none or nobody has read it."""
    rows = conn.execute("select * from lines where photo_id = ? order by position", (photo,))
    return tuple(
        Line(row["text"], row["confidence"], (row["left"], row["top"], row["right"], row["bottom"])) for row in rows
    )


def unread(conn: sqlite3.Connection, photo: PhotoId) -> tuple[Box, ...]:
    """Where there are lines that the reader found and could not read."""
    rows = conn.execute("select * from unread where photo_id = ? order by position", (photo,))
    return tuple((row["left"], row["top"], row["right"], row["bottom"]) for row in rows)
