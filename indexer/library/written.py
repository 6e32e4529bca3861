"""What people wrote about the photos: apart from what models saw, and before it."""

from __future__ import annotations

import json
import sqlite3

from indexer.library.types import PhotoId, Written


def record(conn: sqlite3.Connection, photo: PhotoId, found: Written) -> None:
    """What is written in the photo's files and beside them, in place of what was."""
    conn.execute("delete from written where photo_id = ?", (photo,))
    if found != Written():
        conn.execute(
            "insert into written(photo_id, title, caption, keywords, people, rating) values (?, ?, ?, ?, ?, ?)",
            (photo, found.title, found.caption, _stored(found.keywords), _stored(found.people), found.rating),
        )


def of(conn: sqlite3.Connection, photo: PhotoId) -> Written:
    row = conn.execute("select * from written where photo_id = ?", (photo,)).fetchone()
    if row is None:
        return Written()
    return Written(
        row["title"],
        row["caption"],
        tuple(json.loads(row["keywords"])),
        tuple(json.loads(row["people"])),
        row["rating"],
    )


def _stored(words: tuple[str, ...]) -> str:
    return json.dumps(words, ensure_ascii=False)
