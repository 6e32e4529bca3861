"""Paper that people photograph: receipts, tickets, notes, letters, invoices, menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from assets.samples.drawing import (
    INK,
    Colour,
    Size,
    curled,
    fitting,
    font,
    gradient,
    lay,
    mix,
    photographed,
    shade,
    stone,
    tilted,
    wood,
)

Draw = Callable[[Generator], Image.Image]
Table = Callable[[Generator, Size, Colour], Image.Image]


@dataclass(frozen=True)
class Row:
    """A row of print: in the middle, from the left, or with an amount at the right end. Nothing: a dashed rule."""

    text: str = ""
    amount: str = ""
    style: Literal["middle", "left", "rule"] = "left"
    bold: bool = False
    scale: float = 1.0


RULE = Row(style="rule")


def title(text: str, scale: float = 1.5) -> Row:
    return Row(text, style="middle", bold=True, scale=scale)


def middle(text: str) -> Row:
    return Row(text, style="middle")


def total(text: str, amount: str) -> Row:
    return Row(text, amount, bold=True, scale=1.25)


@dataclass(frozen=True)
class Faces:
    """The regular and the bold face of a script; `rightward` is false where the script runs from right to left."""

    regular: str
    bold: str
    rightward: bool = True


LATIN = Faces("mono", "mono-bold")
JAPANESE = Faces("japanese", "japanese-bold")
ARABIC = Faces("arabic", "arabic-bold", rightward=False)


def receipt(size: Size, rows: Sequence[Row], *, faces: Faces = LATIN, table: Table = wood, colour: Colour) -> Draw:
    """A till receipt on a table."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        margin = 0.07
        strip = _printed((round(width * (1 - 2 * margin)), round(height * (1 - 2 * margin))), rows, faces)
        paper = _torn(curled(strip, rng), rng)
        corners = tilted(size, margin, rng)
        return photographed(lay(paper, table(rng, size, colour), corners, lift_px=width // 90), rng)

    return draw


def _printed(size: Size, rows: Sequence[Row], faces: Faces) -> Image.Image:
    """The rows spread evenly over a strip of thermal paper."""
    width, height = size
    paper = gradient(size, (246, 244, 238), (241, 239, 232))
    canvas = ImageDraw.Draw(paper)
    inset, top = width * 0.07, height * 0.055
    pitch = (height * 0.90) / sum(row.scale for row in rows)
    size_px = min(round(pitch * 0.66), round(width / 15))
    y = top
    for row in rows:
        tall = pitch * row.scale
        _print_row(canvas, row, faces, (inset, y + tall / 2, width - inset), round(size_px * row.scale))
        y += tall
    return paper


def _print_row(
    canvas: ImageDraw.ImageDraw, row: Row, faces: Faces, place: tuple[float, float, float], size_px: int
) -> None:
    left, y, right = place
    if row.style == "rule":
        for x in np.arange(left, right, size_px * 0.6):
            canvas.line(
                [(x, y), (x + size_px * 0.32, y)], fill=mix(INK, (255, 255, 255), 0.25), width=max(2, size_px // 14)
            )
        return
    face = faces.bold if row.bold else faces.regular
    broad = right - left
    amount_px = font(face, size_px).getlength(row.amount + " ") if row.amount else 0
    letters = fitting(face, row.text, broad - amount_px, size_px)
    if row.style == "middle":
        canvas.text(((left + right) / 2, y), row.text, INK, letters, anchor="mm")
        return
    start, end = ((left, "lm"), (right, "rm")) if faces.rightward else ((right, "rm"), (left, "lm"))
    canvas.text((start[0], y), row.text, INK, letters, anchor=start[1])
    if row.amount:
        canvas.text((end[0], y), row.amount, INK, font(face, letters.size), anchor=end[1])


def _torn(paper: Image.Image, rng: Generator) -> Image.Image:
    """The same paper with the till's zigzag at both ends."""
    width, height = paper.size
    teeth = 46
    depth = width / teeth * 0.55
    xs = np.linspace(0, width, 2 * teeth + 1)
    edge = [(float(x), depth * (i % 2) * float(rng.uniform(0.8, 1))) for i, x in enumerate(xs)]
    lower = [(x, height - y) for x, y in reversed(edge)]
    mask = Image.new("L", paper.size, 0)
    ImageDraw.Draw(mask).polygon([*edge, *lower], fill=255)
    torn = paper.convert("RGBA")
    torn.putalpha(mask)
    return torn


def ticket(
    size: Size, colour: Colour, ink: Colour, lines: Sequence[str], *, faces: Faces, table: Table = stone, desk: Colour
) -> Draw:
    """A card with punched edges, a tear-off line and a bar code."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        card = _card((round(width * 0.92), round(height * 0.56)), colour, ink, lines, faces, rng)
        corners = [(x, height * 0.5 + (y - height * 0.5) * 0.62) for x, y in tilted(size, 0.04, rng, tilt=0.008)]
        return photographed(lay(card, table(rng, size, desk), corners, lift_px=width // 110), rng)

    return draw


def _card(size: Size, colour: Colour, ink: Colour, lines: Sequence[str], faces: Faces, rng: Generator) -> Image.Image:
    width, height = size
    card = gradient(size, shade(colour, 1.04), shade(colour, 0.95))
    canvas = ImageDraw.Draw(card)
    tear = width * 0.74
    for y in np.arange(height * 0.03, height * 0.97, height * 0.05):
        canvas.line([(tear, y), (tear, y + height * 0.025)], fill=ink, width=max(2, width // 420))
    x = tear + width * 0.05
    while x < width * 0.94:
        bar = width * float(rng.uniform(0.004, 0.013))
        canvas.rectangle([x, height * 0.12, x + bar, height * 0.88], fill=ink)
        x += bar + width * float(rng.uniform(0.005, 0.013))
    pitch = height * 0.86 / (len(lines) + 0.5)
    y = height * 0.09
    for index, line in enumerate(lines):
        tall = pitch * (1.5 if index == 0 else 1)
        face = faces.bold if index == 0 else faces.regular
        letters = fitting(face, line, width * 0.64, round(tall * 0.68))
        canvas.text((width * 0.06, y + tall / 2), line, ink, letters, anchor="lm")
        y += tall
    return _punched(card)


def _punched(card: Image.Image) -> Image.Image:
    width, height = card.size
    mask = Image.new("L", card.size, 255)
    canvas = ImageDraw.Draw(mask)
    radius = height * 0.019
    for y in np.arange(height * 0.03, height, height * 0.075):
        for x in (0, width):
            canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=0)
    punched = card.convert("RGBA")
    punched.putalpha(mask)
    return punched


def note(
    size: Size,
    paper: Colour,
    ink: Colour,
    lines: Sequence[str],
    *,
    face: str = "hand",
    ruled: bool = True,
    letters: float = 0.56,
) -> Draw:
    """A sheet written by hand that fills the picture, every letter a little out of line; `letters`: size per line."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        sheet = gradient(size, shade(paper, 1.03), shade(paper, 0.96))
        canvas = ImageDraw.Draw(sheet)
        pitch = height * 0.88 / len(lines)
        letters_px = min(round(pitch * letters), min(fitting(face, line, width * 0.80, 400).size for line in lines))
        for index, line in enumerate(lines):
            y = height * 0.07 + pitch * (index + 0.5)
            if ruled:
                rule_y = y + letters_px * 0.62
                canvas.line(
                    [(0, rule_y), (width, rule_y)], fill=mix(paper, (96, 120, 170), 0.35), width=max(2, height // 600)
                )
            _by_hand(sheet, rng, (width * 0.09, y), line, face, round(letters_px), ink)
        return photographed(curled(sheet, rng), rng)

    return draw


def _by_hand(
    sheet: Image.Image, rng: Generator, start: tuple[float, float], line: str, face: str, size_px: int, ink: Colour
) -> None:
    x, y = start
    rise = float(rng.normal(0, 0.004))
    for letter in line:
        letters = font(face, round(size_px * float(rng.uniform(0.95, 1.05))))
        stamp = Image.new("L", (size_px * 2, size_px * 2), 0)
        ImageDraw.Draw(stamp).text((size_px * 0.5, size_px), letter, 255, letters, anchor="lm")
        stamp = stamp.rotate(float(rng.normal(0, 2.2)), Image.Resampling.BICUBIC, center=(size_px * 0.5, size_px))
        at = (round(x - size_px * 0.5), round(y - size_px + float(rng.normal(0, size_px * 0.02)) + rise * x))
        sheet.paste(Image.new("RGB", stamp.size, ink), at, stamp)
        x += letters.getlength(letter) * float(rng.uniform(0.97, 1.05))


@dataclass(frozen=True)
class Block:
    """A paragraph of a printed page: its lines, its size relative to the body, and where it stands."""

    lines: tuple[str, ...]
    scale: float = 1.0
    bold: bool = False
    align: Literal["left", "right", "middle"] = "left"
    amounts: tuple[str, ...] = ()


def page(
    size: Size,
    blocks: Sequence[Block],
    *,
    serif: bool,
    accent: Colour,
    table: Table,
    desk: Colour,
    margin: float = 0.05,
) -> Draw:
    """A printed sheet on a desk: a letter, an invoice, a menu."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        sheet = _set((round(width * (1 - 2 * margin)), round(height * (1 - 2 * margin))), blocks, serif, accent)
        corners = tilted(size, margin, rng, tilt=0.006)
        return photographed(lay(curled(sheet, rng), table(rng, size, desk), corners, lift_px=width // 110), rng)

    return draw


def _set(size: Size, blocks: Sequence[Block], serif: bool, accent: Colour) -> Image.Image:
    width, height = size
    sheet = gradient(size, (250, 249, 246), (244, 243, 238))
    canvas = ImageDraw.Draw(sheet)
    canvas.rectangle([width * 0.09, height * 0.05, width * 0.91, height * 0.056], fill=accent)
    faces = ("serif", "serif-bold") if serif else ("sans", "sans-bold")
    needed = sum(block.scale * len(block.lines) + 0.7 for block in blocks)
    left, right = width * 0.09, width * 0.91
    broadest = max(_breadth(block, faces[block.bold]) for block in blocks)
    body_px = min(height * 0.86 / needed / 1.32, (right - left) / broadest)
    y = height * 0.085
    for block in blocks:
        letters = font(faces[block.bold], round(body_px * block.scale))
        ink = accent if block.bold and block.scale > 1 else INK
        for index, line in enumerate(block.lines):
            anchor, x = {"left": ("lt", left), "right": ("rt", right), "middle": ("mt", width / 2)}[block.align]
            canvas.text((x, y), line, ink, letters, anchor=anchor)
            if index < len(block.amounts):
                canvas.text((right, y), block.amounts[index], ink, letters, anchor="rt")
            y += body_px * block.scale * 1.32
        y += body_px * 0.7 * 1.32
    return sheet


def _breadth(block: Block, face: str) -> float:
    """How broad the block's longest line is, with its amount, at a body size of one pixel."""
    letters = font(face, 100)
    amounts = (*block.amounts, *("",) * len(block.lines))
    return (
        max(letters.getlength(f"{line}  {amount}") for line, amount in zip(block.lines, amounts, strict=False))
        * block.scale
        / 100
    )
