"""The files on disk that hold the photos: what was last seen of each, and whose content it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from indexer.library.database import raw
from indexer.library.types import FolderId, PhotoId


class Seen(NamedTuple):
    """A file as the disk shows it, unread. `device` is that of the directory it lies in.

    `sidecars`: a number that changes with the files beside it that say something about it.
    """

    folder: FolderId
    path: str  # absolute
    size: int
    mtime_ns: int
    inode: int
    device: int
    sidecars: int = 0


class Known(NamedTuple):
    """A file as the library remembers it. `content` is its photo's hash; None where it could not be read."""

    id: int
    seen: Seen
    content: str | None


def known(conn: sqlite3.Connection, under: Sequence[str] | None = None) -> list[Known]:
    """Every file that is remembered, or those at the given paths and below them."""
    if under is None:
        return [_known(row) for row in conn.execute(_KNOWN)]
    found: dict[int, Known] = {}
    for path in under:
        below, beyond = path.rstrip(os.sep) + os.sep, path.rstrip(os.sep) + chr(ord(os.sep) + 1)
        rows = conn.execute(
            f"{_KNOWN} where path = cast(? as text) or (path > cast(? as text) and path < cast(? as text))",
            (raw(path), raw(below), raw(beyond)),
        )
        found |= {row["id"]: _known(row) for row in rows}
    return list(found.values())


def add(conn: sqlite3.Connection, seen: Seen, photo: PhotoId | None, failure: str | None = None) -> None:
    """Remembers a file that was not known: the photo it holds, or why it could not be read."""
    conn.execute(
        """
        insert into files(folder_id, path, size, mtime_ns, inode, device, sidecars, photo_id, failure)
        values (?, cast(? as text), ?, ?, ?, ?, ?, ?, ?)
        """,
        (seen.folder, raw(seen.path), *seen[2:], photo, failure),
    )


def update(conn: sqlite3.Connection, file: int, seen: Seen, photo: PhotoId | None, failure: str | None = None) -> None:
    """Remembers what a known file has become: another name, another content, another time."""
    conn.execute(
        """
        update files set folder_id = ?, path = cast(? as text), size = ?, mtime_ns = ?, inode = ?, device = ?,
            sidecars = ?, photo_id = ?, failure = ?
        where id = ?
        """,
        (seen.folder, raw(seen.path), *seen[2:], photo, failure, file),
    )


def restamp(conn: sqlite3.Connection, path: str, sidecars: int) -> None:
    """What is beside a file was changed by us: there is nothing to read there."""
    conn.execute("update files set sidecars = ? where path = cast(? as text)", (sidecars, raw(path)))


def remove(conn: sqlite3.Connection, gone: Iterable[int]) -> None:
    conn.executemany("delete from files where id = ?", [(file,) for file in gone])


def latest(conn: sqlite3.Connection) -> int:
    """The number of the file that was remembered last; 0 where there is none."""
    return int(conn.execute("select coalesce(max(id), 0) from files").fetchone()[0])


def unusable_since(conn: sqlite3.Connection, file: int) -> int:
    """How many of the files remembered after `file` could be read, but are no pictures that can be opened."""
    row = conn.execute(
        """
        select count(*) from files join jobs on jobs.photo_id = files.photo_id and jobs.stage = 'facts'
        where files.id > ? and failure is null and jobs.state = 'failed'
        """,
        (file,),
    ).fetchone()
    return int(row[0])


def of(conn: sqlite3.Connection, photo: PhotoId) -> list[Seen]:
    """Every file with this content, by path."""
    return [_known(row).seen for row in conn.execute(f"{_KNOWN} where photo_id = ? order by path", (photo,))]


def photo_at(conn: sqlite3.Connection, path: str) -> PhotoId | None:
    """The photo in the file at an absolute path; None where there is none, or it could not be read."""
    row = conn.execute("select photo_id from files where path = cast(? as text)", (raw(path),)).fetchone()
    return PhotoId(row["photo_id"]) if row and row["photo_id"] else None


def folders(conn: sqlite3.Connection) -> set[FolderId]:
    """The folders from which files are remembered."""
    return {FolderId(row["folder_id"]) for row in conn.execute("select distinct folder_id from files")}


_KNOWN = """
    select files.id, folder_id, path, size, mtime_ns, inode, device, sidecars, hash
    from files left join photos on photos.id = files.photo_id
"""


def _known(row: sqlite3.Row) -> Known:
    file, *seen, content = tuple(row)
    return Known(file, Seen(*seen), content)
