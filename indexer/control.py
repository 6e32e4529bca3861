"""The person's hand on the indexer: pause, go on, stop. Work asks at each checkpoint whether it may go on."""

from __future__ import annotations

import threading
import time

_POLL_S = 0.1  # how soon whoever waits notices that the caller's own event ends it


class Stopped(Exception):
    """The work was told to stop: an outcome, not a fault."""


class Control:
    """Shared by the threads that scan and work."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self.stopping = stopping or threading.Event()
        self._going = threading.Event()
        self._going.set()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def stop(self) -> None:
        self.stopping.set()
        self._going.set()

    def checkpoint(self) -> None:
        """Returns at once, or when a pause is over. Raises Stopped."""
        while not self.stopping.is_set():
            if self._going.wait(_POLL_S):
                return
        raise Stopped

    def wait(self, something: threading.Event, timeout_s: float) -> None:
        """Returns once that is set, the time is up, or the work was told to stop."""
        ends_at = time.monotonic() + timeout_s
        while not something.wait(_POLL_S) and not self.stopping.is_set() and time.monotonic() < ends_at:
            pass
