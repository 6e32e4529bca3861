"""How long a person waits for the first token: of a second question about a photo, and while photos are indexed."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.evaluation.album import Album, Photo
from engine.evaluation.floors import Costs, Floor, Peaks, floor
from engine.evaluation.sides import MOST_VIEWS, Handler, Tintype
from engine.evaluation.steps import ALL_VIEWS, Steps
from engine.messages import Turn

FIRST, SECOND = "What is this?", "And what is in the background?"
_HISTORY = (Turn("user", FIRST), Turn("assistant", "A street in the evening."))
_CHAT_VIEWS = 4  # what a question alone gives a photo while indexing is measured


class Waits(msgspec.Struct, frozen=True):
    """Seconds until the first token; `p95_s`: the nearest rank."""

    median_s: float
    p95_s: float
    count: int


class SecondQuestion(msgspec.Struct, frozen=True):
    """Both sides were asked the same two questions about the same photo.

    `ratios`: how many times sooner Tintype was in each round; `ratio`: their median.
    """

    tintype: Waits
    handler: Waits
    ratio: float
    ratios: tuple[float, ...]
    floor: Floor


@dataclass(frozen=True)
class Asked:
    """Seconds until the first token of a second question in one round."""

    tintype_s: float
    handler_s: float

    @property
    def ratio(self) -> float:
        return self.handler_s / self.tintype_s


class Busy(msgspec.Struct, frozen=True):
    """The same questions when nothing else runs and while photos are described. `ratio`: of the medians."""

    idle: Waits
    indexing: Waits
    ratio: float
    floor: Floor


class ChatWhileIndexing(msgspec.Struct, frozen=True):
    """`fresh`: about a photo of `views` views not seen before; `seen`: a second question about it."""

    views: int
    in_flight: int
    fresh: Busy
    seen: Busy


def ask_twice(tintype: Tintype, handler: Handler, photo: Photo, steps: Steps) -> Asked:
    """The handler keeps nothing of a first question, so it gets none."""
    steps.begin("two questions about a photo: Tintype", ALL_VIEWS)
    tintype.first_token_s(photo, FIRST, max_views=MOST_VIEWS)
    ours_s = tintype.first_token_s(photo, SECOND, _HISTORY, MOST_VIEWS)
    steps.begin("the second question: the handler", 1)
    asked = Asked(ours_s, handler.first_token_s(photo, SECOND, _HISTORY))
    steps.found(
        f"{asked.tintype_s:.2f} s and {asked.handler_s:.2f} s to the first token: {asked.ratio:.1f} times sooner"
    )
    return asked


def second_question(rounds: Sequence[Asked], costs: Costs, peaks: Peaks) -> SecondQuestion:
    """Its floor is one decoding step: what was read of the picture can be kept, and a question has few words."""
    ours, theirs = waits([asked.tintype_s for asked in rounds]), waits([asked.handler_s for asked in rounds])
    ratios = tuple(asked.ratio for asked in rounds)
    least = floor(ours.median_s, costs, peaks, views=0, prompt_tokens=0, steps=1, shared_by=1)
    return SecondQuestion(ours, theirs, statistics.median(ratios), ratios, least)


def chat_while_indexing(
    tintype: Tintype, album: Album, steps: Steps, *, questions: int, costs: Costs, peaks: Peaks
) -> ChatWhileIndexing:
    """Asks about `questions` photos when idle and as many while indexing, two questions about each."""
    steps.begin(f"chat: {questions} photos, nothing else running", questions * ALL_VIEWS)
    idle = _ask(tintype, album, questions, pauses_s=(0.0, 0.0))
    steps.begin(f"chat: {questions} photos, while {tintype.in_flight} are indexed", questions * 2 * ALL_VIEWS)
    about_s = statistics.median(idle[0])
    with tintype.indexing(album.photograph()):
        time.sleep(about_s)
        indexing = _ask(tintype, album, questions, pauses_s=(0.0, about_s))
    fresh, seen = (
        _busy(alone, together, new_views, costs, peaks)
        for alone, together, new_views in zip(idle, indexing, (_CHAT_VIEWS, 0), strict=True)
    )
    return ChatWhileIndexing(_CHAT_VIEWS, tintype.in_flight, fresh, seen)


def waits(seconds: Sequence[float]) -> Waits:
    return Waits(statistics.median(seconds), sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1], len(seconds))


def _ask(
    tintype: Tintype, album: Album, questions: int, pauses_s: tuple[float, float]
) -> tuple[list[float], list[float]]:
    """Seconds to the first token about fresh photos, and of a second question about each; at random moments."""
    chance = random.Random(0)  # noqa: S311
    fresh, seen = [], []
    for photo in [album.photograph() for _ in range(questions)]:
        time.sleep(chance.uniform(*pauses_s))
        fresh.append(tintype.first_token_s(photo, FIRST, max_views=_CHAT_VIEWS))
        time.sleep(chance.uniform(*pauses_s))
        seen.append(tintype.first_token_s(photo, SECOND, _HISTORY, _CHAT_VIEWS))
    return fresh, seen


def _busy(alone: Sequence[float], together: Sequence[float], new_views: int, costs: Costs, peaks: Peaks) -> Busy:
    idle, indexing = waits(alone), waits(together)
    tokens = new_views * costs.view_tokens
    least = floor(idle.median_s, costs, peaks, views=new_views, prompt_tokens=tokens, steps=1, shared_by=1)
    return Busy(idle, indexing, indexing.median_s / idle.median_s, least)
