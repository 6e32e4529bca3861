"""Photos an hour, as a ratio to the handler's on the same photos with answers of the same length.

The two sides take turns round by round, so that a machine that slows down slows both. Loading is not counted, each side
warms up on a small picture, and no photo is shown twice.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.evaluation.album import Album, Photo
from engine.evaluation.floors import Costs, Floor, Peaks, floor
from engine.evaluation.handler import Shot
from engine.evaluation.sides import Handler, Run, Tintype
from engine.evaluation.steps import Steps


class Pace(msgspec.Struct, frozen=True):
    """`photos_an_hour`: the median of the rounds; views and tokens are means over all photos."""

    photos_an_hour: float
    views: float
    tokens: float


class Speed(msgspec.Struct, frozen=True):
    """`ratio`: the median of the rounds' own `ratios`. `equal_length`: whether both sides wrote as many tokens.

    Of the `photos` of a round, `documents` are pages of text, and the handler described `handler_photos`: each stands
    for all of its kind. `at_once`: how many photos Tintype had in flight; the handler has one.
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
class Round:
    """What both sides did; `chosen`: which of the photos the handler described."""

    photos: Sequence[Photo]
    chosen: Sequence[int]
    tintype: Run
    handler: Run

    @property
    def tintype_photo_s(self) -> float:
        return self.tintype.seconds / len(self.photos)

    @property
    def handler_photo_s(self) -> float:
        """Seconds for a photo, each kind counted by its share of all photos."""
        total_s = 0.0
        for is_document in (False, True):
            seconds = [
                shot.seconds
                for place, shot in zip(self.chosen, self.handler.shots, strict=True)
                if self.photos[place].is_document is is_document
            ]
            kind = sum(photo.is_document is is_document for photo in self.photos)
            total_s += kind * statistics.fmean(seconds) if seconds else 0.0
        return total_s / len(self.photos)

    @property
    def ratio(self) -> float:
        return self.handler_photo_s / self.tintype_photo_s

    @property
    def equal_length(self) -> bool:
        ours = [self.tintype.shots[place].tokens for place in self.chosen]
        return ours == [shot.tokens for shot in self.handler.shots]


def compare(
    tintype: Tintype,
    handler: Handler,
    album: Album,
    steps: Steps,
    *,
    photos: int,
    handler_photos: int,
    rounds: int,
    tokens: int,
) -> list[Round]:
    """`rounds` turns on mixed sets of `photos`, of which the handler describes the first `handler_photos` of a kind.

    Answers have at most `tokens` tokens; where Tintype's is shorter, so is the handler's.
    """
    done = []
    for number in range(1, rounds + 1):
        shown = album.mixed(photos)
        steps.begin(f"round {number} of {rounds}: Tintype, {photos} photos", ours=photos)
        ours = tintype.describe(shown, tokens)
        chosen = first_of_each_kind(shown, handler_photos)
        steps.begin(f"round {number} of {rounds}: the handler, {len(chosen)} photos", theirs=len(chosen))
        theirs = handler.describe([shown[place] for place in chosen], [ours.shots[place].tokens for place in chosen])
        done.append(Round(shown, chosen, ours, theirs))
    return done


def summed_up(rounds: Sequence[Round], at_once: int, costs: Costs, peaks: Peaks) -> Speed:
    """`at_once`: how many photos Tintype had in flight."""
    ours = _pace([done.tintype_photo_s for done in rounds], [shot for done in rounds for shot in done.tintype.shots])
    theirs = _pace([done.handler_photo_s for done in rounds], [shot for done in rounds for shot in done.handler.shots])
    ratios = tuple(done.ratio for done in rounds)
    return Speed(
        photos=len(rounds[0].photos),
        documents=sum(photo.is_document for photo in rounds[0].photos),
        handler_photos=len(rounds[0].chosen),
        at_once=at_once,
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
            shared_by=min(at_once, len(rounds[0].photos)),
        ),
    )


def first_of_each_kind(photos: Sequence[Photo], count: int) -> list[int]:
    """The places of the first `count` photographs and of the first `count` documents."""
    places = (
        [place for place, photo in enumerate(photos) if photo.is_document is kind][:count] for kind in (False, True)
    )
    return sorted(place for some in places for place in some)


def _pace(photo_s: Sequence[float], shots: Sequence[Shot]) -> Pace:
    return Pace(
        photos_an_hour=3600 / statistics.median(photo_s),
        views=statistics.fmean(shot.views for shot in shots),
        tokens=statistics.fmean(shot.tokens for shot in shots),
    )
