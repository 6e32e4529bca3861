"""How each language asks and answers: the phrases of languages/*.toml, with plurals, dates and direction."""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal

from desktop_app.assistant.types import Intent
from indexer.language import Phrasebook, in_latin
from indexer.library.types import Group, Grouping, Hit, Place
from indexer.locales import locale

_FOLDER = Path(__file__).with_name("languages")
FALLBACK = "en"

# First strong isolate and its end: what stands between takes its own direction and leaves that around it alone.
_ISOLATE, _END = "\u2068", "\u2069"
_RIGHT_TO_LEFT_MARK = "\u200f"
_RIGHT_TO_LEFT = ("R", "AL")


@functools.cache
def languages() -> frozenset[str]:
    """The languages that Tintype answers in."""
    return frozenset(path.stem for path in _FOLDER.glob("*.toml"))


@functools.cache
def _words(code: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def _asked(code: str) -> dict[str, list[str]]:
    """How the language asks, by what is asked; empty for one that is not answered in."""
    return _words(code)["asks"] if code in languages() else {}


@functools.cache
def asks(code: str) -> Phrasebook[Intent | None]:
    """The phrases of a question that are not searched for, and the intent they show, if any."""
    intents = set(Intent)
    said = [
        (phrase, Intent(name) if name in intents else None)
        for name, phrases in _asked(code).items()
        for phrase in phrases
    ]
    nouns = [noun for nouns in _counted_by(code).values() for noun in nouns]
    return Phrasebook((phrase.format(by=noun), intent) for phrase, intent in said for noun in _nouns_in(phrase, nouns))


def _nouns_in(phrase: str, nouns: list[str]) -> list[str]:
    """All nouns for a phrase with a place for one; for any other one, which it does not take."""
    return nouns if "{by}" in phrase else [""]


@functools.cache
def groupings(code: str) -> Phrasebook[Grouping]:
    """The nouns for what photos are counted by."""
    return Phrasebook((noun, Grouping(by)) for by, nouns in _counted_by(code).items() for noun in nouns)


def _counted_by(code: str) -> dict[str, list[str]]:
    return _words(code)["by"] if code in languages() else {}


@functools.cache
def either(code: str) -> Phrasebook[None]:
    """The phrases that ask how many as well as how much, which is for the other words to say."""
    said = _asked(code)
    return Phrasebook((phrase, None) for phrase in said.get("count", ()) if phrase in said["amount"])


@functools.cache
def follow_ups(code: str) -> Phrasebook[None]:
    """With what a question begins that goes on from the one before."""
    return Phrasebook((phrase, None) for phrase in _asked(code).get("also", ()))


@functools.cache
def amount_labels() -> Phrasebook[None]:
    """What stands before the amount due, in all languages: a receipt need not be in that of the question."""
    return Phrasebook((phrase, None) for code in sorted(languages()) for phrase in _words(code)["amount_labels"])


class Wording:
    """Says things in one of languages(), or of language.TWO_SCRIPTS in Latin script, as sr-Latn."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = locale(language)
        code, _, script = language.partition("-")
        self._answers: dict[str, Any] = _in_latin(_words(code)["answers"]) if script else _words(code)["answers"]

    def say(self, sentence: str, *, n: int | None = None, **values: str) -> str:
        """The sentence of that name, in the plural form that `n` wants, its {values} filled in."""
        said = self._answers[sentence]
        if isinstance(said, dict):
            said = said.get(self._locale.plural_form(n or 0), said["other"])
        filled = {name: self.isolated(value) for name, value in values.items()}
        return str(said.format(n=format_decimal(n or 0, locale=self._locale), **filled))

    def isolated(self, text: str) -> str:
        """The text as it can stand in a sentence of this language without either turning the other around."""
        if text.startswith(_ISOLATE) or not (self._is_right_to_left or _holds_right_to_left(text)):
            return text
        return f"{_ISOLATE}{text}{_END}"

    def line(self, text: str) -> str:
        """A line that begins with something isolated, set in the direction of this language."""
        return f"{_RIGHT_TO_LEFT_MARK}{text}" if self._is_right_to_left else text

    @property
    def _is_right_to_left(self) -> bool:
        return str(self._locale.text_direction) == "rtl"

    def day(self, day: date) -> str:
        """As in May 14, 2023."""
        return str(format_date(day, "long", locale=self._locale))

    def period(self, first: date | None, last: date | None) -> str:
        """As short as it can be said: a year, a month, a day, or from one day to another, open ends as dots."""
        if first is None or last is None:
            return " … ".join(self.day(day) if day else "" for day in (first, last)).strip()
        if first == last:
            return self.day(first)
        after = last + timedelta(1)
        if (first.month, first.day, after.month, after.day) == (1, 1, 1, 1):
            years = [str(year) for year in dict.fromkeys((first.year, last.year))]
            return "–".join(years)
        if first.day == 1 and after.day == 1 and (first.year, first.month) == (last.year, last.month):
            return self.month(first)
        return str(format_interval(first, last, "yMMMd", locale=self._locale))

    def month(self, day: date) -> str:
        """As in May 2023."""
        return str(format_skeleton("yMMMM", day, locale=self._locale))

    def country(self, code: str) -> str:
        return str(self._locale.territories.get(code, code))

    def place(self, place: Place) -> str:
        """As in Lisbon, Portugal; a country alone where no town is near."""
        comma = "、" if self.language in ("zh", "ja") else "، " if self._is_right_to_left else ", "
        return comma.join(self.isolated(part) for part in (place.city, self.country(place.country_code)) if part)

    def group(self, group: Group, of: Hit) -> str:
        """What a group of photos has in common, of which one is `of`."""
        if group.by is Grouping.CAMERA:
            return group.name
        if of.place and group.by is Grouping.CITY:
            return self.place(of.place)
        if of.place and group.by is Grouping.COUNTRY:
            return self.country(of.place.country_code)
        assert of.taken_at is not None
        said = {Grouping.DAY: self.day, Grouping.MONTH: self.month}.get(group.by)
        return said(of.taken_at) if said else str(of.taken_at.year)


def _in_latin(said: Any) -> Any:
    """Sentences, and tables of them."""
    if isinstance(said, dict):
        return {name: _in_latin(sentence) for name, sentence in said.items()}
    return in_latin(str(said))


def _holds_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
