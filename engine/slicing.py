"""Plans into which views a picture is cut: MiniCPM-V's adaptive slicing, exactly as its authors publish it.

A picture of more pixels than one view holds is cut into a grid of slices whose cells come nearest to the pretraining
shape, after one overview of the whole. Source: arXiv 2408.01800, section 3.1, and the reference code of MiniCPM-V
(`finetune/dataset.py`); tests compare every number with it. llama.cpp's own slicing differs (it opens the grid for
small pictures, rounds and pads otherwise), so the engine hands over each view at the size planned here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Grid(NamedTuple):
    """How many slices side by side, and how many one under the other."""

    columns: int
    rows: int


@dataclass(frozen=True)
class SliceRule:
    """How a model wants its views: about `view_px` squared pixels each, sides multiples of `align_px`.

    A view becomes `queries` tokens, or where that is None one token for each square of `token_px`.
    """

    view_px: int = 448
    align_px: int = 14
    most_slices: int = 9
    queries: int | None = 64
    token_px: int = 14

    def tokens(self, view: Size) -> int:
        """How many tokens a view of this size becomes."""
        if self.queries is not None:
            return self.queries
        return (view.width // self.token_px) * (view.height // self.token_px)


@dataclass(frozen=True)
class SlicePlan:
    """The overview's size, and where the picture is cut, the grid and the size of each slice.

    `tokens`: how many all views become, without the markup between them.
    """

    overview: Size
    tokens: int
    grid: Grid | None = None
    slice: Size | None = None

    @property
    def views(self) -> int:
        return 1 if self.grid is None else 1 + self.grid.columns * self.grid.rows

    @property
    def refined(self) -> Size | None:
        """The size the whole picture is brought to before it is cut along the grid."""
        if self.grid is None or self.slice is None:
            return None
        return Size(self.slice.width * self.grid.columns, self.slice.height * self.grid.rows)


def plan(width: int, height: int, rule: SliceRule, max_slices: int | None = None) -> SlicePlan:
    """The views of a picture of `width` x `height` pixels, in at most `max_slices` slices (None: the rule's most)."""
    if width < 1 or height < 1:
        raise ValueError(f"A picture of {width} x {height} pixels has nothing to cut.")
    most = rule.most_slices if max_slices is None else min(max_slices, rule.most_slices)
    wanted = min(math.ceil(width * height / rule.view_px**2), most)
    if wanted <= 1:
        overview = _fit(width, height, rule, enlarge=True)
        return SlicePlan(overview, rule.tokens(overview))
    overview = _fit(width, height, rule, enlarge=False)
    grid = _best_grid(width, height, wanted, most)
    cell_width = _align(width, grid.columns) // grid.columns
    cell_height = _align(height, grid.rows) // grid.rows
    slice_size = _fit(cell_width, cell_height, rule, enlarge=True)
    tokens = rule.tokens(overview) + grid.columns * grid.rows * rule.tokens(slice_size)
    return SlicePlan(overview, tokens, grid, slice_size)


def _best_grid(width: int, height: int, wanted: int, most: int) -> Grid:
    """Of the grids with about `wanted` cells, the first whose columns : rows is nearest to width : height."""
    numbers = [number for number in (wanted - 1, wanted, wanted + 1) if 1 < number <= most]
    grids = [Grid(columns, number // columns) for number in numbers for columns in _divisors(number)]
    log_ratio = math.log(width / height)
    return min(grids, key=lambda grid: abs(log_ratio - math.log(grid.columns / grid.rows)))


def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _fit(width: float, height: float, rule: SliceRule, *, enlarge: bool) -> Size:
    """Brings a shape to a view's area, keeping its ratio, where it is larger or `enlarge` says so; then aligns it."""
    if enlarge or width * height > rule.view_px**2:
        ratio = width / height
        height = int(rule.view_px / math.sqrt(ratio))
        width = int(height * ratio)
    return Size(_align(width, rule.align_px), _align(height, rule.align_px))


def _align(length: float, step: int) -> int:
    """The multiple of `step` nearest to `length` (halves to the even multiple), at least one step."""
    return max(round(length / step) * step, step)
