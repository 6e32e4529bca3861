"""What stands, flies and lies in scenes: each thing is drawn by its foot, its height and its colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.pocket.canvas import Canvas
from engine.pocket.palette import COLOURS, Colour, near, shaded

Drawing = Callable[[Canvas, float, float, float, Colour], None]  # canvas, middle of the foot, height in pixels, colour

_SKINS = ((246, 214, 188), (224, 172, 138), (178, 122, 84), (120, 78, 52), (84, 54, 38))
_HAIRS = ((30, 24, 22), (84, 56, 36), (190, 150, 90), (120, 60, 36), (200, 200, 200))
_TRUNK = (96, 70, 48)
_GLASS = (170, 205, 225)
_TYRE = (28, 28, 30)


def person(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """In clothes of the colour."""
    rng, draw = canvas.rng, canvas.draw
    skin, hair = canvas.one_of(_SKINS), canvas.one_of(_HAIRS)
    legs = near(rng, canvas.one_of(((50, 60, 90), (60, 56, 54), (150, 140, 120))))
    head, hip, shoulder = height * 0.09, y - height * 0.47, y - height * 0.8
    wide = height * 0.13
    for side in (-1, 1):
        draw.line([(x, hip), (x + side * wide * 0.8, y)], fill=legs, width=max(1, round(height * 0.09)))
        hand = (x + side * wide * canvas.between(1.2, 2), shoulder + height * canvas.between(0.05, 0.35))
        draw.line([(x + side * wide * 0.8, shoulder + head / 2), hand], fill=skin, width=max(1, round(height * 0.055)))
    draw.rounded_rectangle([x - wide, shoulder, x + wide, hip + 1], max(1, height * 0.05), fill=colour)
    canvas.disc((x, y - height + head), head, skin)
    draw.pieslice([x - head, y - height, x + head, y - height + 2 * head], 180, 360, fill=hair)


def dog(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    _four_legged(canvas, x, y, height, colour, ears="hanging", tail=0.5)


def cat(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    _four_legged(canvas, x, y, height, colour, ears="pointed", tail=1.0)


def cow(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    _four_legged(canvas, x, y, height, colour, ears="horns", tail=0.2)
    for _ in range(3):
        spot = (x + canvas.between(-0.5, 0.4) * height, y - canvas.between(0.5, 0.75) * height)
        canvas.disc(spot, height * canvas.between(0.05, 0.11), shaded(colour, 0.5))


def _four_legged(canvas: Canvas, x: float, y: float, height: float, colour: Colour, *, ears: str, tail: float) -> None:
    draw, side = canvas.draw, canvas.one_of((-1, 1))
    long, back, thick = height * 0.62, y - height * 0.75, height * 0.38
    dark = shaded(colour, 0.8)
    for leg in (-0.85, -0.5, 0.5, 0.85):
        canvas.box(x + leg * long - height * 0.05, back + thick / 2, x + leg * long + height * 0.05, y, dark)
    draw.ellipse([x - long, back, x + long, back + thick], fill=colour)
    head_x, head_y, head = x + side * long * 1.1, y - height * 0.8, height * 0.2
    draw.line(
        [(x - side * long * 0.9, back + thick / 3), (x - side * long * 1.4, back - tail * height * 0.3)],
        fill=colour,
        width=max(1, round(height * 0.07)),
    )
    canvas.disc((head_x, head_y), head, colour)
    canvas.disc((head_x + side * head, head_y + head * 0.3), head * 0.5, shaded(colour, 0.9))
    for ear in (-1, 1):
        at = head_x + ear * head * 0.7
        if ears == "hanging":
            draw.ellipse([at - head * 0.3, head_y - head * 0.6, at + head * 0.3, head_y + head * 0.9], fill=dark)
        else:
            tip = head_y - head * (1.7 if ears == "pointed" else 1.4)
            outer = at + ear * head * (0.0 if ears == "pointed" else 0.5)
            fill = dark if ears == "pointed" else (225, 215, 190)
            draw.polygon(
                [(at - head * 0.35, head_y - head * 0.5), (at + head * 0.35, head_y - head * 0.5), (outer, tip)],
                fill=fill,
            )
    canvas.disc((head_x + side * head * 0.4, head_y - head * 0.2), max(1.0, head * 0.15), (20, 20, 20))


def bird(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """In flight, wings spread."""
    draw, lift = canvas.draw, canvas.between(0.5, 1)
    middle = y - height / 2
    for side in (-1, 1):
        tip = (x + side * height * 1.3, middle - height * 0.5 * lift)
        draw.polygon([(x, middle - height * 0.12), tip, (x + side * height * 0.3, middle + height * 0.18)], fill=colour)
    draw.ellipse([x - height * 0.3, middle - height * 0.18, x + height * 0.3, middle + height * 0.2], fill=colour)


def boat(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """With a white sail."""
    draw = canvas.draw
    deck = y - height * 0.25
    draw.polygon(
        [(x - height * 0.5, deck), (x + height * 0.5, deck), (x + height * 0.35, y), (x - height * 0.35, y)],
        fill=colour,
    )
    draw.line([(x, deck), (x, y - height)], fill=(90, 80, 70), width=max(1, round(height * 0.03)))
    draw.polygon(
        [(x + height * 0.04, y - height * 0.95), (x + height * 0.04, deck - 2), (x + height * 0.42, deck - 2)],
        fill=(246, 246, 242),
    )


def car(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, long, wheel = canvas.draw, height * 1.25, height * 0.2
    draw.polygon(
        [
            (x - long * 0.6, y - height * 0.55),
            (x - long * 0.35, y - height),
            (x + long * 0.3, y - height),
            (x + long * 0.6, y - height * 0.55),
        ],
        fill=shaded(colour, 0.92),
    )
    draw.polygon(
        [
            (x - long * 0.48, y - height * 0.58),
            (x - long * 0.3, y - height * 0.92),
            (x + long * 0.25, y - height * 0.92),
            (x + long * 0.47, y - height * 0.58),
        ],
        fill=_GLASS,
    )
    draw.rounded_rectangle([x - long, y - height * 0.6, x + long, y - wheel * 0.7], height * 0.12, fill=colour)
    for at in (-0.6, 0.6):
        canvas.disc((x + at * long, y - wheel), wheel, _TYRE)
        canvas.disc((x + at * long, y - wheel), wheel * 0.45, (170, 170, 172))


def bus(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, long, wheel = canvas.draw, height * 1.3, height * 0.14
    draw.rounded_rectangle([x - long, y - height, x + long, y - wheel * 0.8], height * 0.08, fill=colour)
    for window in range(5):
        left = x - long * 0.92 + window * long * 0.37
        canvas.box(left, y - height * 0.85, left + long * 0.3, y - height * 0.5, _GLASS)
    for at in (-0.6, 0.6):
        canvas.disc((x + at * long, y - wheel), wheel, _TYRE)


def bicycle(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, wheel, thick = canvas.draw, height * 0.32, max(1, round(height * 0.05))
    hubs = [(x - height * 0.5, y - wheel), (x + height * 0.5, y - wheel)]
    for hub_x, hub_y in hubs:
        draw.ellipse([hub_x - wheel, hub_y - wheel, hub_x + wheel, hub_y + wheel], outline=_TYRE, width=thick)
    saddle, bars, pedal = (x - height * 0.2, y - height * 0.8), (x + height * 0.35, y - height * 0.9), (x, y - wheel)
    for one, other in (
        (hubs[0], saddle),
        (hubs[0], pedal),
        (saddle, pedal),
        (pedal, bars),
        (saddle, bars),
        (hubs[1], bars),
    ):
        draw.line([one, other], fill=colour, width=thick)


def plane(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, middle = canvas.draw, y - height / 2
    draw.ellipse([x - height * 1.4, middle - height * 0.16, x + height * 1.4, middle + height * 0.16], fill=colour)
    draw.polygon(
        [(x - height * 0.2, middle), (x + height * 0.3, middle), (x - height * 0.4, y)], fill=shaded(colour, 0.8)
    )
    draw.polygon(
        [(x - height * 1.1, middle), (x - height * 1.4, y - height), (x - height * 0.9, middle)],
        fill=shaded(colour, 0.8),
    )


def balloon(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """A hot-air balloon."""
    draw, radius = canvas.draw, height * 0.38
    draw.polygon(
        [
            (x - radius * 0.8, y - height * 0.5),
            (x + radius * 0.8, y - height * 0.5),
            (x + height * 0.08, y - height * 0.18),
            (x - height * 0.08, y - height * 0.18),
        ],
        fill=colour,
    )
    canvas.disc((x, y - height + radius), radius, colour)
    canvas.box(x - height * 0.08, y - height * 0.14, x + height * 0.08, y, (120, 86, 54))


def tree(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw = canvas.draw
    canvas.box(x - height * 0.05, y - height * 0.4, x + height * 0.05, y, near(canvas.rng, _TRUNK))
    if canvas.chance(0.5):
        for level in range(3):
            top, wide = y - height * (1 - 0.22 * level), height * (0.18 + 0.09 * level)
            draw.polygon(
                [(x, top), (x - wide, top + height * 0.36), (x + wide, top + height * 0.36)],
                fill=shaded(colour, 1 - 0.08 * level),
            )
    else:
        for _ in range(5):
            at = (x + canvas.between(-0.2, 0.2) * height, y - canvas.between(0.5, 0.8) * height)
            canvas.disc(at, height * canvas.between(0.16, 0.22), near(canvas.rng, colour, by=10))


def house(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, wide, eaves = canvas.draw, height * 0.55, y - height * 0.6
    canvas.box(x - wide, eaves, x + wide, y, colour)
    roof = near(canvas.rng, canvas.one_of(((140, 60, 46), (80, 76, 80), (110, 80, 60))))
    draw.polygon([(x - wide * 1.15, eaves), (x, y - height), (x + wide * 1.15, eaves)], fill=roof)
    canvas.box(x - wide * 0.15, y - height * 0.32, x + wide * 0.15, y, shaded(roof, 0.8))
    for side in (-1, 1):
        canvas.box(
            x + side * wide * 0.6 - wide * 0.16,
            y - height * 0.45,
            x + side * wide * 0.6 + wide * 0.16,
            y - height * 0.25,
            _GLASS,
        )


def umbrella(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, wide = canvas.draw, height * 0.55
    draw.line([(x, y), (x, y - height * 0.7)], fill=(150, 140, 130), width=max(1, round(height * 0.04)))
    draw.pieslice([x - wide, y - height, x + wide, y - height * 0.2], 180, 360, fill=colour)
    draw.pieslice([x - wide * 0.35, y - height, x + wide * 0.35, y - height * 0.2], 180, 360, fill=shaded(colour, 1.25))


def ball(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    radius = height / 2
    canvas.disc((x, y - radius), radius, colour)
    canvas.disc((x - radius * 0.3, y - radius * 1.3), radius * 0.25, shaded(colour, 1.4))


def flower(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    draw, head = canvas.draw, (x, y - height * 0.78)
    draw.line([(x, y), head], fill=(60, 120, 50), width=max(1, round(height * 0.05)))
    draw.ellipse([x, y - height * 0.35, x + height * 0.25, y - height * 0.22], fill=(70, 135, 60))
    for across, down in ((0, -1), (0.87, -0.5), (0.87, 0.5), (0, 1), (-0.87, 0.5), (-0.87, -0.5)):
        canvas.disc((head[0] + across * height * 0.14, head[1] + down * height * 0.14), height * 0.11, colour)
    centre = COLOURS["brown"] if colour[0] > 200 and colour[1] > 180 else COLOURS["yellow"]
    canvas.disc(head, height * 0.09, centre)


def chair(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    wide = height * 0.26
    for side in (-1, 1):
        canvas.box(
            x + side * wide - height * 0.03, y - height * 0.45, x + side * wide + height * 0.03, y, shaded(colour, 0.8)
        )
    canvas.box(x - wide, y - height * 0.5, x + wide, y - height * 0.42, colour)
    canvas.box(x - wide, y - height, x - wide * 0.75, y - height * 0.45, colour)
    canvas.box(x - wide, y - height, x + wide * 0.9, y - height * 0.72, shaded(colour, 0.95))


def lamp(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """A standard lamp."""
    canvas.box(x - height * 0.015, y - height * 0.8, x + height * 0.015, y, (70, 66, 62))
    canvas.draw.ellipse([x - height * 0.12, y - height * 0.04, x + height * 0.12, y], fill=(70, 66, 62))
    canvas.draw.polygon(
        [
            (x - height * 0.1, y - height),
            (x + height * 0.1, y - height),
            (x + height * 0.19, y - height * 0.72),
            (x - height * 0.19, y - height * 0.72),
        ],
        fill=colour,
    )


def cup(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """Seen from the side and a little from above."""
    draw, wide = canvas.draw, height * 0.48
    draw.ellipse(
        [x + wide * 0.6, y - height * 0.75, x + wide * 1.5, y - height * 0.25],
        outline=colour,
        width=max(1, round(height * 0.09)),
    )
    draw.polygon(
        [(x - wide, y - height * 0.85), (x + wide, y - height * 0.85), (x + wide * 0.7, y), (x - wide * 0.7, y)],
        fill=colour,
    )
    draw.ellipse([x - wide, y - height, x + wide, y - height * 0.7], fill=shaded(colour, 1.15))
    draw.ellipse([x - wide * 0.85, y - height * 0.96, x + wide * 0.85, y - height * 0.74], fill=(70, 44, 28))


def fruit(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """An apple, or what is as round: told apart by nothing but its colour."""
    radius = height * 0.45
    for side in (-1, 1):
        canvas.disc((x + side * radius * 0.25, y - radius), radius, colour)
    canvas.draw.line(
        [(x, y - 2 * radius), (x + radius * 0.2, y - height)], fill=_TRUNK, width=max(1, round(height * 0.06))
    )
    canvas.draw.ellipse([x + radius * 0.15, y - height, x + radius * 0.7, y - height * 0.84], fill=(80, 150, 60))


def banana(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    wide = height * 0.95
    canvas.draw.arc([x - wide, y - height * 1.6, x + wide, y], 30, 150, fill=colour, width=max(2, round(height * 0.38)))


def pizza(canvas: Canvas, x: float, y: float, height: float, colour: Colour) -> None:
    """Seen from above; its colour is that of what is on it."""
    radius, middle = height / 2, (x, y - height / 2)
    canvas.disc(middle, radius, (196, 140, 72))
    canvas.disc(middle, radius * 0.88, (240, 205, 110))
    for across, down in ((0.45, 0.1), (-0.4, 0.35), (-0.1, -0.5), (0.2, 0.55), (-0.55, -0.15), (0.35, -0.4)):
        canvas.disc((middle[0] + across * radius, middle[1] + down * radius), radius * 0.17, colour)


DRAWINGS: Mapping[str, Drawing] = {
    "person": person,
    "dog": dog,
    "cat": cat,
    "cow": cow,
    "bird": bird,
    "boat": boat,
    "car": car,
    "bus": bus,
    "bicycle": bicycle,
    "plane": plane,
    "balloon": balloon,
    "tree": tree,
    "house": house,
    "umbrella": umbrella,
    "ball": ball,
    "flower": flower,
    "chair": chair,
    "lamp": lamp,
    "cup": cup,
    "apple": fruit,
    "banana": banana,
    "pizza": pizza,
}
NAMES = tuple(DRAWINGS)

# The colours that a thing may have, as a person would name them.
_ANY = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black")
_ANIMAL = ("brown", "black", "white", "gray", "orange")
COLOURS_OF: Mapping[str, tuple[str, ...]] = {
    "dog": _ANIMAL,
    "cat": _ANIMAL,
    "cow": ("brown", "white", "black"),
    "bird": ("white", "black", "gray", "brown"),
    "plane": ("white", "gray", "red", "blue"),
    "tree": ("green",),
    "house": ("white", "yellow", "red", "gray", "brown", "pink", "blue"),
    "lamp": ("white", "yellow", "orange", "red", "green"),
    "apple": ("red", "green", "yellow"),
    "banana": ("yellow",),
    "pizza": ("red", "green"),
}


def colours_of(name: str) -> tuple[str, ...]:
    return COLOURS_OF.get(name, _ANY)
