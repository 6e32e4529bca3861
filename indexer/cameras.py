"""Finds the cameras, phones and lenses a question names: a make, a series, and the words of a model after it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer import language, lexicon
from indexer.language import Phrasebook, Word

_NAMES = (
    "iphone", "ipad", "canon", "eos", "powershot", "ixus", "nikon", "nikkor", "coolpix", "sony", "xperia", "fujifilm",
    "fujinon", "finepix", "olympus", "panasonic", "lumix", "leica", "pentax", "ricoh", "hasselblad", "kodak", "casio",
    "minolta", "gopro", "dji", "insta360", "samsung", "huawei", "xiaomi", "redmi", "oneplus", "motorola", "nokia",
    "htc", "zeiss", "tamron", "tokina", "voigtlander", "mamiya", "polaroid", "blackberry",
)  # fmt: skip
_BEGINNINGS = tuple(name[:3] for name in _NAMES)  # that endings leave as they are
_WITH_A_NUMBER = ("pixel", "galaxy", "sigma", "honor", "oppo", "vivo", "realme", "apple", "google")  # words elsewhere
_OF_MODELS = (
    "mark", "ii", "iii", "iv", "pro", "max", "plus", "mini", "ultra", "lite", "rebel", "kiss", "hero", "alpha", "dsc",
    "ilce", "dmc",
)  # fmt: skip
_LONGEST = 6  # words


@dataclass(frozen=True)
class Named:
    """A camera named by words[start:end]: the words that its name in a photo holds, normalised."""

    start: int
    end: int
    name: str


def find(words: Sequence[Word], code: str) -> tuple[Named, ...]:
    """The cameras named in the words of a question in language `code`."""
    found: list[Named] = []
    index = 0
    while index < len(words):
        named = _at(words, index, code)
        if named:
            found.append(named)
        index = named.end if named else index + 1
    return tuple(found)


@functools.cache
def _called(code: str) -> Phrasebook[str]:
    """The names that tell a camera by themselves, by what the language calls them."""
    said = language.data(code).get("cameras", {}).items()
    return Phrasebook([*((name, name) for name in _NAMES), *((name, make) for make, names in said for name in names)])


def _at(words: Sequence[Word], start: int, code: str) -> Named | None:
    called = _called(code).at(words, start) or _inflected(words[start].text, start, code)
    first = words[start].text
    end, name = called or (start + 1, first)
    models = list(_models(words, end))
    is_word = not called or lexicon.is_exactly_name(first, code)  # a canon is a gun to the French
    is_sure = any(map(_is_numbered, models)) or (start > 0 and words[start].capital)
    if (called and not is_word) or (is_sure and (called or (first in _WITH_A_NUMBER and models))):
        return Named(start, end + len(models), " ".join([name, *models]))
    return None


def _inflected(word: str, start: int, code: str) -> tuple[int, str] | None:
    """Of a name with an ending, as in iPhonom."""
    forms = lexicon.base_forms(word, code) if word.startswith(_BEGINNINGS) else ()
    return next(((start + 1, form) for form in forms if form in _NAMES), None)


def _models(words: Sequence[Word], start: int) -> Iterator[str]:
    """The words from `start` on that belong to the name of a model: numbers, other makes and what models are called."""
    for index, word in enumerate(words[start : start + _LONGEST]):
        follows = words[start + index - 1].end
        is_one = _is_numbered(word.text) or word.text in (*_OF_MODELS, *_NAMES, *_WITH_A_NUMBER)
        if not is_one or word.start > follows + 1:
            return
        yield word.text


def _is_numbered(word: str) -> bool:
    """Whether it may be a model's: a number, but no year, and letters beside it."""
    return any(map(str.isdigit, word)) and not (word.isdecimal() and len(word) == 4) and word.isascii()
