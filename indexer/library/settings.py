"""What the person chose, by name, as text."""

from __future__ import annotations

import sqlite3


def get(conn: sqlite3.Connection, name: str, default: str) -> str:
    row = conn.execute("select value from settings where name = ?", (name,)).fetchone()
    return row["value"] if row else default


def set(conn: sqlite3.Connection, name: str, value: str) -> None:  # noqa: A001 (read as settings.set)
    conn.execute(
        "insert into settings(name, value) values (?, ?) on conflict(name) do update set value = excluded.value",
        (name, value),
    )
