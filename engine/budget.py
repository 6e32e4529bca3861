"""Decides how many views a photo gets: as many as its text and detail need, since cost is nearly linear in views.

A line of text whose box is h pixels high in the photo is h x s pixels high in a view, where s is the scale the plan
brings the photo to. The fewest slices are taken that bring the lines to a height at which they were measured to be
read; lines that the reader found and could not read count as well, and what it did not find by what the overview blurs
of it. `docs/budget.md` holds the measurements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.messages import Box, Picture, Reading
from engine.slicing import Size, SlicePlan, SliceRule, plan

# Of a line's box as the reader draws it, about 1.4 times the capitals within. On the samples brought to many sizes it
# read 71% of the letters in boxes of 6 px, 93% at 8, 97% at 10, 99% at 12 and all from 13 px on. A model that sees a
# patch of 14 px at a time is given a margin in a close look.
LEGIBLE_PX = {"quick": 12.0, "close": 18.0}

# What may stay too small: a twentieth of the letters, or a few of them, such as a shop sign far away.
SPARED_SHARE = 0.05
SPARED_LETTERS = {"quick": 12, "close": 4}

# A block of BLOCK_PX is fine where the overview loses more than LOST_LEVELS of its 255 grey levels (root mean square).
BLOCK_PX = 16
LOST_LEVELS = 10.0
# Paper and screens: bright, and hardly coloured.
PAPER_BRIGHT = 150
PAPER_CHROMA = 70
# The share of a photo's blocks from which detail is worth slices, and how many: 2 x 2 double the overview's sharpness.
# Unread fine paper is 4% at most of the samples that were read, of scenes, and of 16 photographs; 9% of an Arabic
# receipt, a script that the reader has not learnt; and 15 to 21% of receipts and letters where nobody reads.
UNREAD_SHARE = 0.05
FINE_SHARE = 0.15
DETAIL_SLICES = 4

Reason = Literal["plain", "detail", "text", "asked"]
_Map = NDArray[Any]  # one value a block: rows x columns


class Closeness(StrEnum):
    """How closely a photo is looked at: what it plainly needs; that with a margin, and its detail; all views."""

    QUICK = "quick"
    CLOSE = "close"
    ALL = "all"


@dataclass(frozen=True)
class Budget:
    """The most views a photo is to be cut into, and what asked for them."""

    views: int
    reason: Reason


def decide(picture: Picture, reading: Reading, rule: SliceRule, closeness: Closeness) -> Budget:
    """The budget of a photo in which this was read; nothing, where there was no reader."""
    if closeness is Closeness.ALL:
        return Budget(rule.most_slices + 1, "asked")
    if plan(picture.width, picture.height, rule).views == 1:
        return Budget(1, "plain")
    candidates: list[tuple[int, Reason]] = [
        (1, "plain"),
        (_slices_for_text(picture, reading, rule, closeness), "text"),
        (_slices_for_detail(picture, reading, rule, closeness), "detail"),
    ]
    slices, reason = max(candidates, key=lambda candidate: candidate[0])
    return Budget(slices + 1 if slices > 1 else 1, reason)


def letter_px(box: Box, size: Size) -> float:
    """How high a line's box is in pixels; of a line that runs from top to bottom, how broad."""
    return min(_sides_px(box, size))


def _sides_px(box: Box, size: Size) -> tuple[float, float]:
    left, top, right, bottom = box
    return (right - left) * size.width, (bottom - top) * size.height


def _letters_in(box: Box, size: Size) -> int:
    """About how many letters a line that nobody read has: they are half as broad as its box is high."""
    sides = _sides_px(box, size)
    return round(2 * max(sides) / max(1.0, min(sides)))


def scale(size: Size, slicing: SlicePlan) -> float:
    """What the sharpest views of a plan shrink the photo by; enlarging shows nothing new, so 1 at most."""
    brought_to = slicing.refined or slicing.overview
    return min(1.0, brought_to.width / size.width, brought_to.height / size.height)


def _slices_for_text(picture: Picture, reading: Reading, rule: SliceRule, closeness: Closeness) -> int:
    """The fewest slices in which the lines are legible, or as legible as in the most."""
    size = Size(picture.width, picture.height)
    letters = [(letter_px(line.box, size), len(line.text)) for line in reading.lines]
    letters += [(letter_px(box, size), _letters_in(box, size)) for box in reading.unread]
    spared = max(SPARED_LETTERS[closeness], SPARED_SHARE * sum(count for _, count in letters))
    scales = [scale(size, plan(*size, rule, slices)) for slices in range(1, rule.most_slices + 1)]
    for slices, shrunk in enumerate(scales, 1):
        illegible = sum(count for px, count in letters if px * shrunk < LEGIBLE_PX[closeness])
        if illegible <= spared or shrunk >= scales[-1]:
            return slices
    raise AssertionError("The last scale is at least itself.")


def _slices_for_detail(picture: Picture, reading: Reading, rule: SliceRule, closeness: Closeness) -> int:
    """Slices for what looks like a page that nobody read; in a close look, for fine structure of any kind."""
    image = Image.frombuffer("RGB", (picture.width, picture.height), picture.rgb, "raw", "RGB", 0, 1)
    sharpest, overview = plan(*image.size, rule).refined, plan(*image.size, rule).overview
    assert sharpest is not None  # a photo that is cut into no slices has no use for detail
    blocks = Size(*(max(1, min(wanted, there) // BLOCK_PX) for wanted, there in zip(sharpest, image.size, strict=True)))
    fine = (_lost(image, blocks, overview) > LOST_LEVELS) & ~_covered(
        [*(line.box for line in reading.lines), *reading.unread], blocks
    )
    page = fine & _is_paper(image, blocks)
    is_fine = closeness is Closeness.CLOSE and fine.mean() > FINE_SHARE
    return min(DETAIL_SLICES, rule.most_slices) if is_fine or page.mean() > UNREAD_SHARE else 1


def _lost(image: Image.Image, blocks: Size, overview: Size) -> _Map:
    """Root mean square of what each block loses in the overview, in grey levels of 255."""
    sharp = image.resize((blocks.width * BLOCK_PX, blocks.height * BLOCK_PX), Image.Resampling.BILINEAR).convert("L")
    blurred = sharp.resize(overview, Image.Resampling.BICUBIC).resize(sharp.size, Image.Resampling.BICUBIC)
    difference = np.asarray(sharp, np.float32) - np.asarray(blurred, np.float32)
    tiles = np.square(difference).reshape(blocks.height, BLOCK_PX, blocks.width, BLOCK_PX)
    lost: _Map = np.sqrt(tiles.mean(axis=(1, 3)))
    return lost


def _is_paper(image: Image.Image, blocks: Size) -> _Map:
    means = np.asarray(image.resize(blocks, Image.Resampling.BOX))
    brightest, darkest = means.max(axis=2), means.min(axis=2)
    is_paper: _Map = (brightest >= PAPER_BRIGHT) & (brightest - darkest <= PAPER_CHROMA)
    return is_paper


def _covered(boxes: Sequence[Box], blocks: Size) -> _Map:
    """Which blocks one of the boxes touches."""
    covered = np.zeros((blocks.height, blocks.width), np.bool_)
    for left, top, right, bottom in boxes:
        rows = slice(int(top * blocks.height), ceil(bottom * blocks.height))
        covered[rows, int(left * blocks.width) : ceil(right * blocks.width)] = True
    return covered
