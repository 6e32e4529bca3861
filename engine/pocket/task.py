"""What is asked of the pocket model, in which form, and what its answer is in Tintype's terms. It cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.descriptions import Order, Seen, Task, YesOrNo
from engine.messages import Thing
from engine.pocket import palette, things
from engine.pocket.language import DESCRIBE, WORDS
from engine.pocket.truth import KINDS, SCENES, UNKNOWN
from engine.schema import Choice, Form, Phrases

MOST_SORTS = 3
_COUNTS = tuple("12345678")
_THING = re.compile(rf"([1-8]) ({'|'.join(palette.NAMES)}) ({'|'.join(things.NAMES)})")

# What is not a kind of Tintype's: the kind it belongs to, and the tag that says more.
_DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "invoice": ("document", "invoice"),
    "card": ("document", "card"),
    "cover": ("poster", "book"),
    "whiteboard": ("note", "whiteboard"),
    "chat": ("screenshot", "chat"),
    "map": ("screenshot", "map"),
    "settings": ("screenshot", "settings"),
    "label": ("sign", "label"),
    "menu": ("document", "menu"),
    "clock": ("photo", "clock"),
    "chart": ("document", "chart"),
}


def _interpret(fields: dict[str, Any]) -> Seen:
    kind, *tags = _named(fields["kind"])
    if not kind:
        return Seen()
    found = tuple(_found(fields["things"]))
    return Seen(kind=kind, tags=(*tags, *(thing.name for thing in found)), colour=fields["color"], things=found)


def _named(said: str) -> tuple[str, ...]:
    if said in SCENES:
        return "photo", said
    return _DOCUMENTS.get(said, ("" if said == UNKNOWN else said,))


def _found(phrases: Sequence[str]) -> Iterator[Thing]:
    """Those that are whole, each sort once."""
    named: set[str] = set()
    for phrase in phrases:
        if (said := _THING.fullmatch(phrase)) and said[3] not in named:
            named.add(said[3])
            yield Thing(said[3], int(said[1]), said[2])


def _questions(seen: Seen) -> dict[str, YesOrNo]:
    """Whether each thing is there; of what it cannot tell it says so, which is no yes."""
    words = WORDS["en"]
    no = (words.no, words.unsure)
    return {thing.name: YesOrNo(words.is_there.format(thing=thing.name), (words.yes,), no) for thing in seen.things}


POCKET = Task(
    order=lambda _language: Order("", DESCRIBE),
    form=Form(
        {
            "kind": Choice(KINDS),
            "color": Choice(palette.NAMES),
            "things": Phrases(MOST_SORTS, (_COUNTS, palette.NAMES, things.NAMES)),
        }
    ),
    interpret=_interpret,
    questions=_questions,
)
