from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.agreement import Doubt, doubts

RECEIPT = "CORNER CAFE\n12 March 2024\nCroissant 3.20\nTOTAL 160.29"


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (RECEIPT, ()),
        ("Corner Cafe, 12 march 2024. TOTAL 160,29", ()),  # another case, decimal comma; a line left out
        ("TOTAL 160.29\nCroissant 3.20\n12 March 2024\nCORNER CAFE", ()),  # another order
        ("CORNER CAFE 12 March 2024 Croissant 3.20 TOTAL 180.29", (("160.29", "180.29"),)),
        ("CORNER CAFE 12 March 2021 Croissant 3.20 TOTAL 160.29", (("2024", "2021"),)),
        ("GARNER CAFE 12 March 2024 Croissant 3.20 TOTAL 160.29", (("CORNER", "GARNER"),)),
        ("A receipt for 99 euros, from a bakery", ()),  # about it, not what it says
        ("", ()),
    ],
)
def test_numbers_dates_and_names_that_were_read_differently_are_unsure(
    other: str, found: tuple[tuple[str, str], ...]
) -> None:
    assert doubts(RECEIPT, other) == tuple(Doubt(*pair) for pair in found)


def test_a_number_is_no_reading_of_a_word() -> None:
    assert doubts("BOB", "B0B") == ()


def test_ordinary_words_are_spared() -> None:
    assert doubts("a pale house", "a pole horse") == ()


def test_a_reading_explains_one_word_only() -> None:
    assert doubts("10.50\n10.60", "10.50\n10.80") == (Doubt("10.60", "10.80"),)
    assert doubts("10.50\n10.60\n10.70", "10.80") == (Doubt("10.50", "10.80"),)


def test_digits_of_other_scripts_are_numbers() -> None:
    assert doubts("المجموع ١٦٠", "المجموع ١٨٠") == (Doubt("١٦٠", "١٨٠"),)


@given(st.text())
def test_nobody_doubts_himself(text: str) -> None:
    assert doubts(text, text) == ()


@given(st.text(), st.text())
def test_what_is_unsure_was_read_by_one_and_not_by_the_other(text: str, other: str) -> None:
    for doubt in doubts(text, other):
        assert doubt.read != doubt.other
