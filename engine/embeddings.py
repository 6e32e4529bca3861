"""Keeps embeddings of views on disk, so that a second question about a photo costs no vision.

One file a view, in float16: MiniCPM-V's embeddings are numbers up to some hundred, and those beyond float16's greatest,
65,504, are cut there. What cannot be written is not kept, and what cannot be read was not there: nobody is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.whole_files import whole

_GREATEST = float(np.finfo(np.float16).max)
_LEFT_AFTER_CLEARING = 7 / 8
_HEADER_BYTES = 128  # of an npy file


class KeptEmbeddings:
    """Up to `most_bytes` of embeddings in a folder, which other processes may use as well. What was not asked for
    longest goes first.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._room_bytes = 0  # what may be written before it is looked again how much is there

    def get(self, key: bytes) -> NDArray[np.float32] | None:
        """What was kept under `key`, tokens x text width."""
        path = self._path(key)
        with suppress(OSError, ValueError), path.open("rb") as file:
            embeddings = np.lib.format.read_array(file, allow_pickle=False)
            if embeddings.dtype == np.float16 and embeddings.ndim == 2:
                os.utime(path)
                return embeddings.astype(np.float32)
        return None

    def put(self, key: bytes, embeddings: NDArray[np.float32]) -> None:
        """Keeps embeddings, tokens x text width, under `key`."""
        halves = np.clip(embeddings, -_GREATEST, _GREATEST).astype(np.float16)
        size = halves.nbytes + _HEADER_BYTES
        if size > self._most_bytes:
            return
        path = self._path(key)
        with suppress(OSError):
            self._make_room(size)
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path) as part, part.open("wb") as file:
                np.lib.format.write_array(file, halves, allow_pickle=False)

    def _path(self, key: bytes) -> Path:
        name = key.hex()
        return self._folder / name[:2] / f"{name}.npy"

    def _make_room(self, wanted_bytes: int) -> None:
        """Removes the oldest where too much is there, with some more, so that this is seldom done."""
        self._room_bytes -= wanted_bytes
        if self._room_bytes >= 0:
            return
        found = sorted(self._files(), reverse=True)
        total_bytes = sum(size for _used, size, _path in found)
        if total_bytes + wanted_bytes > self._most_bytes:
            while found and total_bytes + wanted_bytes > self._most_bytes * _LEFT_AFTER_CLEARING:
                _used, size, path = found.pop()
                with suppress(OSError):
                    path.unlink()
                    total_bytes -= size
        self._room_bytes = (self._most_bytes - total_bytes - wanted_bytes) // 2  # another process may write as much

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """When each file was last used, how large it is and where; also what a killed process left half written."""
        for pattern in ("??/*.npy", "??/*.part"):
            for path in self._folder.glob(pattern):
                with suppress(OSError):  # gone meanwhile
                    state = path.stat()
                    yield state.st_mtime_ns, state.st_size, path
