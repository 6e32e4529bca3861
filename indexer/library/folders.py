"""The folders the person chose."""

from __future__ import annotations

import sqlite3

from indexer.library.database import raw
from indexer.library.types import Folder, FolderId, FolderState


def add(conn: sqlite3.Connection, path: str) -> FolderId:
    """The folder's id, which it keeps if it was there already. `path` is absolute."""
    conn.execute("insert into folders(path) values (cast(? as text)) on conflict do nothing", (raw(path),))
    row = conn.execute("select id from folders where path = cast(? as text)", (raw(path),)).fetchone()
    return FolderId(row["id"])


def remove(conn: sqlite3.Connection, folder: FolderId) -> None:
    """Takes the folder and its files out; their photos are listed no more and forgotten by the next complete scan."""
    conn.execute("delete from folders where id = ?", (folder,))


def every(conn: sqlite3.Connection) -> list[Folder]:
    """All of them by path, each with the number of photos listed from it."""
    rows = conn.execute(
        """
        select id, path, state, (
            select count(distinct photo_id) from files join photos on photos.id = files.photo_id
            where folder_id = folders.id and taken_at is not null
        ) as photos
        from folders order by path
        """
    )
    return [Folder(FolderId(row["id"]), row["path"], FolderState(row["state"]), row["photos"]) for row in rows]


def mark(conn: sqlite3.Connection, folder: FolderId, state: FolderState) -> None:
    conn.execute("update folders set state = ? where id = ?", (state, folder))
