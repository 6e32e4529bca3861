"""The values the assistant gives: how a question was read, and the answer with the photos it stands on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from indexer import language as languages
from indexer.library.search import Order
from indexer.library.types import Grouping, Hit, Query

T = TypeVar("T")


class Intent(StrEnum):
    """What is wanted of the photos found."""

    FIND = "find"
    COUNT = "count"
    EACH = "each"  # how many there are of each year, city and so on
    MOST = "most"  # of which year, city and so on there are the most
    WHEN = "when"
    WHERE = "where"
    LATEST = "latest"
    FIRST = "first"
    TEXT = "text"  # what is written in it
    AMOUNT = "amount"  # how much it says, as on a receipt
    LOOK = "look"  # what is to be seen in it, for which a model must look again
    TELL = "tell"  # an account of what is known, by a model


class ChipKind(StrEnum):
    """What sort of thing was understood."""

    WORD = "word"
    DATE = "date"
    PLACE = "place"
    KIND = "kind"
    CAMERA = "camera"
    STARS = "stars"


@dataclass(frozen=True)
class Chip:
    """One thing understood in a question: its name for the person, and what it asks of the library."""

    kind: ChipKind
    label: str
    part: Query


@dataclass(frozen=True)
class Reading:
    """How a question was read: its language, what is wanted, and everything that was understood."""

    question: str
    language: str  # BCP 47 base code
    intent: Intent
    chips: tuple[Chip, ...] = ()
    order: Order = Order.BEST
    by: Grouping | None = None  # what EACH and MOST count by

    @property
    def is_empty(self) -> bool:
        """Whether it holds no word and no number at all."""
        return not languages.normalise(self.question)

    @property
    def query(self) -> Query:
        """All chips as one search."""
        parts = [chip.part for chip in self.chips]
        taken_from, taken_to = _span([chip.part for chip in self.chips if chip.kind is ChipKind.DATE])
        return Query(
            terms=tuple(term for part in parts for term in part.terms),
            taken_from=taken_from,
            taken_to=taken_to,
            country_codes=_distinct(code for part in parts for code in part.country_codes),
            cities=_distinct(city for part in parts for city in part.cities),
            kinds=_distinct(kind for part in parts for kind in part.kinds),
            kind_words=tuple(word for part in parts for word in part.kind_words),
            paths=_distinct(path for part in parts for path in part.paths),
            cameras=_distinct(camera for part in parts for camera in part.cameras),
            stars=max((part.stars for part in parts), default=0),
            without=tuple(excluded for part in parts for excluded in part.without),
        )


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _span(dated: list[Query]) -> tuple[date | None, date | None]:
    """From the first day to the last of several periods, as far as those allow that are open at one end."""
    closed = [part for part in dated if part.taken_from and part.taken_to]
    opened = [part for part in dated if part not in closed]
    first = min((part.taken_from for part in closed if part.taken_from), default=None)
    last = max((part.taken_to for part in closed if part.taken_to), default=None)
    return (
        max(filter(None, (first, *(part.taken_from for part in opened))), default=None),
        min(filter(None, (last, *(part.taken_to for part in opened))), default=None),
    )


@dataclass(frozen=True)
class Answer:
    """An answer in words; [1] in `text` cites photos[0]. Right-to-left text holds isolates around what runs left."""

    text: str
    language: str
    photos: tuple[Hit, ...]
    reading: Reading
