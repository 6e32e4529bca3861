"""Scenes as people photograph them, painted with what is in them known: from sunsets to a plate of food."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.pocket import things
from engine.pocket.canvas import Canvas, Size
from engine.pocket.palette import COLOURS, Colour, mostly, near, shaded, tone
from engine.pocket.truth import Example, Place, Thing, Truth

_MOST_SORTS = 3
_MOST_THINGS = 8  # in all: more would hide each other


@dataclass(frozen=True)
class Sort:
    """What may be in a scene: up to `most` of them, their feet between two heights of the picture.

    `low` and `high`: how high they are, as fractions of the picture's shorter side.
    """

    name: str
    most: int
    top: float
    bottom: float
    low: float
    high: float


@dataclass(frozen=True)
class Scenery:
    """How a scene is painted and what may be in it; of `main` there is always one sort."""

    paint: Callable[[Canvas], None]
    sorts: tuple[Sort, ...] = ()
    main: tuple[Sort, ...] = ()


def scene(rng: Generator, kind: str, size: Size) -> Example:
    """A scene of that kind, one of truth.SCENES."""
    scenery = SCENERY[kind]
    canvas = Canvas(rng, size, COLOURS["gray"])
    scenery.paint(canvas)
    found, places = _populate(canvas, _chosen(canvas, scenery))
    return Example(canvas.image, Truth(kind, mostly(canvas.image), found), places)


def _chosen(canvas: Canvas, scenery: Scenery) -> list[Sort]:
    chosen = [canvas.one_of(scenery.main)] if scenery.main else []
    others = [sort for sort in scenery.sorts if sort.name not in {each.name for each in chosen}]
    canvas.rng.shuffle(others)
    share = 0.3 if scenery.main else 0.6
    return chosen + [sort for sort in others[: _MOST_SORTS - len(chosen)] if canvas.chance(share)]


def _populate(canvas: Canvas, chosen: list[Sort]) -> tuple[tuple[Thing, ...], NDArray[np.uint8]]:
    """Draws things of these sorts side by side, the far ones first; what they are, and where as in Example."""
    counts: list[int] = []
    for sort in chosen:
        left = _MOST_THINGS - sum(counts)
        counts.append(int(canvas.rng.integers(1, max(1, min(sort.most, left)) + 1)))
    total = sum(counts)
    columns = [(column + canvas.between(0.35, 0.65)) / max(1, total) for column in range(total)]
    canvas.rng.shuffle(columns)
    placed, found = [], []
    for number, (sort, count) in enumerate(zip(chosen, counts, strict=True), 1):
        named = canvas.one_of(things.colours_of(sort.name))
        mine, columns = columns[:count], columns[count:]
        highest = min(sort.high, 0.85 * canvas.width / canvas.unit / total)
        for across in mine:
            height = canvas.between(min(sort.low, highest), highest) * canvas.unit
            foot = canvas.between(sort.top, sort.bottom) * canvas.height
            placed.append((foot, across * canvas.width, height, number, tone(canvas.rng, named)))
        found.append(Thing(sort.name, count, named, _place(mine[0])))
    places = np.zeros((canvas.height, canvas.width), np.uint8)
    before = np.asarray(canvas.image)
    for foot, x, height, number, colour in sorted(placed):
        things.DRAWINGS[chosen[number - 1].name](canvas, x, foot, height, colour)
        after = np.asarray(canvas.image)
        places[(after != before).any(axis=2)] = number
        before = after
    return tuple(found), places


def _place(across: float) -> Place:
    return "left" if across < 1 / 3 else "middle" if across < 2 / 3 else "right"


# ---- what is painted behind


_SKY, _HAZE = (95, 155, 225), (205, 226, 245)
_WATER, _SAND, _GRASS, _SNOW = (40, 105, 165), (226, 202, 152), (98, 150, 70), (238, 242, 246)


def _daylight(canvas: Canvas, horizon: float) -> None:
    dull = canvas.chance(0.25)
    upper, lower = ((150, 156, 164), (210, 213, 216)) if dull else (_SKY, _HAZE)
    canvas.gradient(0, horizon, near(canvas.rng, upper), near(canvas.rng, lower))
    for _ in range(int(canvas.rng.integers(0, 4))):
        x, y = canvas.between(0, 1) * canvas.width, canvas.between(0.05, 0.7) * horizon * canvas.height
        for _ in range(4):
            at = (x + canvas.between(-0.1, 0.1) * canvas.unit, y + canvas.between(-0.015, 0.015) * canvas.unit)
            canvas.disc(at, canvas.between(0.02, 0.05) * canvas.unit, near(canvas.rng, (244, 246, 248), by=6))


def _ground(canvas: Canvas, top: float, colour: Colour) -> None:
    canvas.gradient(top, 1, near(canvas.rng, colour), near(canvas.rng, shaded(colour, 0.85)))
    canvas.specks(top, 1, shaded(colour, 0.9), 60)


def _sea(canvas: Canvas, top: float, bottom: float, colour: Colour) -> None:
    canvas.gradient(top, bottom, near(canvas.rng, colour), near(canvas.rng, shaded(colour, 0.8)))
    canvas.ripples(top, bottom, shaded(colour, 1.3), 60)


def _sunset(canvas: Canvas) -> None:
    horizon = canvas.between(0.5, 0.75)
    upper, lower = canvas.one_of(
        (((90, 60, 120), (255, 150, 60)), ((60, 40, 90), (235, 80, 60)), ((120, 90, 160), (250, 165, 160)))
    )
    canvas.gradient(0, horizon, near(canvas.rng, upper), near(canvas.rng, lower))
    sun = (canvas.between(0.15, 0.85) * canvas.width, (horizon - canvas.between(0, 0.12)) * canvas.height)
    canvas.disc(sun, canvas.between(0.05, 0.1) * canvas.unit, near(canvas.rng, (255, 228, 140)))
    if canvas.chance(0.5):
        _sea(canvas, horizon, 1, shaded(lower, 0.6))
    else:
        _ground(canvas, horizon, (40, 30, 34))


def _open_sea(canvas: Canvas) -> None:
    horizon = canvas.between(0.3, 0.5)
    _daylight(canvas, horizon)
    _sea(canvas, horizon, 1, _WATER)


def _beach(canvas: Canvas) -> None:
    horizon = canvas.between(0.3, 0.45)
    shore = horizon + canvas.between(0.12, 0.25)
    _daylight(canvas, horizon)
    _sea(canvas, horizon, shore, canvas.one_of((_WATER, (60, 160, 175))))
    _ground(canvas, shore, _SAND)


def _mountains(canvas: Canvas) -> None:
    base = canvas.between(0.6, 0.75)
    _daylight(canvas, base)
    rock = near(canvas.rng, canvas.one_of(((120, 122, 132), (130, 110, 96), (96, 112, 130))))
    canvas.ridge(base, 0.2, 0.5, int(canvas.rng.integers(2, 5)), shaded(rock, 1.25))
    canvas.ridge(base, 0.1, 0.32, int(canvas.rng.integers(3, 6)), rock)
    _ground(canvas, base, canvas.one_of((_GRASS, (120, 130, 84))))


def _forest(canvas: Canvas) -> None:
    _daylight(canvas, 0.5)
    green = canvas.one_of(((48, 104, 52), (70, 120, 56), (40, 84, 60)))
    canvas.ridge(0.55, 0.2, 0.35, 8, shaded(green, 0.8), smooth=True)
    _ground(canvas, 0.55, shaded(green, 0.9))
    for depth in range(int(canvas.rng.integers(10, 18))):
        foot = (0.55 + 0.022 * depth) * canvas.height
        height = canvas.between(0.35, 0.5) * canvas.unit * (0.7 + 0.03 * depth)
        things.tree(canvas, canvas.between(0, 1) * canvas.width, foot, height, near(canvas.rng, green))


def _snow(canvas: Canvas) -> None:
    base = canvas.between(0.45, 0.6)
    _daylight(canvas, base)
    canvas.ridge(base, 0.1, 0.35, 3, (214, 222, 232))
    _ground(canvas, base, _SNOW)
    if canvas.chance(0.5):
        canvas.specks(0, 1, (250, 252, 255), 150, 0.012)


def _night(canvas: Canvas) -> None:
    canvas.gradient(0, 1, near(canvas.rng, (8, 10, 26), by=6), near(canvas.rng, (24, 26, 56), by=8))
    canvas.specks(0, 0.6, (232, 232, 222), int(canvas.rng.integers(20, 80)), 0.005)
    if canvas.chance(0.5):
        moon = (canvas.between(0.1, 0.9) * canvas.width, canvas.between(0.08, 0.3) * canvas.height)
        canvas.disc(moon, canvas.between(0.04, 0.08) * canvas.unit, (240, 238, 215))
    _skyline(canvas, (24, 24, 36), lit=True)


def _skyline(canvas: Canvas, colour: Colour, *, lit: bool, foot: float = 1.0) -> None:
    x = 0.0
    while x < canvas.width:
        wide, high = canvas.between(0.12, 0.25) * canvas.unit, canvas.between(0.25, 0.6) * canvas.height
        wall, top = near(canvas.rng, colour), foot * canvas.height - high
        canvas.box(x, top, x + wide, foot * canvas.height, wall)
        step = max(5.0, 0.03 * canvas.unit)
        for row in range(1, int(high / step)):
            for column in range(1, int(wide / step)):
                glass = canvas.one_of(((255, 226, 140), (60, 60, 70))) if lit else shaded(wall, 0.7)
                left, upper = x + column * step, top + row * step
                canvas.box(left - step * 0.25, upper - step * 0.3, left + step * 0.25, upper + step * 0.2, glass)
        x += wide + canvas.between(0, 0.04) * canvas.unit


def _city(canvas: Canvas) -> None:
    _daylight(canvas, 0.75)
    _skyline(
        canvas, canvas.one_of(((150, 150, 156), (165, 120, 90), (110, 130, 165), (196, 180, 150))), lit=False, foot=0.75
    )
    _ground(canvas, 0.75, (92, 92, 96))
    for dash in range(8):
        left = dash * canvas.width / 8
        canvas.box(
            left,
            0.9 * canvas.height,
            left + canvas.width / 16,
            0.9 * canvas.height + 0.01 * canvas.unit,
            (235, 235, 225),
        )


def _field(canvas: Canvas) -> None:
    horizon = canvas.between(0.4, 0.6)
    _daylight(canvas, horizon)
    canvas.ridge(horizon, 0.02, 0.15, 3, near(canvas.rng, (110, 150, 90)), smooth=True)
    _ground(canvas, horizon, canvas.one_of((_GRASS, (196, 180, 90), (150, 170, 70))))


def _meadow(canvas: Canvas) -> None:
    _ground(canvas, 0, canvas.one_of((_GRASS, (70, 120, 62))))
    for _ in range(60):
        x, y = canvas.between(0, 1) * canvas.width, canvas.between(0, 1) * canvas.height
        blade = near(canvas.rng, (80, 140, 60))
        canvas.draw.line([(x, y), (x + canvas.between(-6, 6), y - canvas.between(0.03, 0.1) * canvas.unit)], fill=blade)


def _room(canvas: Canvas) -> None:
    floor = canvas.between(0.62, 0.75)
    wall = tone(canvas.rng, canvas.one_of(("white", "yellow", "gray", "blue", "pink", "green")))
    canvas.gradient(0, floor, shaded(wall, 1.02), shaded(wall, 0.9))
    _ground(canvas, floor, canvas.one_of(((150, 108, 70), (186, 150, 110), (120, 116, 112))))
    left, top = canvas.between(0.08, 0.5) * canvas.width, canvas.between(0.08, 0.2) * canvas.height
    right, bottom = left + 0.3 * canvas.width, top + 0.3 * canvas.height
    canvas.box(left, top, right, bottom, (246, 246, 244))
    edge = 0.02 * canvas.unit
    canvas.box(left + edge, top + edge, right - edge, bottom - edge, near(canvas.rng, _GLASS_SKY))
    canvas.box((left + right) / 2 - edge / 2, top, (left + right) / 2 + edge / 2, bottom, (246, 246, 244))


_GLASS_SKY = (176, 208, 236)


def _table(canvas: Canvas) -> None:
    _ground(canvas, 0, canvas.one_of(((150, 104, 66), (200, 176, 146), (90, 84, 84), (214, 218, 222))))
    middle = (canvas.width / 2, canvas.height / 2)
    radius = canvas.between(0.4, 0.47) * canvas.unit
    plate = near(canvas.rng, canvas.one_of(((244, 244, 242), (200, 214, 226), (60, 62, 70))), by=8)
    canvas.disc(middle, radius, shaded(plate, 0.86))
    canvas.disc(middle, radius * 0.95, plate)
    canvas.disc(middle, radius * 0.7, shaded(plate, 0.95))


def _plain(canvas: Canvas) -> None:
    canvas.one_of((_field, _beach, _room, _street))(canvas)


def _street(canvas: Canvas) -> None:
    _daylight(canvas, 0.5)
    canvas.ridge(0.6, 0.05, 0.2, 5, near(canvas.rng, (96, 130, 84)), smooth=True)
    _ground(canvas, 0.6, (104, 104, 108))


def _blue(canvas: Canvas) -> None:
    _daylight(canvas, 1)


_NEAR = (0.86, 0.96)

SCENERY: Mapping[str, Scenery] = {
    "sunset": Scenery(_sunset, (Sort("boat", 3, 0.8, 0.9, 0.08, 0.2), Sort("bird", 6, 0.1, 0.4, 0.02, 0.06))),
    "sea": Scenery(_open_sea, (Sort("boat", 5, 0.55, 0.9, 0.08, 0.25), Sort("bird", 6, 0.05, 0.3, 0.03, 0.07))),
    "beach": Scenery(
        _beach,
        (
            Sort("person", 5, 0.75, 0.97, 0.12, 0.3),
            Sort("umbrella", 4, 0.75, 0.9, 0.14, 0.3),
            Sort("ball", 2, 0.8, 0.95, 0.05, 0.09),
            Sort("dog", 2, 0.8, 0.95, 0.08, 0.16),
        ),
    ),
    "mountains": Scenery(
        _mountains,
        (
            Sort("house", 3, 0.76, 0.92, 0.1, 0.18),
            Sort("cow", 4, 0.8, 0.96, 0.07, 0.14),
            Sort("person", 3, 0.8, 0.96, 0.1, 0.2),
            Sort("bird", 4, 0.05, 0.25, 0.02, 0.05),
        ),
    ),
    "forest": Scenery(_forest, (Sort("person", 3, *_NEAR, 0.15, 0.3), Sort("dog", 2, *_NEAR, 0.1, 0.18))),
    "snow": Scenery(
        _snow,
        (
            Sort("person", 4, 0.7, 0.95, 0.12, 0.28),
            Sort("house", 3, 0.65, 0.85, 0.12, 0.24),
            Sort("tree", 5, 0.62, 0.9, 0.15, 0.3),
        ),
    ),
    "night": Scenery(_night, (Sort("car", 3, *_NEAR, 0.08, 0.14),)),
    "city": Scenery(
        _city,
        (
            Sort("car", 4, *_NEAR, 0.1, 0.17),
            Sort("bus", 2, *_NEAR, 0.16, 0.24),
            Sort("person", 5, 0.8, 0.97, 0.12, 0.22),
            Sort("bicycle", 2, *_NEAR, 0.1, 0.16),
        ),
    ),
    "sky": Scenery(
        _blue,
        (
            Sort("balloon", 5, 0.4, 0.9, 0.12, 0.35),
            Sort("plane", 2, 0.3, 0.7, 0.04, 0.09),
            Sort("bird", 6, 0.2, 0.8, 0.03, 0.1),
        ),
    ),
    "field": Scenery(
        _field,
        (
            Sort("cow", 5, 0.65, 0.96, 0.1, 0.22),
            Sort("tree", 4, 0.6, 0.8, 0.15, 0.35),
            Sort("house", 2, 0.6, 0.8, 0.15, 0.28),
            Sort("person", 3, 0.7, 0.96, 0.14, 0.28),
        ),
    ),
    "flowers": Scenery(_meadow, (), (Sort("flower", 6, 0.75, 0.98, 0.35, 0.8),)),
    "room": Scenery(
        _room,
        (
            Sort("chair", 4, 0.82, 0.97, 0.25, 0.42),
            Sort("lamp", 2, 0.78, 0.9, 0.45, 0.6),
            Sort("cat", 2, 0.85, 0.97, 0.12, 0.2),
        ),
    ),
    "food": Scenery(
        _table,
        (Sort("cup", 2, 0.3, 0.9, 0.16, 0.24),),
        (
            Sort("apple", 5, 0.45, 0.75, 0.14, 0.24),
            Sort("banana", 3, 0.5, 0.7, 0.12, 0.2),
            Sort("pizza", 1, 0.86, 0.9, 0.62, 0.72),
        ),
    ),
    "animal": Scenery(
        _plain,
        (),
        (
            Sort("dog", 2, *_NEAR, 0.4, 0.65),
            Sort("cat", 2, *_NEAR, 0.4, 0.65),
            Sort("cow", 2, *_NEAR, 0.4, 0.65),
            Sort("bird", 2, 0.5, 0.7, 0.3, 0.5),
        ),
    ),
    "people": Scenery(_plain, (), (Sort("person", 6, 0.9, 1.02, 0.5, 0.85),)),
    "vehicle": Scenery(
        _street,
        (),
        (
            Sort("car", 2, *_NEAR, 0.35, 0.5),
            Sort("bus", 2, *_NEAR, 0.4, 0.55),
            Sort("bicycle", 2, *_NEAR, 0.45, 0.6),
        ),
    ),
    "building": Scenery(_street, (Sort("tree", 2, 0.8, 0.9, 0.2, 0.4),), (Sort("house", 2, 0.85, 0.95, 0.55, 0.8),)),
}
