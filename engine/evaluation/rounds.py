"""A round of both sides, in turns, so that a machine that slows down slows both.

The handler is the slow side, so what it does once in a round stands for all that it is compared in: it cuts every
photo of the album into ten views and reads the same instruction, whatever the photo shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.evaluation.album import Photo
from engine.evaluation.memory import PeakMemory, compared
from engine.evaluation.sides import Handler, Run, Tintype
from engine.evaluation.speed import Match, mean_length
from engine.evaluation.steps import ALL_VIEWS, BY_NEED, Steps
from engine.evaluation.waiting import Asked, ask_twice


@dataclass(frozen=True)
class Shown:
    """The photos of a round: of Tintype's, a mixed set and another for all views; the handler's; one asked about."""

    by_need: Sequence[Photo]
    all_views: Sequence[Photo]
    handler: Sequence[Photo]
    asked: Photo


@dataclass(frozen=True)
class Round:
    """What both sides did, and the most memory that either took till then."""

    by_need: Match
    same_views: Match
    asked: Asked
    memory: PeakMemory

    def __str__(self) -> str:
        return (
            f"times the handler: {self.by_need.ratio:.2f} by need, {self.same_views.ratio:.2f} in the same views, "
            f"{self.asked.ratio:.1f} at a second question; {self.memory.ratio:.2f} of its memory"
        )


def take_round(
    shown: Shown,
    tokens: int,
    handler: Handler,
    steps: Steps,
    *,
    by_need: Callable[[], Tintype],
    all_views: Callable[[], Tintype],
) -> Round:
    """Tintype's answers have at most `tokens` tokens; the handler's as many as those have on the mean."""
    with by_need() as quick:
        steps.begin(f"Tintype describes {len(shown.by_need)} by need", len(shown.by_need) * BY_NEED)
        quick_run = _told(quick.describe(shown.by_need, tokens), steps)
        quick_memory = quick.memory
    with all_views() as close:
        steps.begin(f"Tintype describes {len(shown.all_views)} in all views", len(shown.all_views) * ALL_VIEWS)
        close_run = _told(close.describe(shown.all_views, tokens), steps)
        steps.begin(f"the handler describes {len(shown.handler)}", len(shown.handler))
        length = mean_length(quick_run.shots + close_run.shots)
        theirs = _told(handler.describe(shown.handler, length), steps)
        asked = ask_twice(close, handler, shown.asked, steps)
        memory = compared([quick_memory, close.memory], handler.memory)
    return Round(
        by_need=Match(shown.by_need, quick.at_once(shown.by_need), quick_run, theirs),
        same_views=Match(shown.all_views, close.at_once(shown.all_views), close_run, theirs),
        asked=asked,
        memory=memory,
    )


def _told(run: Run, steps: Steps) -> Run:
    steps.found(str(run))
    return run
