from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine import budget
from engine.budget import Budget, Closeness, decide
from engine.evaluation.budget import found, judge, photos, split, summary
from engine.messages import Picture, Reading, TextLine
from engine.slicing import Size, SliceRule, plan

RULE = SliceRule()
MOST = RULE.most_slices + 1
FRAME = Size(2000, 1500)


def blank(size: Size = FRAME) -> Picture:
    return Picture(size.width, size.height, bytes(size.width * size.height * 3))


def noise(low: int, high: int, size: Size = FRAME) -> Picture:
    """Fine structure everywhere, grey levels from `low` to `high`."""
    grey = np.random.default_rng(0).integers(low, high, (size.height, size.width, 1), np.uint8)
    return Picture(size.width, size.height, np.repeat(grey, 3, axis=2).tobytes())


def lines(height_px: float, letters: int, size: Size = FRAME) -> Reading:
    """Lines of twenty letters, as broad as the picture, of that height."""
    box = (0.0, 0.0, 1.0, height_px / size.height)
    return Reading(tuple(TextLine("x" * min(20, letters - start), 0.9, box) for start in range(0, letters, 20)))


@pytest.mark.parametrize(
    ("height_px", "letters", "closeness", "expected"),
    [
        (200, 300, Closeness.QUICK, Budget(1, "plain")),  # a poster
        (80, 300, Closeness.QUICK, Budget(1, "plain")),  # a receipt that fills the frame
        (50, 300, Closeness.QUICK, Budget(1, "plain")),
        (50, 300, Closeness.CLOSE, Budget(3, "text")),
        (35, 300, Closeness.QUICK, Budget(3, "text")),
        (25, 300, Closeness.QUICK, Budget(5, "text")),
        (19, 300, Closeness.QUICK, Budget(9, "text")),
        (10, 300, Closeness.QUICK, Budget(MOST, "text")),  # small print
        (10, 12, Closeness.QUICK, Budget(1, "plain")),  # a shop sign far away
        (10, 12, Closeness.CLOSE, Budget(MOST, "text")),
        (10, 0, Closeness.CLOSE, Budget(1, "plain")),  # a beach
        (200, 300, Closeness.ALL, Budget(MOST, "asked")),
    ],
)
def test_text_gets_the_fewest_views_in_which_it_is_legible(
    height_px: float, letters: int, closeness: Closeness, expected: Budget
) -> None:
    assert decide(blank(), lines(height_px, letters), RULE, closeness) == expected


def test_little_small_print_beside_large_letters_costs_nothing() -> None:
    both = Reading(lines(100, 2000).lines + lines(10, 90).lines)
    assert decide(blank(), both, RULE, Closeness.QUICK).views == 1


def test_line_from_top_to_bottom_is_as_high_as_it_is_broad() -> None:
    upright = TextLine("縦書きの長い一行" * 10, 0.9, (0.5, 0.0, 0.5 + 30 / FRAME.width, 1.0))
    assert budget.letter_px(upright.box, FRAME) == pytest.approx(30)


def test_no_more_slices_than_show_what_the_photo_holds() -> None:
    size = Size(900, 700)  # as sharp as it is in four slices
    assert decide(blank(size), lines(6, 300, size), RULE, Closeness.CLOSE).views < MOST


@pytest.mark.parametrize(
    ("photo", "closeness", "expected"),
    [
        (noise(130, 256), Closeness.QUICK, Budget(5, "detail")),  # paper that nobody read
        (noise(0, 110), Closeness.QUICK, Budget(1, "plain")),  # leaves
        (noise(0, 110), Closeness.CLOSE, Budget(5, "detail")),
        (noise(130, 256, Size(440, 440)), Closeness.CLOSE, Budget(1, "plain")),  # one view shows every pixel of it
    ],
)
def test_detail_gets_a_few_views(photo: Picture, closeness: Closeness, expected: Budget) -> None:
    assert decide(photo, Reading(()), RULE, closeness) == expected


def test_what_was_read_is_no_unread_page() -> None:
    page = Reading((TextLine("x" * 100, 0.9, (0.0, 0.0, 1.0, 1.0)),))
    assert decide(noise(130, 256), page, RULE, Closeness.QUICK) == Budget(1, "plain")


