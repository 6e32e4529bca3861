"""Photos an hour, as a ratio to the handler's with answers of the same length.

Loading is not counted, each side warms up on a small picture, and no photo is shown twice.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.evaluation.album import Photo
from engine.evaluation.floors import Costs, Floor, Peaks, floor
from engine.evaluation.handler import Shot
from engine.evaluation.sides import Run


class Pace(msgspec.Struct, frozen=True):
    """`photos_an_hour`: the median of the rounds; views and tokens are means over all photos."""

    photos_an_hour: float
    views: float
    tokens: float


class Speed(msgspec.Struct, frozen=True):
    """`ratio`: the median of the rounds' own `ratios`.

    `equal_length`: whether in every round the handler wrote as many tokens as Tintype on the mean, rounded. Of the
    `photos` of a round, `documents` are pages of text; the handler described `handler_photos`, which stand for all,
    since it cuts each into the same views. `at_once`: how many photos Tintype had in flight; the handler has one.
    """

    photos: int
    documents: int
    handler_photos: int
    at_once: int
    tintype: Pace
    handler: Pace
    ratio: float
    ratios: tuple[float, ...]
    equal_length: bool
    floor: Floor


@dataclass(frozen=True)
class Match:
    """The photos that Tintype described in a round, `at_once` in flight, and what the handler did in the same round."""

    photos: Sequence[Photo]
    at_once: int
    tintype: Run
    handler: Run

    @property
    def ratio(self) -> float:
        return self.handler.photo_s / self.tintype.photo_s

    @property
    def equal_length(self) -> bool:
        length = mean_length(self.tintype.shots)
        return all(shot.tokens == length for shot in self.handler.shots)


def summed_up(rounds: Sequence[Match], costs: Costs, peaks: Peaks) -> Speed:
    first = rounds[0]
    ours, theirs = _pace([done.tintype for done in rounds]), _pace([done.handler for done in rounds])
    ratios = tuple(done.ratio for done in rounds)
    return Speed(
        photos=len(first.photos),
        documents=sum(photo.is_document for photo in first.photos),
        handler_photos=len(first.handler.shots),
        at_once=first.at_once,
        tintype=ours,
        handler=theirs,
        ratio=statistics.median(ratios),
        ratios=ratios,
        equal_length=all(done.equal_length for done in rounds),
        floor=floor(
            3600 / ours.photos_an_hour,
            costs,
            peaks,
            views=ours.views,
            prompt_tokens=ours.views * costs.view_tokens,
            steps=ours.tokens,
            shared_by=first.at_once,
        ),
    )


def mean_length(shots: Sequence[Shot]) -> int:
    """Tokens of an answer."""
    return round(statistics.fmean(shot.tokens for shot in shots))


def _pace(runs: Sequence[Run]) -> Pace:
    return Pace(
        photos_an_hour=3600 / statistics.median(run.photo_s for run in runs),
        views=statistics.fmean(shot.views for run in runs for shot in run.shots),
        tokens=statistics.fmean(shot.tokens for run in runs for shot in run.shots),
    )
