"""Finds out whether what a model wrote is a description: small models loop, count, or take to another language."""

from __future__ import annotations

import re
from enum import StrEnum

from indexer import language

ALIKE = 10  # as many other photos with the very same description are no accident; a burst has fewer
_LEAST_LETTERS = 24  # in which a language can be told; CJK characters count as three
_LOOP = re.compile(r"(?P<part>.{2,80}?)(?P=part){3,}", re.DOTALL)
_LEAST_LOOPED = 24  # characters; "ha ha ha ha" is none


class Fault(StrEnum):
    """What is wrong with a description."""

    WORDLESS = "wordless"  # signs or digits only
    LOOPING = "looping"
    LANGUAGE = "language"  # another than was asked for
    REPEATED = "repeated"  # the same as of many others


def fault(caption: str, wanted: str, alike: int = 0) -> Fault | None:
    """What is wrong with a caption that was to be in the language `wanted` (BCP 47); None where nothing is.

    `alike`: how many other photos have the same.
    """
    words = language.normalise(caption)
    if not any(map(str.isalpha, words)):
        return Fault.WORDLESS
    if alike >= ALIKE:
        return Fault.REPEATED
    if any(len(loop.group()) >= _LEAST_LOOPED for loop in _LOOP.finditer(words)):
        return Fault.LOOPING
    return Fault.LANGUAGE if _is_of_another(caption, words, wanted) else None


def _is_of_another(caption: str, words: str, wanted: str) -> bool:
    """Told only of captions that are long enough; names and quoted text of another language do not make it one."""
    letters = sum(3 if language.is_unspaced(word) else len(word) for word in words.split() if not word.isdecimal())
    if letters < _LEAST_LETTERS:
        return False
    asked = wanted.partition("-")[0]
    return language.detect(_without_quotes(caption), prior=asked) != asked


def _without_quotes(text: str) -> str:
    return re.sub(r"[\"“”„«»「『《].*?[\"“”»」』》]", " ", text)
