"""Looks after the library's file: whether it is sound, copies of it, and all that is in it."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from indexer.library import photos
from indexer.library.database import LibraryError, backups_folder, open_file, translated
from indexer.library.types import Photo

_MOST_COMPLAINTS = 20
_AT_A_TIME = 200


def complaints(conn: sqlite3.Connection) -> list[str]:
    """What is wrong with the library, a sentence each; nothing where it is sound. Reads all of it.

    For a connection that may write: SQLite checks a full-text index only there.
    """
    found = [f"The file is damaged: {row[0]}." for row in conn.execute(f"pragma integrity_check({_MOST_COMPLAINTS})")]
    if found == ["The file is damaged: ok."]:
        found = []
    orphans = Counter((row[0], row[2]) for row in conn.execute("pragma foreign_key_check"))
    for (table, parent), count in orphans.items():
        found.append(f"Of what is kept in {table}, {count} belong to nothing in {parent}.")
    try:
        conn.execute("insert into photo_words(photo_words) values ('integrity-check')")
    except sqlite3.DatabaseError:
        found.append("The index that is searched is damaged.")
    return found[:_MOST_COMPLAINTS]


def back_up(path: Path, target: Path) -> None:
    """Copies the library at `path` as it is at one moment into `target`, whole or not at all; others may go on writing.

    Raises LibraryError.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with closing(open_file(path)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("pragma journal_mode = delete")  # one file, which can be taken anywhere
                if copy.execute("pragma quick_check(1)").fetchone()[0] != "ok":
                    raise LibraryError(f"The library {path} is damaged; no copy of it was made.")
            part.replace(target)
    except OSError as error:
        raise LibraryError(f"The library cannot be copied to {target}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def new_backup(path: Path, now: datetime) -> Path:
    """Where a copy of the library at `path` goes that is made now."""
    return backups_folder(path) / f"{path.stem}-{now:%Y-%m-%d-%H%M%S}{path.suffix}"


def everything(conn: sqlite3.Connection) -> Iterator[Photo]:
    """All that is known of every photo listed, newest first, in as little memory as one page of them takes."""
    last = None
    while page := photos.page(conn, after=last, limit=_AT_A_TIME):
        last = page[-1]
        yield from (photos.get(conn, row.id) for row in page)
