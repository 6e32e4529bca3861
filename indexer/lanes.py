"""The threads on which jobs are worked off: one for what is quick, as many for looking as the looker likes at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from indexer.library.types import Job, Stage
from indexer.worker import Worker

MOST_LOOKS = 16

_QUICK = (Stage.FACTS, Stage.READ, Stage.WRITE)


class Lanes:
    """Open for the length of a `with`: what is still in flight at its end is cancelled and waited for.

    `looks_at_once`: how many photos to look at together, asked each time. `cancel` is set at the end, `changed` each
    time a job has ended. One thread begins jobs and collects what came of them.
    """

    def __init__(
        self, worker: Worker, looks_at_once: Callable[[], int], *, cancel: threading.Event, changed: threading.Event
    ) -> None:
        self._worker = worker
        self._looks_at_once = looks_at_once
        self._cancel = cancel
        self._changed = changed
        self._threads = ThreadPoolExecutor(1 + MOST_LOOKS, thread_name_prefix="indexer lane")
        self._in_flight: dict[Future[None], tuple[Job, str]] = {}  # in the order begun

    def __enter__(self) -> Lanes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._cancel.set()
        self._threads.shutdown()
        self._in_flight.clear()

    @property
    def current(self) -> tuple[Job, str] | None:
        """The job begun last of those in flight, and a file of its photo."""
        return next(reversed(tuple(self._in_flight.values())), None)

    def begin(self, *, resting: bool = False) -> bool:
        """Claims and begins the next job. False where nothing can be begun now. Raises Trouble."""
        job = self._worker.claim(self._busy(), resting=resting)
        if job is None:
            return False
        future = self._threads.submit(self._worker.work, job)
        self._in_flight[future] = job, self._worker.path_of(job)
        future.add_done_callback(lambda _future: self._changed.set())
        return True

    def collect(self) -> None:
        """Takes out what has ended. Raises Trouble, or the fault that ended it."""
        for future in [future for future in self._in_flight if future.done()]:
            del self._in_flight[future]
            future.result()

    def _busy(self) -> list[Stage]:
        """The stages of which no more may be begun now."""
        quick = sum(job.stage in _QUICK for job, _path in self._in_flight.values())
        looks = len(self._in_flight) - quick
        full = looks >= min(self._looks_at_once(), MOST_LOOKS)
        return [stage for stage in Stage if (quick if stage in _QUICK else full)]
