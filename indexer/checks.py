"""Finds out whether what a model wrote is a description: small models loop, count, or take to another language."""

from __future__ import annotations

import re
from enum import StrEnum

from indexer import language

ALIKE = 10  # as many other photos with the very same description are no accident; a burst has fewer
LEAST_LETTERS = 24  # in which a language can be told; CJK characters count as three
_LOOP = re.compile(r"(?P<part>.{2,80}?)(?P=part){3,}", re.DOTALL)
_LEAST_LOOPED = 24  # characters; "ha ha ha ha" is none


class Fault(StrEnum):
    """What is wrong with a description."""

    WORDLESS = "wordless"  # signs or digits only
    LOOPING = "looping"
    LANGUAGE = "language"  # another than was asked for
    REPEATED = "repeated"  # the same as of many others
    DOUBTED = "doubted"  # asked again, the model did not stand by it


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
    return Fault.LANGUAGE if is_of_another(caption, wanted) else None


def is_of_another(text: str, wanted: str) -> bool:
    """Whether a text is of another language than `wanted` (BCP 47): told only of those that are long enough.

    Names and quoted text of another language do not make it one.
    """
    words = language.normalise(text).split()
    letters = sum(3 if language.is_unspaced(word) else len(word) for word in words if not word.isdecimal())
    if letters < LEAST_LETTERS:
        return False
    asked = wanted.partition("-")[0]
    return language.detect(_without_quotes(text), prior=asked) != asked


def _without_quotes(text: str) -> str:
    return re.sub(r"[\"“”„«»「『《].*?[\"“”»」』》]", " ", text)
