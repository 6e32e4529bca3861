"""What people wrote about the photos, in their files or here: apart from what models saw, and before it."""

from __future__ import annotations

import json
import sqlite3

from indexer.library.types import PhotoId, Written


def record(conn: sqlite3.Connection, photo: PhotoId, found: Written) -> None:
    """What is written in the photo's files and beside them, in place of what was."""
    _put(conn, "written", photo, found)


def say(conn: sqlite3.Connection, photo: PhotoId, own: Written) -> None:
    """What the person writes here, in place of what they wrote before; it goes before everything else."""
    _put(conn, "own", photo, own)


def own(conn: sqlite3.Connection, photo: PhotoId) -> Written:
    """What the person wrote here."""
    return _get(conn, "own", photo)


def of(conn: sqlite3.Connection, photo: PhotoId) -> Written:
    """All that people wrote of it."""
    return own(conn, photo).over(_get(conn, "written", photo))


def carry(conn: sqlite3.Connection, before: PhotoId, now: PhotoId) -> None:
    """The photo was edited and is another content: what was written here of the old one is said of the new one too."""
    conn.execute(
        """
        insert into own(photo_id, title, caption, keywords, people, rating)
        select ?, title, caption, keywords, people, rating from own where photo_id = ? on conflict do nothing
        """,
        (now, before),
    )
    conn.execute("update own set carried = 1 where photo_id = ?", (before,))


def _put(conn: sqlite3.Connection, table: str, photo: PhotoId, words: Written) -> None:
    conn.execute(f"delete from {table} where photo_id = ?", (photo,))  # noqa: S608
    if words != Written():
        conn.execute(
            f"insert into {table}(photo_id, title, caption, keywords, people, rating) values (?, ?, ?, ?, ?, ?)",  # noqa: S608
            (photo, words.title, words.caption, _stored(words.keywords), _stored(words.people), words.rating),
        )


def _get(conn: sqlite3.Connection, table: str, photo: PhotoId) -> Written:
    row = conn.execute(f"select * from {table} where photo_id = ?", (photo,)).fetchone()  # noqa: S608
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
