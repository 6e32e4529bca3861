"""Lets one process at a time index a library, by a lock on a file beside it that ends with the process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from indexer.library.database import LibraryError, LibraryUnwritable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class IndexerBusy(LibraryError):
    """Another process indexes this library."""


class Lease:
    """Held from `acquire` to `release`, or as a context. Reading and searching need none."""

    def __init__(self, library: Path) -> None:
        self._path = library.with_name(f"{library.name}.lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises IndexerBusy where somebody else holds it, LibraryUnwritable where no lock can be put there."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LibraryUnwritable(f"Nothing can be written beside the library: {error.strerror}.") from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise IndexerBusy("Another Tintype is indexing this library already; this one only reads it.") from error
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Lease:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
