"""Hears from the system what changes in the chosen folders, and gathers each burst of events into a few paths.

Where the system cannot watch (network drives, too many directories, lost events) it says so, and everything is looked
at from time to time instead.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import psutil
from watchdog.events import (
    DirModifiedEvent,
    FileClosedNoWriteEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from indexer import sidecars
from indexer.scan import is_hidden, is_under, may_be_picture

# It puts a directory on watch twice that is made while it looks for directories, which does no harm.
warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning, "watchdog")

QUIET_S = 1.0  # a burst is over when nothing happened for so long,
LONGEST_S = 10.0  # or when it has gone on for so long
MOST_PATHS = 5000  # more than that, and looking at everything is quicker
RECONCILE_S = 15 * 60.0  # how often everything is looked at although it is watched: drives that tell nothing
RECONCILE_UNWATCHED_S = 60.0
RECONCILE_REMOTE_S = 5 * 60.0  # to list a network drive takes its time
ROOTS_S = 5.0  # how often the chosen folders themselves are looked for


# File systems of other machines, as systems name them; Windows says "remote" beside the file system's own name.
_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "ncpfs", "afs", "ceph", "glusterfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.gvfsd-fuse", "fuse.davfs", "fuse.glusterfs", "macfuse"}
)


@dataclass(frozen=True)
class Look:
    """What to look at again: those paths, or everything."""

    paths: tuple[str, ...] = ()
    everything: bool = False


class Burst:
    """Gathers paths until they come to rest. Pure: it is told the time."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._began_at = 0.0
        self._last_at = 0.0

    def add(self, path: str, now: float) -> None:
        if not self._paths:
            self._began_at = now
        self._paths.add(path)
        self._last_at = now

    def due_in(self, now: float) -> float | None:
        """Seconds until it is over; 0 when it is, None when there is none."""
        if not self._paths:
            return None
        return max(0.0, min(self._last_at + QUIET_S, self._began_at + LONGEST_S) - now)

    def take(self) -> Look:
        """What the burst comes to; the next one begins empty."""
        paths, self._paths = self._paths, set()
        return Look(everything=True) if len(paths) > MOST_PATHS else Look(tuple(topmost(paths)))


def topmost(paths: Iterable[str]) -> list[str]:
    """The fewest of the paths that the others lie below."""
    kept: list[str] = []
    for path in sorted(paths, key=lambda path: path + os.sep):
        if not kept or not is_under(path, kept[-1]):
            kept.append(path)
    return kept


class Watch:
    """Watches folders in the system's own way; one thread calls `wait`, any thread may call `wake`.

    `trouble` is a sentence for the person while the system cannot watch all of it, else empty; everything is to be
    looked at every `reconcile_s`; `silent` are the folders it is said of. Nothing below `ignored` is reported.
    """

    def __init__(self, ignored: str) -> None:
        self.trouble = ""
        self.silent: frozenset[str] = frozenset()
        self.reconcile_s = RECONCILE_S
        self._ignored = ignored
        self._changed = threading.Condition()
        self._burst = Burst()
        self._lost = False  # events, or more than events can tell
        self._woken = False
        self._observer: BaseObserver | None = None
        self._complaints = _Complaints(self._lose)
        logging.getLogger("watchdog").addHandler(self._complaints)

    def follow(self, folders: Sequence[str]) -> None:
        """Watches these folders and no others from now on."""
        self._stop_observing()
        self.trouble, self.silent, self.reconcile_s = "", frozenset(), RECONCILE_S
        self._observer = Observer()
        handler = _Handler(self._note, self._ignored)
        try:
            for folder in folders:
                self._observer.schedule(handler, folder, recursive=True)
            self._observer.start()
        except OSError as error:
            self._stop_observing()
            self.silent, self.reconcile_s = frozenset(folders), RECONCILE_UNWATCHED_S
            self.trouble = (
                f"The system cannot watch the folders for changes ({error.strerror});"
                f" Tintype looks every {RECONCILE_UNWATCHED_S:.0f} seconds instead."
            )
            return
        self.silent = frozenset(filter(_is_remote, folders))
        if self.silent:
            self.reconcile_s = RECONCILE_REMOTE_S
            self.trouble = (
                "A network drive does not tell what changes on it;"
                f" Tintype looks every {RECONCILE_REMOTE_S / 60:.0f} minutes instead."
            )

    def wait(self, timeout_s: float) -> Look | None:
        """What there is to look at, as soon as it has come to rest; None after `timeout_s` or a `wake`."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while True:
                if self._lost:
                    self._lost = False
                    self._burst.take()
                    return Look(everything=True)
                now = time.monotonic()
                due_in = self._burst.due_in(now)
                if due_in == 0:
                    return self._burst.take()
                if self._woken or now >= until:
                    self._woken = False
                    return None
                self._changed.wait(min(until - now, due_in if due_in is not None else timeout_s))

    def wake(self) -> None:
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        self._stop_observing()
        logging.getLogger("watchdog").removeHandler(self._complaints)

    def _stop_observing(self) -> None:
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join()
        self._observer = None

    def _note(self, path: str) -> None:
        with self._changed:
            self._burst.add(path, time.monotonic())
            self._changed.notify_all()

    def _lose(self) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()


def _is_remote(folder: str) -> bool:
    """Whether it lies on another machine's disk, as far as the system says so."""
    path = os.path.realpath(folder)
    holding = [each for each in psutil.disk_partitions(all=True) if is_under(path, each.mountpoint)]
    nearest = max(holding, key=lambda each: len(each.mountpoint), default=None)
    return nearest is not None and (nearest.fstype.lower() in _REMOTE or "remote" in nearest.opts.split(","))


class _Handler(FileSystemEventHandler):
    """Passes on the paths of what may concern a picture; that a file was read concerns none."""

    def __init__(self, note: Callable[[str], None], ignored: str) -> None:
        self._note = note
        self._ignored = ignored

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileOpenedEvent | FileClosedNoWriteEvent | DirModifiedEvent):
            return
        for path in (os.fsdecode(event.src_path), os.fsdecode(event.dest_path)):
            if path and self._concerns(path, is_directory=event.is_directory):
                self._note(path)

    def _concerns(self, path: str, *, is_directory: bool) -> bool:
        name = os.path.basename(path)  # noqa: PTH119
        wanted = is_directory or may_be_picture(name) or sidecars.is_one(name)
        return wanted and not is_hidden(name) and not is_under(path, self._ignored)


class _Complaints(logging.Handler):
    """watchdog says that events were lost (the system's queue overflowed) in its log only: every warning counts."""

    def __init__(self, lose: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lose = lose

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        self._lose()
