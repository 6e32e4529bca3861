"""What each lever gives: from the way nearest to the handler's on, one more thing is done at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from engine.evaluation.needs import needed_views
from engine.evaluation.sides import Way, all_views
from engine.messages import Configuration, ModelFiles, Setup


class Lever(msgspec.Struct, frozen=True):
    """One more thing done, on top of all before it; `gain`: how many times as fast as without it.

    The gain of the first is what it has over the handler. `ratio`: to the handler.
    """

    name: str
    photos_an_hour: float
    views: float
    at_once: int
    ratio: float
    gain: float


def ways(model: ModelFiles, threads: int, cache: str) -> tuple[Way, ...]:
    """One after another adds a lever; the last is Tintype as it runs, the one before it the same with all views.

    The first has the handler's tower and the configuration of llama.cpp's defaults; exact slices and the prompt in
    few batches are in it, since Tintype cannot do without.
    """
    defaults = Configuration(threads, repack=True, sequences=1)
    nearest = Setup(model, threads=threads, configuration=defaults, tower="ggml", loading="together", cache=cache)
    chosen_tower = replace(nearest, tower="auto")
    as_it_runs = Setup(model, cache=cache)
    return (
        Way("exact slices, the prompt in one go", nearest, all_views, in_flight=1),
        Way("the vision tower on the fastest runtime", chosen_tower, all_views, in_flight=1),
        Way("the configuration that was measured best", as_it_runs, all_views, in_flight=1),
        Way("several photos at once", as_it_runs, all_views),
        Way("views by need", as_it_runs, needed_views(model)),
    )


@dataclass(frozen=True)
class Tried:
    """One way measured: seconds and views of a photo, and how many photos were in flight."""

    name: str
    at_once: int
    photo_s: float
    views: float


def lined_up(tried: Sequence[Tried], handler_photo_s: float) -> tuple[Lever, ...]:
    """The levers, in the order in which their ways were tried."""
    before_s = (handler_photo_s, *(way.photo_s for way in tried))
    return tuple(
        Lever(
            name=way.name,
            photos_an_hour=3600 / way.photo_s,
            views=way.views,
            at_once=way.at_once,
            ratio=handler_photo_s / way.photo_s,
            gain=without_s / way.photo_s,
        )
        for way, without_s in zip(tried, before_s, strict=False)
    )
