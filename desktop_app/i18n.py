"""Every word, number and date the person reads passes here: translated by Qt, written as their region writes them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone_gmt
from babel.numbers import format_decimal
from PySide6.QtCore import QCoreApplication, QLocale, Qt

from indexer import locales

CONTEXT = "Tintype"


def tr(text: str, **values: object) -> str:
    """The text in the person's language, with its {placeholders} filled in."""
    return QCoreApplication.translate(CONTEXT, text).format(**values)


def plural(one: str, many: str, count: int, **values: object) -> str:
    """The form of a counted text that the language wants for `count`, which fills {count}.

    Translations are looked up by `many`; without one, English decides between the two.
    """
    found = QCoreApplication.translate(CONTEXT, many, "", count)
    text = one if found == many and count == 1 else found
    return text.format(count=number(count), **values)


def locale() -> Locale:
    try:
        return locales.locale(QLocale().name())
    except (UnknownLocaleError, ValueError):  # the C locale of a bare machine
        return locales.locale("en-GB")


def language() -> str:
    """The person's language, as a BCP 47 base code."""
    return str(locale().language)


def name_of_language(code: str) -> str:
    """In itself, as in Español."""
    name = str(locales.locale(code).get_display_name())
    return name[:1].upper() + name[1:]


def number(value: int) -> str:
    return str(format_decimal(value, locale=locale()))


def size(size_bytes: int) -> str:
    """As in 1.6 GB, or 120 MB."""
    digits = 0 if 10_000_000 <= size_bytes < 1_000_000_000 else 1
    return QLocale().formattedDataSize(size_bytes, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def hour(value: int) -> str:
    """As in 22:00, by the clock of the region."""
    return str(format_time(time(value), "short", locale=locale()))


def day(when: date) -> str:
    """As in 22 Nov 2026."""
    return str(format_date(when, "medium", locale=locale()))


def month(when: date) -> str:
    """As in November 2026."""
    return str(format_skeleton("yMMMM", when, locale=locale()))


def moment(when: datetime) -> str:
    """As in 22 Nov 2026, 14:05."""
    return tr("{day}, {time}", day=day(when), time=format_time(when, "short", locale=locale()))


def time_zone(when: datetime) -> str:
    """As in GMT+09:00."""
    return str(get_timezone_gmt(when, "long", locale=locale()))


def duration(seconds: float) -> str:
    """As in 2 min: one unit, rounded."""
    return str(format_timedelta(timedelta(seconds=max(seconds, 1)), format="short", threshold=1.5, locale=locale()))


def direction(text: str) -> Qt.LayoutDirection:
    """Where a text starts, by its first letter that has a side (Unicode rule P2)."""
    for character in text:
        side = unicodedata.bidirectional(character)
        if side in ("R", "AL"):
            return Qt.LayoutDirection.RightToLeft
        if side == "L":
            return Qt.LayoutDirection.LeftToRight
    return Qt.LayoutDirection.LayoutDirectionAuto


def country(code: str) -> str:
    """The country's name in the person's language, or its ISO 3166 code where CLDR has none."""
    return str(locale().territories.get(code, code))
