from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import QLocale, Qt

from desktop_app import i18n

LEFT, RIGHT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Three receipts", LEFT),
        ("وجدتُ ثلاثة إيصالات", RIGHT),
        ("[1] שלוש קבלות", RIGHT),
        ("3. 收据", LEFT),
        ("12:30", Qt.LayoutDirection.LayoutDirectionAuto),
        ("", Qt.LayoutDirection.LayoutDirectionAuto),
    ],
)
def test_text_starts_on_the_side_of_its_first_letter(text: str, direction: Qt.LayoutDirection) -> None:
    assert i18n.direction(text) is direction


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (12345, "12,345 photos")]
)
def test_counted_words_take_their_plural(count: int, text: str) -> None:
    assert i18n.plural("{count} photo", "{count} photos", count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "1 sec"), (40, "40 secs"), (110, "2 mins"), (5400, "2 hrs")])
def test_durations_are_one_rounded_unit(seconds: float, text: str) -> None:
    assert i18n.duration(seconds) == text


@pytest.fixture
def german() -> object:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("german")
def test_dates_numbers_and_countries_are_written_as_the_region_does() -> None:
    assert i18n.moment(datetime(2026, 11, 22, 14, 5)) == "22.11.2026, 14:05"
    assert i18n.month(datetime(2026, 11, 22)) == "November 2026"
    assert i18n.number(12345) == "12.345"
    assert i18n.country("PT") == "Portugal"
    assert i18n.language() == "de"


def test_a_country_unknown_to_cldr_is_named_by_its_code() -> None:
    assert i18n.country("Q0") == "Q0"
