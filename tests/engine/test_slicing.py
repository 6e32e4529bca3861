from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.slicing import Size, SliceRule, plan

VECTORS = list(csv.DictReader((Path(__file__).parent / "data" / "slicing-vectors.csv").read_text().splitlines()))

MINICPM_25 = SliceRule(queries=96)
MINICPM_26 = SliceRule()
MINICPM_46 = SliceRule(align_px=56, queries=None, token_px=56)
MINICPM_46_4X = SliceRule(align_px=56, queries=None, token_px=28)
MINICPM_46_36 = SliceRule(align_px=56, queries=None, token_px=56, most_slices=36)

sides = st.integers(1, 20_000)


def shown(size: tuple[int, int] | None) -> str:
    return "" if size is None else f"{size[0]}x{size[1]}"


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['width']}x{row['height']}")
def test_every_figure_is_the_reference_implementations(row: dict[str, str]) -> None:
    size = int(row["width"]), int(row["height"])

    planned = plan(*size, MINICPM_26)
    sizes = [shown(planned.grid), shown(planned.overview), shown(planned.refined), shown(planned.slice)]
    assert sizes == [row["grid"], row["overview"], row["refined"], row["slice"]]
    assert planned.tokens == int(row["tokens_64"])
    assert plan(*size, MINICPM_25).tokens == int(row["tokens_96"])

    planned = plan(*size, MINICPM_46)
    assert [shown(planned.grid), shown(planned.overview)] == [row["grid_46"], row["overview_46"]]
    assert shown(planned.slice) == row["slice_46"]
    assert planned.tokens == int(row["tokens_46_16x"])
    assert plan(*size, MINICPM_46_4X).tokens == int(row["tokens_46_4x"])

    planned = plan(*size, MINICPM_46_36)
    assert [shown(planned.grid), shown(planned.slice)] == [row["grid_46_36"], row["slice_46_36"]]
    assert planned.tokens == int(row["tokens_46_36"])


@given(sides, sides, st.integers(0, 36), st.sampled_from([MINICPM_26, MINICPM_46, MINICPM_46_36]))
def test_never_more_slices_than_allowed_and_never_one_alone(
    width: int, height: int, most: int, rule: SliceRule
) -> None:
    slices = plan(width, height, rule, most).views - 1
    assert slices <= min(most, rule.most_slices)
    assert slices != 1


@given(sides, sides, st.sampled_from([MINICPM_26, MINICPM_46, SliceRule(view_px=256, align_px=16)]))
def test_every_side_is_a_multiple_of_the_patch(width: int, height: int, rule: SliceRule) -> None:
    planned = plan(width, height, rule)
    for size in (planned.overview, planned.refined, planned.slice):
        assert size is None or all(side % rule.align_px == 0 and side > 0 for side in size)


@given(sides, sides)
def test_a_picture_no_larger_than_a_view_is_not_cut(width: int, height: int) -> None:
    planned = plan(width, height, MINICPM_26)
    assert (planned.grid is None) == (width * height <= 448**2)


def test_no_picture_is_no_plan() -> None:
    with pytest.raises(ValueError, match="nothing to cut"):
        plan(0, 10, MINICPM_26)


def test_a_full_grid_is_the_overview_and_nine_slices() -> None:
    planned = plan(4032, 3024, MINICPM_26)
    assert planned.views == 10
    assert planned.refined == Size(1554, 1176)
