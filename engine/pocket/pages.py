"""Pages of text, drawn in any script, with their lines known."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator
from PIL import Image, ImageDraw

from engine.pocket import scripts
from engine.pocket.chance import one_of
from engine.pocket.scripts import Font, Script

Size = tuple[int, int]  # width, height in pixels

_MARGIN = 0.06  # of the page's width
_LEADING = 1.6  # from line to line, in heights of the letters
_NUMBER_SHARE = 0.12


@dataclass(frozen=True)
class Page:
    """A picture of lines of text, in reading order from the top; each as it is read, whichever way it runs."""

    image: Image.Image
    lines: tuple[str, ...]


def page(rng: Generator, script: Script, size: Size, letter_px: int, *, strings: bool) -> Page:
    """A page filled with lines of words and numbers; `letter_px`: the size of the font.

    `strings`: letters in no order instead of words, so that nothing can be guessed. Raises FontMissing.
    """
    faces = scripts.fonts(script)
    font = scripts.font(one_of(rng, faces), letter_px)
    paper, ink = _paper_and_ink(rng)
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    margin = round(_MARGIN * size[0])
    lines = []
    for top in range(margin, size[1] - margin - letter_px, round(_LEADING * letter_px)):
        width = (size[0] - 2 * margin) * float(rng.uniform(0.35, 1))
        if line := _line(rng, script, font, width, strings=strings):
            across, anchor = (margin, "la") if script.rightward else (size[0] - margin, "ra")
            draw.text((across, top), line, ink, font, anchor, direction=_direction(script))
            lines.append(line)
    return Page(image, tuple(lines))


def _line(rng: Generator, script: Script, font: Font, width_px: float, *, strings: bool) -> str:
    """As many words as fit; none where not even one does."""
    space = " " if script.spaced else ""
    line = ""
    while True:
        word = _word(rng, script, strings=strings)
        # Digits beside digits would be another number.
        parted = " " if line[-1:].isdigit() or word[0].isdigit() else space
        longer = f"{line}{parted}{word}" if line else word
        if font.getlength(longer, direction=_direction(script)) > width_px:
            return line
        line = longer


def _word(rng: Generator, script: Script, *, strings: bool) -> str:
    if rng.random() < _NUMBER_SHARE:
        return scripts.a_number(rng)
    return scripts.a_string(rng, script) if strings else scripts.a_word(rng, script)


def _direction(script: Script) -> str | None:
    """None: as the letters themselves say, which is all that Pillow knows without FriBiDi."""
    return None if script.rightward else "rtl"


def _paper_and_ink(rng: Generator) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Light paper and dark ink."""
    red, green, blue = (int(value) for value in rng.integers(225, 256, 3))
    shade = int(rng.integers(10, 70))
    return (red, green, blue), (shade, shade, shade)
