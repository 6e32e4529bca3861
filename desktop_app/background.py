"""Runs what is slow off the GUI thread and hands its outcome back on it, unless nobody wants it any more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.i18n import tr
from engine.errors import EngineError
from indexer.library.database import LibraryError

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Task:
    """Work under way. `cancelled` is set when its outcome is no longer wanted: no callback follows."""

    def __init__(self) -> None:
        self.cancelled = Event()
        self.future: Future[None] | None = None

    def cancel(self) -> None:
        self.cancelled.set()
        if self.future:
            self.future.cancel()


def sentence_of(error: Exception) -> str:
    """What to tell the person: the error's own sentence if it has one, else that the fault is Tintype's, and logged."""
    if isinstance(error, (EngineError, LibraryError)):
        return str(error)
    log.error("A fault in the background", exc_info=error)
    return tr("Tintype has a fault and could not do that; its log says more.")


class Background(QObject):
    """A few threads for the window.

    They are Python's own and live as long as the window, so that each keeps one database connection. Callbacks run on
    the thread this object lives in.
    """

    failed = Signal(object)  # an exception that no one else handles
    rested = Signal()  # everything asked for has been handed over
    _arrived = Signal(object)
    _ended = Signal()

    def __init__(self, threads: int = 4) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="window")
        self._under_way = 0
        self._closed = False
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._count, Qt.ConnectionType.QueuedConnection)

    @property
    def is_resting(self) -> bool:
        return self._under_way == 0

    def run(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Task:
        return self._submit(lambda task: self._hand(task, then, work()), failed)

    def stream(
        self,
        work: Callable[[Event], Iterator[Result]],
        piece: Callable[[Result], None],
        then: Callable[[], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Task:
        """Hands over each piece as it comes; the work is given the event that is set when it should stop."""

        def consume(task: Task) -> None:
            for part in work(task.cancelled):
                self._hand(task, piece, part)
            self._hand(task, then)

        return self._submit(consume, failed)

    def close(self) -> None:
        """Forgets what waits and lets what runs come to its end; nothing is handed over or begun any more."""
        self._closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _submit(self, work: Callable[[Task], None], failed: Callable[[Exception], None] | None) -> Task:
        task = Task()

        def guarded() -> None:
            try:
                work(task)
            except Exception as error:
                if not task.cancelled.is_set():
                    self._hand(task, failed or self.failed.emit, error)

        if self._closed:
            task.cancel()
            return task
        self._under_way += 1
        task.future = self._threads.submit(guarded)
        task.future.add_done_callback(lambda _: self._ended.emit())
        return task

    def _hand(self, task: Task, receive: Callable[..., Any], *values: object) -> None:
        self._arrived.emit((task, receive, values))

    def _count(self) -> None:
        self._under_way -= 1
        if self.is_resting:
            self.rested.emit()

    def _deliver(self, parcel: tuple[Task, Callable[..., Any], tuple[object, ...]]) -> None:
        task, receive, values = parcel
        if not (self._closed or task.cancelled.is_set()):
            receive(*values)
