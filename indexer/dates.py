"""Finds the dates in a question, in words or numbers, and says which days they mean."""

from __future__ import annotations

import calendar
import functools
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from indexer import language
from indexer.language import Phrasebook, Word, normalise
from indexer.locales import locale

_ASSET = Path(__file__).resolve().parents[1] / "assets" / "lexicon" / "cldr.zip"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}  # first months, of the northern half of the Earth
_SEASON_MONTHS = 3
_HOLIDAYS = {  # first and last day; those that move are computed or listed below
    "christmas": ((12, 24), (12, 26)),
    "new_year": ((12, 31), (1, 1)),
    "julian_christmas": ((1, 6), (1, 8)),
    "nowruz": ((3, 20), (3, 24)),
    "midsummer": ((6, 23), (6, 24)),
    "songkran": ((4, 13), (4, 16)),
    "halloween": ((10, 31), (10, 31)),
    "valentine": ((2, 14), (2, 14)),
    "national_day": ((10, 1), (10, 7)),
}
_CHINESE_NEW_YEAR = {  # from the Hong Kong Observatory's calendar
    2010: (2, 14), 2011: (2, 3), 2012: (1, 23), 2013: (2, 10), 2014: (1, 31), 2015: (2, 19), 2016: (2, 8),
    2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22),
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
}  # fmt: skip
_CHINESE_NEW_YEAR_DAYS = 7


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included, None where open; said by words[start:end], with a year or not."""

    first: date | None
    last: date | None
    start: int
    end: int
    has_year: bool = False


Days = tuple[date | None, date | None]
Found = dict[str, Any]  # what the slots of a pattern hold


# ---- the calendar


def _month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _season(year: int, name: str) -> Days:
    """A winter has the year it begins in."""
    first = _SEASONS[name]
    last = first + _SEASON_MONTHS - 1
    return date(year, first, 1), _month(year + (last > 12), (last - 1) % 12 + 1)[1]


def _holiday(year: int, name: str) -> Days:
    """New year's has the year it begins; empty where the year's date is not known."""
    if name in ("easter", "orthodox_easter"):
        sunday = _easter(year) if name == "easter" else _orthodox_easter(year)
        return sunday - timedelta(2), sunday + timedelta(1)
    if name == "chinese_new_year":
        if year not in _CHINESE_NEW_YEAR:
            return None, None
        first = date(year, *_CHINESE_NEW_YEAR[year])
        return first, first + timedelta(_CHINESE_NEW_YEAR_DAYS - 1)
    begins, ends = _HOLIDAYS[name]
    if name == "new_year":
        return date(year - 1, *begins), date(year, *ends)
    return date(year, *begins), date(year, *ends)


def _easter(year: int) -> date:
    """Western Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    offset = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * offset) // 451
    month, day = divmod(h + offset - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _orthodox_easter(year: int) -> date:
    """The Sunday by the Julian calendar, in ours (Meeus, chapter 8); of the years 1900 to 2099."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(13)


def _weeks_from(day: date) -> Days:
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)


def _back(unit: str, count: int, today: date) -> Days:
    """The day, week, weekend, month or year that lies `count` of them before today's; weeks begin on Monday."""
    if unit == "day":
        return (today - timedelta(count),) * 2
    if unit == "week":
        return _weeks_from(today - timedelta(7 * count))
    if unit == "weekend":
        _, sunday = _weeks_from(today - timedelta(7 * count))
        assert sunday is not None
        return sunday - timedelta(1), sunday
    if unit == "month":
        index = today.year * 12 + today.month - 1 - count
        return _month(index // 12, index % 12 + 1)
    return date(today.year - count, 1, 1), date(today.year - count, 12, 31)


# ---- what a language's patterns are made of


@dataclass(frozen=True)
class _Vocabulary:
    """The names that one language's patterns may hold in their slots."""

    month: Phrasebook[int]
    any_month: Phrasebook[int]  # short names too, which only a day or a year beside them makes safe
    weekday: Phrasebook[int]
    season: Phrasebook[str]
    holiday: Phrasebook[str]
    number: Phrasebook[int]
    day: Phrasebook[int]  # in words
    relative_year: Phrasebook[int]
    ambiguous: Phrasebook[None]
    pointers: Phrasebook[None]
    has_telling_capitals: bool  # no noun has one only because it is a noun
    month_first: bool  # 5/14/2023
    era: int  # by how much the years of the language's own calendar are ahead


@dataclass(frozen=True)
class _Pattern:
    """One way to say a date: what it means, and words and slots in their order."""

    meaning: str
    elements: tuple[str, ...]


def _locale(code: str) -> Locale:
    try:
        return locale(code)
    except (UnknownLocaleError, ValueError):
        return locale("en")


@functools.cache
def _cldr_phrases() -> dict[str, dict[str, list[str]]]:
    with zipfile.ZipFile(_ASSET) as asset:
        phrases: dict[str, dict[str, list[str]]] = json.loads(asset.read("days.json"))
    return phrases


@functools.cache
def _vocabulary(code: str) -> _Vocabulary:
    locale, said = _locale(code), language.data(code).get("dates", {})
    names = [(width, *name) for form in ("format", "stand-alone") for width in ("wide", "abbreviated")
             for name in locale.months[form][width].items()]  # fmt: skip
    more_months = [(name, month) for month, others in enumerate(said.get("months", ()), 1) for name in others]
    wide = [(name, month) for width, month, name in names if width == "wide" or name[0].isdigit()] + more_months
    weekdays = [(name, day) for form in ("format", "stand-alone") for day, name in locale.days[form]["wide"].items()]
    weekdays += [(name, day) for day, others in enumerate(said.get("weekdays", ())) for name in others]
    years = [(phrase, int(meaning.removeprefix("year ")))
             for meaning in ("year 0", "year -1", "year -2") for phrase in _phrases(code).get(meaning, ())
             if "{" not in phrase]  # fmt: skip
    return _Vocabulary(
        month=Phrasebook(wide),
        any_month=Phrasebook([*wide, *((name, month) for _, month, name in names)]),
        weekday=Phrasebook(weekdays),
        season=Phrasebook((phrase, name) for name, others in said.get("seasons", {}).items() for phrase in others),
        holiday=Phrasebook((phrase, name) for name, others in said.get("holidays", {}).items() for phrase in others),
        number=Phrasebook([*_counted(said.get("numbers", ())), *said.get("more_numbers", {}).items()]),
        day=Phrasebook((name, day) for day, names in enumerate(said.get("days", ()), 1) for name in names),
        relative_year=Phrasebook(years),
        ambiguous=Phrasebook((word, None) for word in said.get("ambiguous", ())),
        pointers=Phrasebook((phrase, None) for phrase in said.get("pointers", ())),
        has_telling_capitals=not language.data(code).get("nouns_are_capital", False),
        month_first=locale.date_formats["short"].pattern.lower().startswith("m"),
        era=said.get("era", 0),
    )


def _counted(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    return ((name, number) for number, name in enumerate(names, 1))


def _phrases(code: str) -> dict[str, list[str]]:
    """By meaning, how the language says it: CLDR's phrases and its own file's."""
    said = language.data(code).get("dates", {})
    phrases = {meaning: list(ways) for meaning, ways in _cldr_phrases().get(code, {}).items()}
    for meaning, ways in said.get("patterns", {}).items():
        phrases.setdefault(meaning, []).extend(ways)
    return phrases


_EVERYWHERE = (
    "{day} {month} {year}", "{month} {day} {year}", "{month} {year}", "{year} {month}", "{day} {month}",
    "{month} {day}", "{weekday} {day} {month} {year}", "{weekday} {month} {day} {year}", "{weekday} {day} {month}",
    "{month}", "{season} {year}", "{year} {season}", "{season}", "{holiday} {year}",
    "{year} {holiday}", "{holiday}", "{weekday}", "{year}", "{yyyy} {mm} {dd}", "{yyyy} {mm}", "{mm} {yyyy}",
    "{year}年", "{year}年{month}", "{year}年{month}{day}日", "{month}{day}日",
)  # fmt: skip
_NUMERIC = ("{dd} {mm} {yyyy}", "{mm} {dd} {yyyy}")  # the first that can be, in the order of the language
_SLOT = re.compile(r"\{\w+\}")


@functools.cache
def _patterns(code: str) -> tuple[_Pattern, ...]:
    """Every way the language says a date; of two that fit the same words the first is meant."""
    numeric = reversed(_NUMERIC) if _vocabulary(code).month_first else _NUMERIC
    said = [("date", [*_EVERYWHERE, *numeric]), *_phrases(code).items()]
    found = dict.fromkeys(_Pattern(meaning, _elements(phrase)) for meaning, ways in said for phrase in ways)
    return tuple(dict.fromkeys(each for pattern in found for each in (pattern, *_within_a_month(pattern))))


_Numbered = dict[str, list[tuple[int, _Pattern]]]


@functools.cache
def _by_beginning(code: str) -> tuple[_Numbered, _Numbered]:
    """The patterns that are not made of other dates and those that are, by their first word, empty for a slot."""
    simple: _Numbered = defaultdict(list)
    composed: _Numbered = defaultdict(list)
    for number, pattern in enumerate(_patterns(code)):
        first = pattern.elements[0]
        beginning = "" if first[0] == "{" else next(iter(language.spoken_as(first)))
        (composed if "{date}" in pattern.elements else simple)[beginning].append((number, pattern))
    return simple, composed


def _within_a_month(pattern: _Pattern) -> Iterator[_Pattern]:
    """Of "from {date} to {date}" also: from 3 to 10 May, and from May 3 to 10."""
    if pattern.meaning == "between" and pattern.elements.count("{date}") == 2:
        first, last = (place for place, element in enumerate(pattern.elements) if element == "{date}")
        for place, slot in ((first, "{from_day}"), (last, "{to_day}")):
            yield _Pattern("between", (*pattern.elements[:place], slot, *pattern.elements[place + 1 :]))


def _elements(phrase: str) -> tuple[str, ...]:
    is_numbered = "{day}" in phrase or "{year}" in phrase
    elements: list[str] = []
    for piece in re.split(r"(\{\w+\})", phrase):
        if _SLOT.fullmatch(piece):
            elements.append("{any_month}" if piece == "{month}" and is_numbered else piece)
        else:
            elements.extend(normalise(piece).split())
    return tuple(elements)


# ---- matching


def find(words: Sequence[Word], code: str, today: date) -> tuple[Period, ...]:
    """The periods named in the words of a question in language `code`, as seen from `today`."""
    found: list[Period] = []
    matcher = _Matcher(words, code, today)
    index = 0
    while index < len(words):
        period = matcher.longest(index)
        if period:
            found.append(period)
        index = period.end if period else index + 1
    return tuple(found)


class _Matcher:
    """Tries a language's patterns on the words of one question."""

    def __init__(self, words: Sequence[Word], code: str, today: date) -> None:
        self._words, self._code, self._today = words, code, today
        self._vocabulary = _vocabulary(code)
        self._simple, self._composed = _by_beginning(code)
        self._simple_at: dict[int, list[Period]] = {}

    def longest(self, start: int) -> Period | None:
        """The longest date that begins at a word, be it made of other dates: from May to July."""
        periods = [*self._simple_from(start), *self._read(self._composed, start)]
        return max(periods, key=lambda period: period.end, default=None)

    def _simple_from(self, start: int) -> list[Period]:
        """The dates that begin at a word and are not made of others, the longest first."""
        if start not in self._simple_at:
            periods = {period.end: period for period in reversed(self._read(self._simple, start))}
            self._simple_at[start] = [periods[end] for end in sorted(periods, reverse=True)]
        return self._simple_at[start]

    def _read(self, patterns: _Numbered, start: int) -> list[Period]:
        periods: list[Period] = []
        beginnings = ("", *language.spoken_as(self._words[start].text)) if start < len(self._words) else ()
        fitting = chain.from_iterable(patterns.get(beginning, ()) for beginning in dict.fromkeys(beginnings))
        for _, pattern in sorted(fitting, key=itemgetter(0)):
            for end, held in self._match(pattern.elements, start):
                days = _MEANINGS[pattern.meaning.split()[0]](pattern.meaning, held, self._today)
                if days != (None, None) and not self._is_doubtful(start, end):
                    periods.append(Period(*days, start, end, "year" in held))
        return periods

    def _is_doubtful(self, start: int, end: int) -> bool:
        """Whether it is one word of several meanings (may, fall, a summer dress) with nothing that tells of a date."""
        known = self._vocabulary
        if end - start > 1 or known.ambiguous.at(self._words, start) != (end, None):
            return False
        is_marked = start and known.has_telling_capitals and self._words[start].capital
        is_pointed_to = any((known.pointers.at(self._words, before) or (0,))[0] == start for before in range(start))
        return not (is_marked or is_pointed_to)

    def _match(self, elements: tuple[str, ...], start: int) -> Iterator[tuple[int, Found]]:
        if not elements:
            yield start, {}
            return
        if start >= len(self._words):
            return
        for end, value in self._element(elements[0], start):
            for last, held in self._match(elements[1:], end):
                yield last, held if value is None else _with(held, elements[0], value)

    def _element(self, element: str, start: int) -> Iterator[tuple[int, Any]]:
        """Where the element that begins at `start` may end, and what it holds; a plain word holds nothing."""
        if element[0] != "{":
            if language.means(self._words[start].text, element):
                yield start + 1, None
            return
        slot = element[1:-1]
        if slot == "date":
            yield from ((period.end, period) for period in self._simple_from(start))
        elif slot in ("month", "any_month", "weekday", "season", "holiday"):
            named = getattr(self._vocabulary, slot).at(self._words, start)
            if named:
                yield named
        else:
            yield from self._number(slot, start)

    def _is_counted(self, start: int) -> bool:
        """Whether the word of a number after a month counts what comes next: mayısta iki köpek, two dogs in May."""
        if self._vocabulary.month_first:
            return False
        month = self._vocabulary.any_month
        return any((month.at(self._words, before) or (0,))[0] == start for before in range(start))

    def _number(self, slot: str, start: int) -> Iterator[tuple[int, int]]:
        text = self._words[start].text
        if slot == "year" and (relative := self._vocabulary.relative_year.at(self._words, start)):
            yield relative[0], self._today.year + relative[1]
        if slot == "n" and (counted := self._vocabulary.number.at(self._words, start)):
            yield counted
        if slot in _DAYS and (spelt := self._vocabulary.day.at(self._words, start)) and not self._is_counted(start):
            yield spelt
        number = _NUMBERS[slot].fullmatch(text)
        if number is None:
            return
        value = int(number[1])
        if slot in ("year", "yyyy") and value - self._vocabulary.era in _RANGES[slot] and value not in _RANGES[slot]:
            value -= self._vocabulary.era
        if value in _RANGES[slot]:
            yield start + 1, value


_LETTER, _ENDING = r"[^\d\sa-z]", r"[^\d\sa-z]{1,6}"  # of other scripts, as in 2023թ
_NUMBERS = {
    "year": re.compile(rf"{_LETTER}?(\d{{4}})(?:{_ENDING})?"),
    "yyyy": re.compile(r"(\d{4})"),
    "day": re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th|er|o|a|{_ENDING})?"),
    "n": re.compile(r"(\d{1,3})"),
    "mm": re.compile(r"(\d{1,2})"),
    "dd": re.compile(r"(\d{1,2})"),
}
_DAYS = ("day", "from_day", "to_day")
_NUMBERS |= dict.fromkeys(_DAYS, _NUMBERS["day"])
_SAME_SLOT = {"any_month": "month", "mm": "month", "dd": "day", "yyyy": "year"}
_RANGES = {
    **dict.fromkeys(("year", "yyyy"), range(1900, 2100)),
    **dict.fromkeys((*_DAYS, "dd"), range(1, 32)),
    "n": range(1, 1000),
    "mm": range(1, 13),
}


def _with(held: Found, element: str, value: Any) -> Found:
    """Adds what a slot holds; of dates a list, in their order."""
    slot = _SAME_SLOT.get(element[1:-1], element[1:-1])
    if slot == "date":
        return {**held, "dates": [value, *held.get("dates", [])]}
    return {**held, slot: value}


# ---- meanings


def _relative(meaning: str, held: Found, today: date) -> Days:
    """`day -1`, `week -n`: one unit, so many back."""
    unit, back = meaning.split()
    return _back(unit, _count(held, today) if back == "-n" else -int(back), today)


def _recent(meaning: str, held: Found, today: date) -> Days:
    """`days n`: so many units up to today."""
    unit = meaning.split()[0].removesuffix("s")
    first = _back(unit, _count(held, today), today)[0] if unit in ("day", "week") else _same_day(unit, held, today)
    return first, today


def _same_day(unit: str, held: Found, today: date) -> date:
    first, last = _back(unit, _count(held, today), today.replace(day=1))
    assert first is not None
    assert last is not None
    month = first if unit == "month" else first.replace(month=today.month)
    return month.replace(day=min(today.day, calendar.monthrange(month.year, month.month)[1]))


def _count(held: Found, today: date) -> int:
    """How many units back; no farther than the calendar reaches."""
    return min(int(held.get("n", 1)), today.year - 1)


def _named(meaning: str, held: Found, today: date) -> Days:
    """`date`: a day, month, season, holiday or year by name; `date -1`: the last one that is over."""
    back = meaning.split()[1:]
    try:
        if "weekday" in held and "day" not in held:
            return _weekday(held["weekday"], back, today)
        if "year" in held or not back:
            return _dated(held, today)
        if back == ["0"]:
            return _occurrence(held, today.year)
        return _past(held, today, -int(back[0]))
    except ValueError:  # the 31st of June
        return None, None


def _dated(held: Found, today: date) -> Days:
    if "year" in held:
        return _occurrence(held, held["year"])
    return _past(held, today, 1, begun=True)


def _weekday(day: int, back: list[str], today: date) -> Days:
    """That weekday of this week, or the last one before today."""
    if back == ["0"]:
        return (today + timedelta(day - today.weekday()),) * 2
    return (today - timedelta((today.weekday() - day - 1) % 7 + 1),) * 2


def _weekday_of_week(meaning: str, held: Found, today: date) -> Days:
    """`weekday -1`: that day of the week before this one."""
    monday, _ = _relative(meaning.replace("weekday", "week"), held, today)
    assert monday is not None
    return (monday + timedelta(held["weekday"]),) * 2


def _past(held: Found, today: date, count: int, *, begun: bool = False) -> Days:
    """The `count`th latest occurrence that is over, or at least begun, by today."""
    for year in range(today.year + 1, max(today.year - 20, 1), -1):
        try:
            first, last = _occurrence(held, year)
        except ValueError:  # 29 February
            continue
        if first and last and (first <= today if begun else last < today):
            count -= 1
            if not count:
                return first, last
    return None, None


def _occurrence(held: Found, year: int) -> Days:
    """What is named, in that year."""
    if "season" in held:
        return _season(year, held["season"])
    if "holiday" in held:
        return _holiday(year, held["holiday"])
    if "month" not in held:
        return date(year, 1, 1), date(year, 12, 31)
    if "day" in held:
        return (date(year, held["month"], held["day"]),) * 2
    return _month(year, held["month"])


def _between(_: str, held: Found, __: date) -> Days:
    if len(held["dates"]) == 1:
        return _days_of_month(held["dates"][0], held)
    (begins, ends), first, last = held["dates"], held["dates"][0].first, held["dates"][1].last
    if first and last and begins.has_year and not ends.has_year:  # from March 2022 to May
        return first, _in_year(last, first.year + ((last.month, last.day) < (first.month, first.day)))
    if first and last and first > last:  # between March and May 2022; from November to February 2022
        first = _in_year(first, last.year - ((first.month, first.day) > (last.month, last.day)))
    return first, last


def _days_of_month(said: Period, held: Found) -> Days:
    """From a day, of which only the number is said, to a date of that month, or the other way round."""
    if said.first is None or said.first != said.last:
        return None, None
    first, last = held.get("from_day", said.first.day), held.get("to_day", said.first.day)
    if first >= last or last > calendar.monthrange(said.first.year, said.first.month)[1]:
        return None, None
    return said.first.replace(day=first), said.first.replace(day=last)


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def _since(_: str, held: Found, __: date) -> Days:
    return held["dates"][0].first, None


def _before(_: str, held: Found, __: date) -> Days:
    first = held["dates"][0].first
    return None, first and first - timedelta(1)


def _after(_: str, held: Found, __: date) -> Days:
    last = held["dates"][0].last
    return last and last + timedelta(1), None


_MEANINGS: dict[str, Callable[[str, Found, date], Days]] = {
    **dict.fromkeys(("day", "week", "weekend", "month", "year"), _relative),
    **dict.fromkeys(("days", "weeks", "months", "years"), _recent),
    "date": _named,
    "weekday": _weekday_of_week,
    "between": _between,
    "since": _since,
    "before": _before,
    "after": _after,
}
