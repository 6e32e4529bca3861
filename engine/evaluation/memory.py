"""The most memory that a process takes while it is watched."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from engine.closing import Closing

_EVERY_S = 0.1


class Memory(msgspec.Struct, frozen=True):
    """`peak_bytes`: the largest resident size; `own_bytes`: the largest part of it that maps no file.

    A mapped file's pages are shared, and the system may drop them and read them again. Where the system does not tell
    them apart, both are the same.
    """

    peak_bytes: int
    own_bytes: int


class PeakMemory(msgspec.Struct, frozen=True):
    """Of the processes that hold the model, while they described photos. `ratio`: Tintype's peak to the handler's."""

    tintype: Memory
    handler: Memory
    ratio: float


class MemoryWatch(Closing):
    """Looks at a process ten times a second, in a thread of its own, until it is closed."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak_bytes = self._own_bytes = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"memory of {pid}", daemon=True)
        self._thread.start()

    @property
    def memory(self) -> Memory:
        self._look()
        return Memory(self._peak_bytes, self._own_bytes)

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            self._look()

    def _look(self) -> None:
        with contextlib.suppress(psutil.Error):  # it has ended: what was seen stands
            taken = self._process.memory_info()
            self._peak_bytes = max(self._peak_bytes, taken.rss, _high_water_bytes(self._process.pid))
            self._own_bytes = max(self._own_bytes, taken.rss - getattr(taken, "shared", 0))


def compared(tintype: Sequence[Memory], handler: Memory) -> PeakMemory:
    """The most that any of Tintype's processes took, against the handler's."""
    most = Memory(max(memory.peak_bytes for memory in tintype), max(memory.own_bytes for memory in tintype))
    return PeakMemory(most, handler, most.peak_bytes / handler.peak_bytes)


def _high_water_bytes(pid: int) -> int:
    """The peak that Linux itself keeps; 0 elsewhere."""
    with contextlib.suppress(OSError):
        if found := re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE):
            return int(found[1]) * 1024
    return 0
