"""How long a person waits for the first token: of a second question about a photo, and while photos are indexed."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Sequence

import msgspec

from engine.evaluation.album import Album
from engine.evaluation.floors import Costs, Floor, Peaks, floor
from engine.evaluation.sides import MOST_VIEWS, Handler, Tintype
from engine.evaluation.steps import Steps
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
    """Both sides were asked the same two questions about the same photo. `ratio`: how many times sooner Tintype is."""

    tintype: Waits
    handler: Waits
    ratio: float
    floor: Floor


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


def second_question(
    tintype: Tintype,
    handler: Handler,
    album: Album,
    steps: Steps,
    *,
    photos: int,
    costs: Costs,
    peaks: Peaks,
) -> SecondQuestion:
    """Asks both about `photos` photos in turn. The handler keeps nothing of a first question, so it gets none."""
    sooner, later = [], []
    for number in range(1, photos + 1):
        photo = album.photograph()
        steps.begin(f"a second question: Tintype, photo {number} of {photos}", ours=1)
        tintype.first_token_s(photo, FIRST, max_views=MOST_VIEWS)
        sooner.append(tintype.first_token_s(photo, SECOND, _HISTORY, MOST_VIEWS))
        steps.begin(f"a second question: the handler, photo {number} of {photos}", theirs=1)
        later.append(handler.first_token_s(photo, SECOND, _HISTORY))
    first, second = waits(sooner), waits(later)
    least = floor(
        first.median_s,
        costs,
        peaks,
        views=0,
        prompt_tokens=MOST_VIEWS * costs.view_tokens,
        steps=1,
        shared_by=1,
    )
    return SecondQuestion(first, second, second.median_s / first.median_s, least)


def chat_while_indexing(
    tintype: Tintype, album: Album, steps: Steps, *, questions: int, costs: Costs, peaks: Peaks
) -> ChatWhileIndexing:
    """Asks about `questions` photos when idle and as many while indexing, two questions about each."""
    steps.begin(f"chat: {questions} photos, nothing else running", ours=questions)
    idle = _ask(tintype, album, questions, pauses_s=(0.0, 0.0))
    steps.begin(f"chat: {questions} photos, while {tintype.in_flight} are indexed", ours=questions * 2)
    about_s = statistics.median(idle[0])
    with tintype.indexing(album.photograph()):
        time.sleep(about_s)
        indexing = _ask(tintype, album, questions, pauses_s=(0.0, about_s))
    fresh, seen = (
        _busy(alone, together, views, costs, peaks)
        for alone, together, views in zip(idle, indexing, (_CHAT_VIEWS, 0), strict=True)
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


def _busy(alone: Sequence[float], together: Sequence[float], encoded_views: int, costs: Costs, peaks: Peaks) -> Busy:
    idle, indexing = waits(alone), waits(together)
    tokens = _CHAT_VIEWS * costs.view_tokens
    least = floor(idle.median_s, costs, peaks, views=encoded_views, prompt_tokens=tokens, steps=1, shared_by=1)
    return Busy(idle, indexing, indexing.median_s / idle.median_s, least)
