"""What people photograph in order to keep what is written on it, drawn with its kind and its text known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from PIL import Image

from engine.pocket import scripts
from engine.pocket.canvas import Canvas, Point, Size
from engine.pocket.material import Material
from engine.pocket.palette import COLOURS, Colour, mostly, near, shaded, tone
from engine.pocket.scripts import LATIN, Face
from engine.pocket.truth import Example, Truth

_PAPER, _INK = (246, 244, 238), (44, 42, 46)
_PHOTOGRAPHED_SHARE = 0.4  # of the tables
_CLOSE_SHARE = 0.25  # of the papers
_LEAST_PX = 5  # smaller letters would be a line of grey


class Sheet(Canvas):
    """A canvas that is written on: in one of the faces, which is known, as are the lines."""

    def __init__(self, rng: Generator, size: Size, ground: Colour, faces: Sequence[Face]) -> None:
        super().__init__(rng, size, ground)
        self.faces = faces
        self.face = self.one_of(faces)
        self.lines: list[str] = []

    def write(
        self, text: str, at: Point, height: float, colour: Colour, *, anchor: str = "la", most: float = 1
    ) -> float:
        """Writes a line no broader than `most` of the width, smaller where it must be; `at` and `height` are fractions.

        Returns how high it became, in pixels.
        """
        size = max(_LEAST_PX, round(height * self.unit))
        while (font := scripts.font(self.face, size)).getlength(text) > most * self.width and size > _LEAST_PX:
            size -= max(1, size // 12)
        self.draw.text((at[0] * self.width, at[1] * self.height), text, colour, font, anchor)
        self.lines.append(text)
        return size

    def words(self, low: int, high: int) -> str:
        """Words, now and then letters in no order, so that nothing can be guessed."""
        count = int(self.rng.integers(low, high + 1))
        made = scripts.a_string if self.chance(0.5) else scripts.a_word
        return " ".join(made(self.rng, LATIN) for _ in range(count))

    def price(self) -> str:
        return f"{self.between(0.5, 90):.2f}"

    def body(self, left: float, top: float, bottom: float, height: float, colour: Colour, *, most: float) -> None:
        """Lines of words from one height down to another."""
        while top + height < bottom:
            self.write(self.words(2, 6), (left, top), height, colour, most=most * self.between(0.6, 1))
            top += height * self.unit / self.height * self.between(1.5, 1.8)


def document(rng: Generator, kind: str, size: Size, material: Material) -> Example:
    """A picture of that kind, one of truth.DOCUMENTS, written in one of the faces. Raises OSError without them."""
    image, sheet = _DRAWINGS[kind](rng, size, material)
    return Example(image, Truth(kind, mostly(sheet.image), lines=tuple(sheet.lines)))


Drawn = tuple[Image.Image, Sheet]  # the picture, and what in it is written on
Drawing = Callable[[Generator, Size, Material], Drawn]


# ---- paper on a table


def _on_table(aspect: float, ground: tuple[str, ...], draw: Callable[[Sheet], None]) -> Drawing:
    """Paper of that shape (width to height) and one of those colours, which fills most of the picture, or all."""
    close = _filling(ground, draw)

    def drawing(rng: Generator, size: Size, material: Material) -> Drawn:
        if rng.random() < _CLOSE_SHARE:
            return close(rng, size, material)
        table = Canvas(rng, size, tone(rng, str(rng.choice(("brown", "gray", "black", "blue", "white", "green")))))
        table.specks(0, 1, shaded(table.colour_at(0, 0), 0.9), 80)
        if material.photographs and table.chance(_PHOTOGRAPHED_SHARE):
            table.image.paste(material.part(rng, size))
        room = (table.between(0.82, 0.97) * size[0], table.between(0.82, 0.97) * size[1])
        wide = min(room[0], room[1] * aspect)
        sheet = Sheet(
            rng,
            (max(24, round(wide)), max(24, round(wide / aspect))),
            tone(rng, table.one_of(ground), by=8),
            material.faces,
        )
        draw(sheet)
        _lay(table, sheet.image, table.between(-5, 5))
        return table.image, sheet

    return drawing


def _lay(table: Canvas, paper: Image.Image, degrees: float) -> None:
    outline = Image.new("L", paper.size, 255).rotate(degrees, expand=True)
    turned = paper.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
    spare = (table.width - turned.width, table.height - turned.height)
    at = (round(spare[0] * table.between(0.3, 0.7)), round(spare[1] * table.between(0.3, 0.7)))
    shade = Image.new("RGB", turned.size, (20, 18, 18))
    table.image.paste(shade, (at[0] + 4, at[1] + 5), outline.point(lambda value: value // 3))
    table.image.paste(turned, at, outline)


def _receipt(sheet: Sheet) -> None:
    sheet.write(sheet.words(1, 2).upper(), (0.5, 0.04), 0.1, _INK, anchor="ma", most=0.85)
    sheet.write(scripts.a_number(sheet.rng), (0.5, 0.12), 0.06, _INK, anchor="ma", most=0.8)
    y, rows = 0.2, int(sheet.rng.integers(4, 12))
    step = 0.58 / rows
    for _ in range(rows):
        size = min(0.062, step * sheet.height / sheet.unit * 0.7)
        sheet.write(sheet.words(1, 2), (0.06, y), size, _INK, most=0.6)
        sheet.write(sheet.price(), (0.94, y), size, _INK, anchor="ra", most=0.3)
        y += step
    _dashes(sheet, y)
    sheet.write("TOTAL", (0.06, y + 0.02), 0.085, _INK, most=0.5)
    sheet.write(sheet.price(), (0.94, y + 0.02), 0.085, _INK, anchor="ra", most=0.45)


def _dashes(sheet: Sheet, y: float) -> None:
    for dash in range(16):
        left = (0.06 + dash * 0.055) * sheet.width
        sheet.draw.line([(left, y * sheet.height), (left + 0.03 * sheet.width, y * sheet.height)], fill=_INK)


def _invoice(sheet: Sheet) -> None:
    accent = tone(sheet.rng, sheet.one_of(("blue", "green", "red", "gray", "purple")))
    title, sender = ((0.94, 0.05), (0.07, 0.06)) if sheet.chance(0.5) else ((0.5, 0.04), (0.07, 0.13))
    sheet.write(sheet.one_of(("INVOICE", "BILL", "STATEMENT")), title, 0.07, accent, anchor="ra", most=0.45)
    sheet.body(*sender, 0.25, 0.03, _INK, most=0.35)
    top, rows = 0.3, int(sheet.rng.integers(4, 9))
    sheet.box(0.06 * sheet.width, top * sheet.height, 0.94 * sheet.width, (top + 0.045) * sheet.height, accent)
    for row in range(1, rows + 1):
        y = top + 0.055 * row
        sheet.write(sheet.words(1, 3), (0.08, y), 0.03, _INK, most=0.5)
        sheet.write(sheet.price(), (0.92, y), 0.03, _INK, anchor="ra", most=0.2)
        sheet.draw.line(
            [(0.06 * sheet.width, (y + 0.045) * sheet.height), (0.94 * sheet.width, (y + 0.045) * sheet.height)],
            fill=(190, 190, 190),
        )
    sheet.write(f"Total {sheet.price()}", (0.92, top + 0.07 + 0.055 * rows), 0.045, _INK, anchor="ra", most=0.5)


def _ticket(sheet: Sheet) -> None:
    ink = _readable_on(sheet)
    stub = sheet.between(0.7, 0.78)
    for dash in range(14):
        y = dash * sheet.height / 14
        sheet.draw.line([(stub * sheet.width, y), (stub * sheet.width, y + sheet.height / 28)], fill=ink)
    x = stub + 0.05
    while x < 0.93:
        wide = sheet.between(0.004, 0.016)
        sheet.box(x * sheet.width, 0.15 * sheet.height, (x + wide) * sheet.width, 0.85 * sheet.height, ink)
        x += wide + sheet.between(0.006, 0.014)
    sheet.write(sheet.words(1, 2).upper(), (0.05, 0.12), 0.22, ink, most=stub - 0.1)
    sheet.write(scripts.a_number(sheet.rng), (0.05, 0.46), 0.14, ink, most=stub - 0.1)
    sheet.write(
        f"{sheet.one_of(('Row', 'Seat', 'Gate'))} {sheet.rng.integers(1, 60)}", (0.05, 0.7), 0.14, ink, most=0.5
    )


def _card(sheet: Sheet) -> None:
    ink = _readable_on(sheet)
    sheet.disc(
        (0.2 * sheet.width, 0.4 * sheet.height),
        0.16 * sheet.unit,
        tone(sheet.rng, sheet.one_of(("red", "blue", "green", "orange"))),
    )
    sheet.write(sheet.words(2, 2).title(), (0.4, 0.26), 0.13, ink, most=0.55)
    sheet.body(0.4, 0.5, 0.9, 0.065, ink, most=0.5)


def _note(sheet: Sheet) -> None:
    ink = sheet.one_of(((40, 44, 120), _INK, (120, 30, 40)))
    if sheet.chance(0.4):
        rows = int(sheet.rng.integers(6, 14))
        for line in range(1, rows):
            y = line / rows * sheet.height
            sheet.draw.line([(0, y), (sheet.width, y)], fill=(176, 196, 220))
    left, y = sheet.between(0.06, 0.16), sheet.between(0.06, 0.16)
    height, pitch = sheet.between(0.06, 0.12), sheet.between(1.3, 2.4)
    for _ in range(int(sheet.rng.integers(2, 8))):
        text = ("- " if sheet.chance(0.3) else "") + sheet.words(1, 3)
        sheet.write(text, (left, y), height, ink, most=0.96 - left)
        y += height * pitch * sheet.unit / sheet.height
        if y + height * sheet.unit / sheet.height > 1:
            break


def _menu(sheet: Sheet) -> None:
    ink, accent = _INK, tone(sheet.rng, sheet.one_of(("red", "brown", "green", "orange")))
    sheet.draw.rectangle([6, 6, sheet.width - 7, sheet.height - 7], outline=accent, width=2)
    sheet.write(
        sheet.one_of(("MENU", "CAFE", "BISTRO", sheet.words(1, 1).upper())),
        (0.5, 0.05),
        0.1,
        accent,
        anchor="ma",
        most=0.8,
    )
    columns, y = sheet.chance(0.5), 0.18
    for _ in range(int(sheet.rng.integers(2, 4))):
        sheet.write(sheet.words(1, 1).title(), (0.5, y), 0.055, accent, anchor="ma", most=0.7)
        y += 0.075
        for _ in range(int(sheet.rng.integers(2, 5))):
            if columns:
                sheet.write(sheet.words(1, 3), (0.1, y), 0.04, ink, most=0.6)
                sheet.write(sheet.price(), (0.9, y), 0.04, ink, anchor="ra", most=0.2)
            else:
                sheet.write(f"{sheet.words(1, 3)}  {sheet.price()}", (0.5, y), 0.035, ink, anchor="ma", most=0.8)
            y += 0.05


def _readable_on(sheet: Sheet) -> Colour:
    return (250, 250, 248) if sum(sheet.colour_at(0, 0)) < 330 else _INK


# ---- what fills the picture


def _filling(ground: tuple[str, ...], draw: Callable[[Sheet], None]) -> Drawing:
    def drawing(rng: Generator, size: Size, material: Material) -> Drawn:
        sheet = Sheet(rng, size, tone(rng, str(rng.choice(ground)), by=12), material.faces)
        draw(sheet)
        return sheet.image, sheet

    return drawing


def _sign(sheet: Sheet) -> None:
    sheet.gradient(0, 1, near(sheet.rng, (140, 180, 225)), near(sheet.rng, (205, 222, 236)))
    sheet.ridge(1, 0.1, 0.3, 4, near(sheet.rng, (96, 130, 84)), smooth=True)
    left, top = sheet.between(0.06, 0.16), sheet.between(0.1, 0.2)
    right, bottom = sheet.between(0.84, 0.94), sheet.between(0.55, 0.68)
    sheet.box(0.47 * sheet.width, bottom * sheet.height, 0.53 * sheet.width, sheet.height, (120, 120, 122))
    name = sheet.one_of(("blue", "green", "red", "white", "yellow", "brown", "black"))
    board = tone(sheet.rng, name, by=10)
    ink: Colour = (250, 250, 248) if sum(board) < 400 else (24, 24, 26)
    box = [left * sheet.width, top * sheet.height, right * sheet.width, bottom * sheet.height]
    sheet.draw.rounded_rectangle(box, 0.04 * sheet.unit, fill=board, outline=ink, width=max(1, sheet.unit // 90))
    rows = int(sheet.rng.integers(1, 3))
    for row in range(rows):
        middle = top + (bottom - top) * (row + 0.5) / rows
        text = sheet.one_of((sheet.words(1, 2).upper(), sheet.words(1, 2).title(), f"{sheet.rng.integers(1, 99)} km"))
        sheet.write(text, (0.5, middle), 0.16, ink, anchor="mm", most=0.6)


def _poster(sheet: Sheet) -> None:
    ink, rows = _readable_on(sheet), int(sheet.rng.integers(1, 3))
    for _ in range(int(sheet.rng.integers(2, 6))):
        x, y = sheet.between(0, 1) * sheet.width, sheet.between(0.5, 1) * sheet.height
        radius, colour = sheet.between(0.08, 0.22) * sheet.unit, tone(sheet.rng, sheet.one_of(tuple(COLOURS)))
        if sheet.chance(0.5):
            sheet.disc((x, y), radius, colour)
        else:
            sheet.draw.polygon([(x, y - radius), (x + radius, y + radius), (x - radius, y + radius)], fill=colour)
    y = 0.06
    for _ in range(rows):
        y += 1.1 * sheet.write(sheet.words(1, 2).upper(), (0.5, y), 0.18, ink, anchor="ma", most=0.9) / sheet.height
    sheet.write(scripts.a_number(sheet.rng), (0.5, y + 0.02), 0.08, ink, anchor="ma", most=0.6)


def _cover(sheet: Sheet) -> None:
    """Of a book: a frame, a title, a picture in the middle, a name below."""
    ink, edge = _readable_on(sheet), 0.04 * sheet.unit
    spine = shaded(sheet.colour_at(0, 0), 0.7)
    sheet.box(0, 0, 0.05 * sheet.width, sheet.height, spine)
    sheet.draw.rectangle(
        [0.05 * sheet.width + edge, edge, sheet.width - edge, sheet.height - edge], outline=ink, width=2
    )
    sheet.write(sheet.words(1, 3).title(), (0.53, 0.12), 0.11, ink, anchor="ma", most=0.8)
    sheet.box(
        0.25 * sheet.width,
        0.35 * sheet.height,
        0.8 * sheet.width,
        0.72 * sheet.height,
        tone(sheet.rng, sheet.one_of(tuple(COLOURS))),
    )
    sheet.disc(
        (0.53 * sheet.width, 0.54 * sheet.height), 0.1 * sheet.unit, tone(sheet.rng, sheet.one_of(tuple(COLOURS)))
    )
    sheet.write(sheet.words(2, 2).title(), (0.53, 0.8), 0.06, ink, anchor="ma", most=0.6)


def _whiteboard(sheet: Sheet) -> None:
    wall = tone(sheet.rng, "gray")
    sheet.draw.rectangle([0, 0, sheet.width - 1, sheet.height - 1], outline=wall, width=max(3, sheet.unit // 18))
    inks = [tone(sheet.rng, name) for name in ("blue", "red", "green", "black")]
    sheet.write(sheet.words(1, 3), (0.12, 0.12), 0.09, sheet.one_of(inks), most=0.7)
    places = [(sheet.between(0.12, 0.7), sheet.between(0.3, 0.8)) for _ in range(int(sheet.rng.integers(2, 5)))]
    for before, after in pairwise(places):
        ends = [(x * sheet.width, y * sheet.height) for x, y in (before, after)]
        sheet.draw.line(ends, fill=sheet.one_of(inks), width=2)
    for x, y in places:
        box = [(x - 0.02) * sheet.width, (y - 0.03) * sheet.height, (x + 0.2) * sheet.width, (y + 0.09) * sheet.height]
        sheet.draw.rectangle(box, outline=sheet.one_of(inks), fill=_PAPER, width=2)
        sheet.write(sheet.words(1, 1), (x, y), 0.05, sheet.one_of(inks), most=0.17)


def _bar(sheet: Sheet, colour: Colour) -> None:
    """The top of a screen, with a title."""
    sheet.box(0, 0, sheet.width, 0.09 * sheet.height, colour)
    sheet.write(sheet.words(1, 2).title(), (0.12, 0.03), 0.05, (250, 250, 250), most=0.6)


def _chat(sheet: Sheet) -> None:
    _bar(sheet, tone(sheet.rng, sheet.one_of(("green", "blue", "purple", "black"))))
    mine, theirs = tone(sheet.rng, sheet.one_of(("green", "blue", "pink")), by=30), near(sheet.rng, (226, 228, 232))
    y = 0.13
    while y < 0.88:
        wide, high = sheet.between(0.35, 0.7), sheet.between(0.06, 0.12)
        left, colour = (0.96 - wide, mine) if sheet.chance(0.5) else (0.04, theirs)
        box = [left * sheet.width, y * sheet.height, (left + wide) * sheet.width, (y + high) * sheet.height]
        sheet.draw.rounded_rectangle(box, 0.03 * sheet.unit, fill=colour)
        ink: Colour = (250, 250, 250) if sum(colour) < 330 else _INK
        sheet.write(sheet.words(1, 4), (left + 0.03, y + high * 0.3), 0.04, ink, most=wide - 0.06)
        y += high + 0.025


def _settings(sheet: Sheet) -> None:
    _bar(sheet, tone(sheet.rng, sheet.one_of(("gray", "blue", "black"))))
    ink, step = _readable_on_body(sheet), sheet.between(0.08, 0.11)
    y = 0.12
    while y + step < 0.98:
        sheet.disc(
            (0.08 * sheet.width, (y + step / 2) * sheet.height),
            0.022 * sheet.unit,
            tone(sheet.rng, sheet.one_of(tuple(COLOURS))),
        )
        sheet.write(sheet.words(1, 2), (0.15, y + step * 0.3), 0.045, ink, most=0.5)
        on = sheet.chance(0.5)
        box = [
            0.82 * sheet.width,
            (y + step * 0.32) * sheet.height,
            0.94 * sheet.width,
            (y + step * 0.72) * sheet.height,
        ]
        sheet.draw.rounded_rectangle(box, step * 0.2 * sheet.height, fill=(60, 170, 90) if on else (170, 172, 176))
        sheet.disc((box[2 if on else 0], (box[1] + box[3]) / 2), step * 0.18 * sheet.height, (246, 246, 246))
        sheet.draw.line(
            [(0.04 * sheet.width, (y + step) * sheet.height), (0.96 * sheet.width, (y + step) * sheet.height)],
            fill=(196, 198, 202),
        )
        y += step


def _readable_on_body(sheet: Sheet) -> Colour:
    return (240, 240, 240) if sum(sheet.colour_at(2, sheet.height - 3)) < 330 else _INK


def _map(sheet: Sheet) -> None:
    sheet.gradient(0, 1, near(sheet.rng, (240, 236, 226)), near(sheet.rng, (240, 236, 226)))
    for _ in range(int(sheet.rng.integers(1, 4))):
        x, y = sheet.between(0, 0.8) * sheet.width, sheet.between(0, 0.8) * sheet.height
        sheet.box(
            x,
            y,
            x + sheet.between(0.1, 0.3) * sheet.width,
            y + sheet.between(0.1, 0.3) * sheet.height,
            near(sheet.rng, (190, 224, 176)),
        )
    river = [(x * sheet.width / 5, sheet.between(0.3, 0.7) * sheet.height) for x in range(6)]
    sheet.draw.line(river, fill=near(sheet.rng, (160, 200, 235)), width=max(3, sheet.unit // 16), joint="curve")
    for number in range(int(sheet.rng.integers(7, 14))):
        colour, width = ((250, 214, 120), sheet.unit // 36) if number < 2 else ((255, 255, 255), sheet.unit // 60)
        one, other = sheet.between(0, 1), sheet.between(0, 1)
        ends: list[Point] = [(0, one * sheet.height), (sheet.width, other * sheet.height)]
        if sheet.chance(0.5):
            ends = [(one * sheet.width, 0), (other * sheet.width, sheet.height)]
        sheet.draw.line(ends, fill=colour, width=max(2, width))
    for _ in range(int(sheet.rng.integers(2, 6))):
        sheet.write(
            sheet.words(1, 2), (sheet.between(0.05, 0.7), sheet.between(0.05, 0.9)), 0.035, (90, 90, 96), most=0.28
        )
    x, y, radius = sheet.between(0.2, 0.8) * sheet.width, sheet.between(0.25, 0.8) * sheet.height, 0.045 * sheet.unit
    pin = tone(sheet.rng, "red")
    sheet.draw.polygon([(x - radius, y - radius), (x + radius, y - radius), (x, y + radius * 1.4)], fill=pin)
    sheet.disc((x, y - radius), radius, pin)
    sheet.disc((x, y - radius), radius * 0.4, (250, 250, 250))


def _label(sheet: Sheet) -> None:
    """On a bottle or a jar."""
    sheet.gradient(0, 1, near(sheet.rng, (200, 190, 176)), near(sheet.rng, (150, 136, 120)))
    glass = tone(sheet.rng, sheet.one_of(("green", "brown", "blue", "white", "orange")))
    left, right = 0.5 - 0.24 * sheet.unit / sheet.width, 0.5 + 0.24 * sheet.unit / sheet.width
    sheet.box(
        (0.5 - 0.09 * sheet.unit / sheet.width) * sheet.width,
        0,
        (0.5 + 0.09 * sheet.unit / sheet.width) * sheet.width,
        0.3 * sheet.height,
        shaded(glass, 0.9),
    )
    sheet.draw.rounded_rectangle(
        [left * sheet.width, 0.2 * sheet.height, right * sheet.width, 1.2 * sheet.height], 0.08 * sheet.unit, fill=glass
    )
    paper, accent = (
        tone(sheet.rng, sheet.one_of(("white", "yellow", "pink"))),
        tone(sheet.rng, sheet.one_of(("red", "blue", "green", "black"))),
    )
    sheet.box(left * sheet.width, 0.42 * sheet.height, right * sheet.width, 0.86 * sheet.height, paper)
    sheet.box(left * sheet.width, 0.42 * sheet.height, right * sheet.width, 0.47 * sheet.height, accent)
    sheet.write(sheet.words(1, 1).upper(), (0.5, 0.52), 0.09, accent, anchor="ma", most=(right - left) * 0.9)
    sheet.write(sheet.words(1, 2), (0.5, 0.68), 0.045, _INK, anchor="ma", most=(right - left) * 0.8)
    sheet.write(f"{sheet.rng.integers(1, 10) * 100} g", (0.5, 0.77), 0.045, _INK, anchor="ma", most=0.3)


def _clock(sheet: Sheet) -> None:
    centre, radius = (sheet.width / 2, sheet.height / 2), sheet.between(0.36, 0.46) * sheet.unit
    face, ink = _face_and_ink(sheet)
    sheet.disc(centre, radius * 1.08, ink)
    sheet.disc(centre, radius, face)
    for hour in range(1, 13):
        angle = math.radians(30 * hour - 90)
        at = (centre[0] + math.cos(angle) * radius * 0.82, centre[1] + math.sin(angle) * radius * 0.82)
        sheet.write(str(hour), (at[0] / sheet.width, at[1] / sheet.height), 0.06, ink, anchor="mm")
    minutes = int(sheet.rng.integers(0, 720))
    for angle, length, width in ((minutes / 2, 0.5, 0.05), (minutes * 6, 0.75, 0.03)):
        turn = math.radians(angle - 90)
        end = (centre[0] + math.cos(turn) * radius * length, centre[1] + math.sin(turn) * radius * length)
        sheet.draw.line([centre, end], fill=ink, width=max(2, round(width * radius)))


def _face_and_ink(sheet: Sheet) -> tuple[Colour, Colour]:
    """A face and its ink, light on dark or dark on light."""
    pair: tuple[Colour, Colour] = ((246, 246, 242), (30, 30, 34))
    return pair if sheet.chance(0.75) else pair[::-1]


def _chart(sheet: Sheet) -> None:
    sheet.write(sheet.words(1, 3).title(), (0.5, 0.05), 0.07, _INK, anchor="ma", most=0.8)
    kind = sheet.one_of(("bars", "line", "pie"))
    colours = [tone(sheet.rng, name) for name in ("blue", "orange", "green", "red", "purple")]
    if kind == "pie":
        radius, start = 0.3 * sheet.unit, 0.0
        middle = (sheet.width / 2, 0.57 * sheet.height)
        shares = sheet.rng.dirichlet(np.ones(4) * 2) * 360
        for share, colour in zip(shares, colours, strict=False):
            box = [middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius]
            sheet.draw.pieslice(box, start, start + float(share), fill=colour)
            start += float(share)
        return
    left, bottom, top = 0.12 * sheet.width, 0.86 * sheet.height, 0.2 * sheet.height
    count = int(sheet.rng.integers(4, 9))
    step = 0.8 * sheet.width / count
    tops = [bottom - sheet.between(0.1, 0.95) * (bottom - top) for _ in range(count)]
    for number, high in enumerate(tops):
        if kind == "bars":
            sheet.box(left + (number + 0.2) * step, high, left + (number + 0.85) * step, bottom, colours[0])
        sheet.write(
            str(sheet.rng.integers(1, 99)),
            ((left + (number + 0.5) * step) / sheet.width, 0.88),
            0.04,
            _INK,
            anchor="ma",
        )
    if kind == "line":
        points = [(left + (number + 0.5) * step, high) for number, high in enumerate(tops)]
        sheet.draw.line(points, fill=colours[1], width=max(2, sheet.unit // 80))
    sheet.draw.line([(left, top), (left, bottom), (0.94 * sheet.width, bottom)], fill=_INK, width=2)


_VIVID = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white", "brown")

_DRAWINGS: Mapping[str, Drawing] = {
    "receipt": _on_table(0.5, ("white",), _receipt),
    "invoice": _on_table(0.71, ("white",), _invoice),
    "ticket": _on_table(2.3, ("red", "yellow", "blue", "green", "pink", "orange", "white"), _ticket),
    "card": _on_table(1.7, ("white", "black", "blue", "yellow", "pink"), _card),
    "note": _on_table(1.0, ("yellow", "white", "pink", "green", "blue"), _note),
    "menu": _on_table(0.7, ("white", "yellow"), _menu),
    "sign": _filling(("blue",), _sign),
    "poster": _filling(_VIVID, _poster),
    "cover": _filling(_VIVID, _cover),
    "whiteboard": _filling(("white",), _whiteboard),
    "chat": _filling(("white", "gray", "black"), _chat),
    "settings": _filling(("white", "gray", "black"), _settings),
    "map": _filling(("white",), _map),
    "label": _filling(("brown",), _label),
    "clock": _filling(("white", "gray", "blue", "brown", "green", "red"), _clock),
    "chart": _filling(("white",), _chart),
}
