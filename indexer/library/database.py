"""Opens the library's one SQLite file, brings its schema up to date, and gives each thread its connection."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = 7  # the last migration's number; also the file's `pragma user_version`
BUSY_TIMEOUT_S = 30


class LibraryError(Exception):
    """Something the library's file does not allow; `str()` of it is a sentence for the person."""


class LibraryUnwritable(LibraryError):
    """The disk is full, read-only or failing: nothing was changed, and it may work again later."""


class Library:
    """The library in the SQLite file `path`, which is created where there is none. Any thread may use it.

    Raises LibraryError where the file is of a newer Tintype, is no library or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections: dict[int, sqlite3.Connection] = {}
        with translated(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except (PermissionError, FileExistsError, NotADirectoryError) as error:
                raise LibraryError(f"The library cannot be kept at {path}: {error.strerror}.") from error
            self._bring_up_to_date()

    def connect(self) -> sqlite3.Connection:
        """This thread's connection, which the library owns and closes: write only inside `writing`."""
        # A thread's number is given again once the thread has ended, so the connections stay as few as the threads.
        thread = threading.get_ident()
        if thread not in self._connections:
            with translated(self.path):
                self._connections[thread] = open_file(self.path)
        return self._connections[thread]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or after an exception none. Keep it short: it holds up other writers."""
        connection = self.connect()
        with translated(self.path):
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:  # a full disk may have ended it already
                    connection.execute("rollback")
                raise

    def close(self) -> None:
        """Closes every thread's connection; no thread may use the library while or after it closes."""
        while self._connections:
            self._connections.popitem()[1].close()

    def _bring_up_to_date(self) -> None:
        connection = open_file(self.path)
        try:
            found = _schema(connection)
            if found > SCHEMA:
                raise LibraryError(
                    f"The library {self.path} was written by a newer Tintype (schema {found}, this one knows {SCHEMA})."
                    " Update Tintype to open it; nothing was changed."
                )
            if found < SCHEMA:
                if found:
                    self._back_up(found)
                _migrate(connection)
        finally:
            connection.close()

    def _back_up(self, schema: int) -> None:
        from indexer.library.care import back_up

        back_up(self.path, backups_folder(self.path) / f"{self.path.stem}-schema-{schema}{self.path.suffix}")


def backups_folder(path: Path) -> Path:
    """Where copies of the library at `path` are kept."""
    return path.parent / "backups"


def raw(path: str) -> bytes:
    """A path as the bytes that `cast(? as text)` stores as text: names that are no valid Unicode survive unchanged."""
    return path.encode("utf-8", "surrogatepass")


def open_file(path: Path) -> sqlite3.Connection:
    """A connection to a library's file, which the caller closes; the file is made where there is none."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = normal")
    return connection


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def _schema(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    from indexer.library.migrations import apply  # sqlite-utils takes 0.4 s to import, so only where there is need

    connection.execute("pragma journal_mode = wal")
    connection.execute("begin immediate")
    if _schema(connection) < SCHEMA:  # another process may have been first
        apply(connection)
        connection.execute(f"pragma user_version = {SCHEMA}")
    connection.execute("commit")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns what SQLite says of the library at `path` into a sentence; everything else passes. For reading, too."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = _REASONS.get(_code(error))
        if reason is None:
            raise
        kind, sentence = reason
        raise kind(sentence.format(path=path)) from error


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary result code. A damaged full-text index is only ever called a table that cannot be made."""
    if str(error).startswith("vtable constructor failed"):
        return sqlite3.SQLITE_CORRUPT
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


# By SQLite's primary result code.
_REASONS: dict[int, tuple[type[LibraryError], str]] = {
    sqlite3.SQLITE_FULL: (
        LibraryUnwritable,
        "The disk that holds the library {path} is full. Free some space; Tintype then goes on where it stopped.",
    ),
    sqlite3.SQLITE_IOERR: (LibraryUnwritable, "The disk that holds the library {path} reports an error."),
    sqlite3.SQLITE_READONLY: (LibraryUnwritable, "The library {path} may not be written to."),
    sqlite3.SQLITE_BUSY: (LibraryUnwritable, "The library {path} is held by another program."),
    sqlite3.SQLITE_CANTOPEN: (LibraryError, "The library {path} cannot be opened."),
    sqlite3.SQLITE_NOTADB: (LibraryError, "The file {path} is not a library of Tintype's."),
    sqlite3.SQLITE_CORRUPT: (LibraryError, "The library {path} is damaged."),
}
