"""How far the indexer is, what came of it, and how long the rest will take by what was measured."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from indexer.library import settings
from indexer.library.jobs import Counts
from indexer.library.types import FOLLOWING, Failure, Stage
from indexer.rest import Reason

_WEIGHT = 0.1  # of the latest photo in the moving average of a stage


class State(StrEnum):
    """What the indexer is doing."""

    SCANNING = "scanning"
    WORKING = "working"
    PAUSED = "paused"
    RESTING = "resting"  # there is work, and the machine should be left alone
    IDLE = "idle"


@dataclass(frozen=True)
class Progress:
    """Counts are of stages of photos. `seconds_left` is None until each stage that is left was measured once.

    `current_path` and `stage` are of the photo begun last, of all that are worked on. `preparing`: it waits for the
    model to be loaded, and the first time on a machine to be measured there.
    """

    state: State
    done: int = 0
    left: int = 0
    failed: int = 0
    current_path: str = ""
    seconds_left: float | None = None
    stage: Stage | None = None
    preparing: bool = False
    resting: Reason | None = None  # for what, in that state
    trouble: str = ""  # one sentence on what keeps it from working, for the person
    unwatched: str = ""  # one sentence on what it cannot watch, likewise


@dataclass(frozen=True)
class Report:
    """What one run found and did. `photos`: how many are listed now; the other counts are of files.

    A file that is new and cannot be opened counts as failed, not as new.
    """

    photos: int
    new: int
    changed: int
    moved: int
    removed: int
    failed: tuple[Failure, ...]
    seconds: float


class SharedClock:
    """Divides the time that passes among those who work at the time, so that their shares add up to it.

    Eight photos that were looked at together for 40 seconds took 5 seconds each.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._workers = 0
        self._share = 0.0  # of one who would have worked from the start
        self._at = now()

    def begin(self) -> float:
        """Counts one more who works; what it returns is to be given to `end`."""
        return self._turn(1)

    def end(self, begun: float) -> float:
        """Seconds that fell to the one who began then."""
        return self._turn(-1) - begun

    def _turn(self, more: int) -> float:
        with self._lock:
            now = self._now()
            if self._workers:
                self._share += (now - self._at) / self._workers
            self._at = now
            self._workers += more
            return self._share


class Pace:
    """What each stage of one photo takes of the time on this machine: a moving average, kept from run to run."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        stored = {stage: float(settings.get(conn, _name(stage), "0")) for stage in Stage}
        self._seconds = {stage: seconds for stage, seconds in stored.items() if seconds}

    def measured(self, stage: Stage, seconds: float) -> None:
        average = self._seconds.get(stage, seconds)
        self._seconds[stage] = average + _WEIGHT * (seconds - average)

    def seconds_for(self, left: Mapping[Stage, int]) -> float | None:
        """None where one of the stages was never measured."""
        waiting = {stage: count for stage, count in left.items() if count}
        if not waiting.keys() <= self._seconds.keys():
            return None
        return sum(count * self._seconds[stage] for stage, count in waiting.items())

    def keep(self, conn: sqlite3.Connection) -> None:
        for stage, seconds in self._seconds.items():
            settings.set(conn, _name(stage), f"{seconds:.4f}")


def left(counts: Mapping[Stage, Counts], stages: Collection[Stage]) -> dict[Stage, int]:
    """What is still to do: of `stages`, those queued and those that will be once a photo's facts are known."""
    unborn = counts[Stage.FACTS].left
    return {stage: counts[stage].left + (unborn if stage in FOLLOWING else 0) for stage in stages}


def _name(stage: Stage) -> str:
    return f"pace.{stage}"
