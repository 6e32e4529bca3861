"""Names the place where a photo was taken, and finds the places a question names; offline."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np
import xxhash
from babel import UnknownLocaleError
from babel.core import get_global
from numpy.typing import NDArray

from indexer import language, lexicon
from indexer.language import Phrasebook, Word
from indexer.library.types import Place
from indexer.locales import locale

_ASSET = Path(__file__).resolve().parents[1] / "assets" / "places" / "places.npz"
_EARTH_RADIUS_KM = 6371.0
_TOWN_KM = 60.0  # farther out, only the country is named
_COUNTRY_KM = 250.0  # farther out is the open sea
# A town reaches as far as the square root of its people: 2 million 11 km, 50,000 under 2.
_REACH_KM = 0.008


def key(name: str) -> int:
    """The 64-bit number that a normalised name is looked up by."""
    return xxhash.xxh3_64_intdigest(name.encode())


@dataclass(frozen=True)
class _Towns:
    """The towns of the world, the largest first: coordinates in degrees, and the sorted keys of their names."""

    latitude: NDArray[np.float32]
    longitude: NDArray[np.float32]
    reach_km: NDArray[np.float64]
    population: NDArray[np.uint32]
    name: list[str]
    region: list[str]
    country_code: list[str]
    key: NDArray[np.uint64]
    owner: NDArray[np.uint32]

    def place(self, index: int) -> Place:
        return Place(
            self.name[index],
            self.region[index],
            self.country_code[index],
            float(self.latitude[index]),
            float(self.longitude[index]),
        )

    def people_to(self, index: int, code: str) -> int:
        """How many people the town has; many more to somebody in whose country it lies."""
        return int(self.population[index]) * (_AT_HOME if self.country_code[index] == _home(code) else 1)

    def named(self, name: str) -> int | None:
        """The town that a normalised name most likely means."""
        at = int(np.searchsorted(self.key, np.uint64(key(name))))
        return int(self.owner[at]) if at < len(self.key) and self.key[at] == key(name) else None


@functools.cache
def _towns() -> _Towns:
    with np.load(_ASSET) as stored:
        regions, codes = _lines(stored["region_name"]), _lines(stored["country_code"])
        return _Towns(
            latitude=stored["latitude"],
            longitude=stored["longitude"],
            reach_km=_REACH_KM * np.sqrt(stored["population"]),
            population=stored["population"],
            name=_lines(stored["name"]),
            region=[regions[index] for index in stored["region"]],
            country_code=[codes[index] for index in stored["country"]],
            key=stored["key"],
            owner=stored["owner"],
        )


@functools.cache
def _home(code: str) -> str:
    """The country where most speakers of a language live, by CLDR's likely subtags."""
    return str(get_global("likely_subtags").get(code, "")).rpartition("_")[2]


def _lines(stored: NDArray[np.uint8]) -> list[str]:
    return stored.tobytes().decode().split("\n")


def nearest(latitude: float, longitude: float) -> Place | None:
    """The town whose reach the point is deepest in or closest to; far from any only its country; None at sea.

    Degrees, north and east positive; coordinates that are no point on Earth are nowhere. The place returned keeps the
    point's own coordinates.
    """
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    towns = _towns()
    distance_km = _distance_km(latitude, longitude, towns.latitude, towns.longitude)
    index = int(np.argmin(distance_km - towns.reach_km))
    if distance_km[index] > _COUNTRY_KM:
        return None
    town = towns.place(index)
    is_near = distance_km[index] <= _TOWN_KM
    return Place(town.city if is_near else "", town.region if is_near else "", town.country_code, latitude, longitude)


