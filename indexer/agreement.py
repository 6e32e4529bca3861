"""Compares what two readers read in one photo: a number, a date or a name that they read differently is unsure.

The text reader and a MiniCPM-V model err in different ways, so what both read is hardly wrong, and where they differ a
person should look. They may read lines in another order or leave some out, so words are compared wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\w+(?:[.,:/'’-]\w+)*")
_ALIKE = 0.6  # of difflib's ratio: 160.29 and 180.29 are readings of the same, 160.29 and 12.50 are not
_MOST_WORDS = 400  # that are not agreed on; beyond that two texts have nothing in common
_LEAST_NAME = 3  # letters


@dataclass(frozen=True)
class Doubt:
    """A word that one reader read as `read` and the other as `other`."""

    read: str
    other: str


def doubts(text: str, other: str) -> tuple[Doubt, ...]:
    """The numbers, dates and names of `text` that are not in `other`, which holds something like it instead."""
    rest = _left_over(other, text)[:_MOST_WORDS]
    found = []
    for word in _left_over(text, other)[:_MOST_WORDS]:
        if _matters(word) and (likest := _likest(word, rest)) is not None:
            rest.remove(likest)
            found.append(Doubt(word, likest))
    return tuple(dict.fromkeys(found))


def _left_over(text: str, other: str) -> list[str]:
    """The words of `text` that `other` does not hold, as often as it does not."""
    known = Counter(map(_key, _words(other)))
    left = []
    for word in _words(text):
        if known[_key(word)]:
            known[_key(word)] -= 1
        else:
            left.append(word)
    return left


def _words(text: str) -> Iterator[str]:
    return (found.group() for found in _WORD.finditer(unicodedata.normalize("NFKC", text)))


def _key(word: str) -> str:
    """The same for spellings that say the same: letters of either case, a decimal point or comma."""
    return word.casefold().replace(",", ".") if _is_number(word) else word.casefold()


def _likest(word: str, others: list[str]) -> str | None:
    """What the other reader may have read in its place; a number for a number, a name for a name."""
    alike = [
        (SequenceMatcher(None, _key(word), _key(other), autojunk=False).ratio(), other)
        for other in others
        if _is_number(other) == _is_number(word)
    ]
    ratio, likest = max(alike, default=(0.0, ""))
    return likest if ratio >= _ALIKE else None


def _matters(word: str) -> bool:
    return _is_number(word) or (len(word) >= _LEAST_NAME and word[0].isupper())


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word))