@pytest.mark.parametrize(("height_px", "expected"), [(50, Budget(1, "plain")), (19, Budget(9, "text"))])
def test_lines_that_could_not_be_read_get_views_as_others_do(height_px: float, expected: Budget) -> None:
    unread = tuple((0.1, top / 10, 0.9, top / 10 + height_px / FRAME.height) for top in range(1, 9))
    assert decide(blank(), Reading((), unread), RULE, Closeness.QUICK) == expected


def test_model_that_cuts_nothing_gets_one_view() -> None:
    pocket = SliceRule(view_px=256, align_px=16, most_slices=1)
    for closeness in (Closeness.QUICK, Closeness.CLOSE):
        assert decide(noise(130, 256), lines(10, 300), pocket, closeness) == Budget(1, "plain")


sizes = st.builds(Size, st.integers(1, 1500), st.integers(1, 1500)) | st.sampled_from([Size(1, 30_000), Size(9000, 20)])
heights = st.floats(1, 300)
letters = st.integers(0, 500)
rules = st.sampled_from([RULE, SliceRule(align_px=56, most_slices=36, queries=None, token_px=56)])


@given(sizes, heights, letters, rules, st.sampled_from(Closeness))
@settings(deadline=None, max_examples=60)
def test_there_is_always_a_view_and_never_more_than_the_model_takes(
    size: Size, height_px: float, count: int, rule: SliceRule, closeness: Closeness
) -> None:
    decided = decide(blank(size), lines(min(height_px, size.height), count, size), rule, closeness)
    assert 1 <= decided.views <= rule.most_slices + 1
    assert (decided.views == 1) == (decided.reason == "plain")
    assert plan(*size, rule, decided.views - 1).views <= decided.views


@given(st.builds(Size, st.integers(300, 1500), st.integers(300, 1500)), heights, heights, letters, rules)
@settings(deadline=None, max_examples=60)
def test_larger_letters_never_cost_more_and_a_close_look_never_fewer_views(
    size: Size, one: float, other: float, count: int, rule: SliceRule
) -> None:
    def views(height_px: float, closeness: Closeness) -> int:
        return decide(blank(size), lines(height_px, count, size), rule, closeness).views

    small, large = sorted((one, other))
    assert views(large, Closeness.QUICK) <= views(small, Closeness.QUICK) <= views(small, Closeness.CLOSE)


# ---- the measurement


class SharpEyes:
    """Reads two lines in any photo, but in its views only the first."""

    def read(self, seen: Picture) -> Reading:
        both = TextLine("Grand TOTAL", 0.9, (0, 0, 1, 0.1)), TextLine("12,50 €", 0.9, (0, 0.2, 1, 0.3))
        return Reading(both if seen.width >= 1500 else both[:1])


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A scene and a page."""
    truth = {"beach.png": {"words": []}, "page.png": {"words": ["Grand total", "12,50 €"], "kind": "receipt"}}
    for name in truth:
        Image.new("RGB", (160, 120), "white").save(tmp_path / name)
    (tmp_path / "truth.json").write_bytes(msgspec.json.encode(truth))
    return tmp_path


def test_pages_are_measured_near_and_far(samples: Path) -> None:
    made = list(photos(samples))
    assert [photo.size for photo in made] == ["scene", "full", "third", "fifth", "seventh"]
    assert {(photo.picture.width, photo.picture.height) for photo in made} == {(2000, 1500)}
    assert made[1].words == {"grand", "total", "1250"}


def test_a_way_is_judged_by_its_views_and_the_letters_read_in_them(samples: Path) -> None:
    outcomes = [each for photo in photos(samples) for each in judge(photo, SharpEyes())]
    nine = summary("at most 9 slices", [each for each in outcomes if each.way == "at most 9 slices"])
    assert nine.views_mixed == MOST
    assert nine.read_mean == pytest.approx(len("grandtotal") / len("grandtotal1250"))
    itself = summary("the photo itself", [each for each in outcomes if each.way == "the photo itself"])
    assert itself.read_mean == 1


@pytest.mark.parametrize(
    ("phrase", "words"), [("Flat white 3", ["flat", "white"]), ("ＴＯＴＡＬ: 1.234,50", ["total", "123450"]), ("€", [])]
)
def test_words_are_compared_by_letters_and_digits(phrase: str, words: list[str]) -> None:
    assert split(phrase) == words
    assert found(frozenset(words), [TextLine(phrase.upper(), 0.9, (0, 0, 1, 1))]) == set(words)