def _distance_km(
    latitude: float, longitude: float, latitudes: NDArray[np.float32], longitudes: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Along the great circle, by the haversine formula."""
    here, there = np.radians(latitude), np.radians(latitudes.astype(np.float64))
    across = np.radians(longitudes.astype(np.float64) - longitude)
    half = np.sin((there - here) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
    distance_km: NDArray[np.float64] = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return distance_km


# ---- the places a question names

_LONGEST_NAME, _LONGEST_UNSPACED = 5, 24  # words, and characters of writing without spaces
# How many people a town must have to be meant, by how surely the words around it say that a place is meant.
_SURE, _KNOWN, _LIKELY, _POSSIBLE, _GREAT = 0, 10_000, 100_000, 500_000, 2_000_000
_FORMS, _LONGEST_FORM, _SHORTEST_FORM = 12, 3, 4  # tried of a word, words, letters
_AT_HOME = 20  # times as many people as a town has, to who speaks its country's language
_SHORTEST_POSSIBLE = 5  # letters of a name that nothing else points to


@dataclass(frozen=True)
class Named:
    """A place named by words[start:end]: a country by its ISO 3166 code, or a town by its English name."""

    start: int
    end: int
    country_code: str = ""
    city: str = ""


def find(words: Sequence[Word], code: str) -> tuple[Named, ...]:
    """The places named in the words of a question in language `code`.

    Many towns are also words (Nice, Reading, Essen), so a name counts only as far as its capital letter, a preposition
    of place or the town's size speak for it; a place that is missed is still searched for as a word.
    """
    found: list[Named] = []
    index = 0
    while index < len(words):
        named = _country_at(words, index, code) or _town_at(words, index, code)
        if named:
            found.append(named)
        index = named.end if named else index + 1
    return tuple(found)


@functools.cache
def _countries(code: str) -> Phrasebook[str]:
    names = [(name, country) for country, others in language.data(code).get("countries", {}).items() for name in others]
    in_latin = [f"{code}_Latn"] if code in language.TWO_SCRIPTS else []
    for known in (code, *in_latin, "en"):
        try:
            territories = locale(known).territories
        except (UnknownLocaleError, ValueError):
            continue
        names += [(name, country) for country, name in territories.items() if len(country) == 2 and country != "ZZ"]
    return Phrasebook(names)


def _country_at(words: Sequence[Word], start: int, code: str) -> Named | None:
    named = _countries(code).at(words, start)
    if named and _is_meant(words, start, named[0], code, people=None):
        return Named(start, named[0], country_code=named[1])
    return None


def _town_at(words: Sequence[Word], start: int, code: str) -> Named | None:
    towns = _towns()
    longest = _LONGEST_UNSPACED if language.is_unspaced(words[start].text) else _LONGEST_NAME
    if called := _called(code).at(words, start):
        return Named(start, called[0], city=called[1])
    for end in range(min(start + longest, len(words)), start, -1):
        tokens = [word.text for word in words[start:end]]
        for name in _spellings(tokens):
            town = towns.named(name)
            if town is not None and _is_meant(words, start, end, code, people=int(towns.population[town])):
                return Named(start, end, city=towns.name[town])
        people = _people_for_case(words, start, end, code)
        if people is None:
            continue
        for name in _base_forms(tokens, code):
            town = towns.named(name)
            if town is not None and towns.people_to(town, code) >= people:
                return Named(start, end, city=towns.name[town])
    return None


@functools.cache
def _called(code: str) -> Phrasebook[str]:
    """Names of towns, in English, by what the language calls them where the list of towns does not know that."""
    said = language.data(code).get("cities", {}).items()
    return Phrasebook((name, city) for city, names in said for name in names)


def _base_forms(tokens: Sequence[str], code: str) -> Iterator[str]:
    """Names of which this may be another case: из Нового Сада is of Нови Сад."""
    forms = (tuple(islice(lexicon.base_forms(token, code), _FORMS)) for token in tokens[:_LONGEST_FORM])
    if len(tokens) <= _LONGEST_FORM:
        yield from (" ".join(name) for name in islice(product(*forms), 1, None))


def _people_for_case(words: Sequence[Word], start: int, end: int, code: str) -> int | None:
    """How many people a town must have for these words to be a case of its name; None where they can be none.

    Short words are often a form of something.
    """
    name = " ".join(word.text for word in words[start:end])
    if language.function_words(code).at(words, start) or len(name) < _SHORTEST_FORM:
        return None
    if lexicon.knows(name, code):
        return _LIKELY if _is_marked(words, start) and not _capitalises_nouns(code) else None
    if _is_pointed_to(words, start, end, code):
        return _KNOWN if words[start].capital or not _has_case(name) else _POSSIBLE
    if len(name) < _SHORTEST_POSSIBLE:
        return None
    if len(_folded(code, "place_postpositions")) > len(_folded(code, "place_prepositions")):
        return _LIKELY if _is_marked(words, start) else _POSSIBLE  # the ending is what points to it
    return _GREAT


def _is_marked(words: Sequence[Word], start: int) -> bool:
    """By a capital letter that is not there because the sentence begins, or because all have one."""
    return words[start].capital and start > 0 and any(not word.capital for word in words[1:])


def _spellings(tokens: Sequence[str]) -> Iterator[str]:
    """A name as it may be written in the list of towns: an Arabic one without what clings to it."""
    first, rest = tokens[0], tokens[1:]
    yield " ".join(tokens)
    if "\u0621" <= first[0] <= "\u064a":
        yield " ".join([f"ال{language.bare_arabic(first)}", *rest])
        if first[0] in "وبلف" and len(first) > 3:
            yield " ".join([first[1:], *rest])
    if first[0] in "ܕܒܠܘ" and len(first) > 3:
        yield " ".join([first[1:], *rest])


def _is_meant(words: Sequence[Word], start: int, end: int, code: str, people: int | None) -> bool:
    """Whether a name of a town of so many people, or of a country (None), stands for the place here."""
    if all(language.function_words(code).at([word], 0) for word in words[start:end]):
        return False
    name = " ".join(word.text for word in words[start:end])
    is_pointed_to = _is_pointed_to(words, start, end, code)
    is_marked = _is_marked(words, start)
    if people is None:
        return is_pointed_to or is_marked or not _has_case(name) or not lexicon.knows(name, code)
    if not _has_case(name):
        if lexicon.is_exactly_name(name, code):
            return is_pointed_to and people >= _POSSIBLE
        return people >= (_SURE if is_pointed_to else _POSSIBLE if lexicon.knows(name, code) else _LIKELY)
    if lexicon.is_exactly_name(name, code):
        return is_pointed_to and is_marked and people >= (_POSSIBLE if _capitalises_nouns(code) else _LIKELY)
    if is_pointed_to and not words[start].capital:
        return people >= (_POSSIBLE if lexicon.knows(name, code) else _LIKELY)
    if is_pointed_to:
        return True
    if is_marked and not _capitalises_nouns(code):
        return people >= _LIKELY
    return people >= _POSSIBLE and len(name) >= _SHORTEST_POSSIBLE


def _has_case(text: str) -> bool:
    """Georgian has capitals of its own only for whole lines in them."""
    return text.upper() != text and not "\u10d0" <= text[:1] <= "\u10ff"


def _capitalises_nouns(code: str) -> bool:
    return bool(language.data(code).get("nouns_are_capital", False))


def _is_pointed_to(words: Sequence[Word], start: int, end: int, code: str) -> bool:
    """Whether a preposition of place stands before the name, an article between at most, or a postposition after."""
    before = [word.text for word in words[max(start - 2, 0) : start]]
    if start >= 2 and not language.function_words(code).at(words, start - 1):
        before = before[1:]
    prepositions = _folded(code, "place_prepositions")
    if any(word in prepositions for word in before):
        return True
    return end < len(words) and words[end].text in _folded(code, "place_postpositions")


@functools.cache
def _folded(code: str, name: str) -> frozenset[str]:
    return frozenset(map(language.normalise, language.data(code).get(name, ())))
