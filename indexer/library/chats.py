"""What the person asked and was answered: kept in the library's file, found again, forgotten when they say so."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from indexer import language
from indexer.library.types import Chat, PhotoId


def keep(conn: sqlite3.Connection, chat: Chat) -> None:
    """Remembers it, or what has become of it."""
    conn.execute(
        """
        insert into chats(key, asked_at, question, answer, about, photos, words) values (?, ?, ?, ?, ?, ?, ?)
        on conflict(key) do update set answer = excluded.answer, photos = excluded.photos, words = excluded.words
        """,
        (
            chat.key,
            chat.asked_at.isoformat(timespec="seconds"),
            chat.question,
            chat.answer,
            chat.about,
            json.dumps(chat.photos),
            language.normalise(f"{chat.question} {chat.answer}"),
        ),
    )


def find(conn: sqlite3.Connection, text: str = "", *, limit: int = 100) -> list[Chat]:
    """Those that hold every word of `text`, or the beginning of some longer one, the latest first."""
    words = language.normalise(text).split()
    holding = " and ".join(["true", *("instr(' ' || words, ' ' || ?)" for _ in words)])
    query = f"select * from chats where {holding} order by asked_at desc, rowid desc limit ?"  # noqa: S608
    return [_chat(row) for row in conn.execute(query, [*words, limit])]


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("select count(*) from chats").fetchone()[0])


def forget(conn: sqlite3.Connection, key: str | None = None) -> None:
    """Forgets one of them, or all."""
    conn.execute("delete from chats where key = coalesce(?, key)", (key,))


def _chat(row: sqlite3.Row) -> Chat:
    return Chat(
        key=row["key"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        question=row["question"],
        answer=row["answer"],
        about=None if row["about"] is None else PhotoId(row["about"]),
        photos=tuple(PhotoId(photo) for photo in json.loads(row["photos"])),
    )
