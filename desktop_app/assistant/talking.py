"""What a model that can talk adds to an answer: what is wanted where words leave it open, what photos show, an account.

Which photos there are, how many, when and where is never the model's to say: that comes from the library. Of an account
only sentences are kept whose numbers stand in the notes it was made from.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from babel.dates import format_date

from desktop_app.assistant.types import Intent
from engine.client import EngineClient
from engine.messages import Answered, Picture, Turn
from engine.schema import Choice, Form, Text, Texts
from indexer import checks
from indexer.library.types import Kind, PhotoId
from indexer.locales import locale

_PLAN_TOKENS, _LOOK_TOKENS, _ACCOUNT_TOKENS = 120, 160, 400
_SENTENCE_END = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？\n])")
_NUMBER = re.compile(r"\d+")
_CITATION = re.compile(r"\[(\d+)\]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ANY = "any"

Answering = Generator[str, None, Answered]
_KINDS = (_ANY, *(kind for kind in Kind if kind not in (Kind.UNKNOWN, Kind.PHOTO)))

# In English, since nobody reads the answer and English finds the words of all other languages (indexer.lexicon).
_PLAN = (
    "Today is {today}. Somebody asks about their own photos: “{question}”\n"
    "Say as JSON what is wanted. want: show (photos), count (how many), when (the date), where (the place), latest, "
    "first, text (what is written in a photo), amount (a sum of money), look (something one must see in the photos to "
    "answer), tell (an account of what is known of several photos). search: what the photos show, or the place, in "
    "English words. kind: which kind of picture, or any. after, before: the day after or before which they were taken, "
    "as 2024-05-31; empty if it does not matter."
)
_IN_LANGUAGE = "{text}\n(Answer in {english}: {own}.)"


class Want(StrEnum):
    """What a plan says is wanted: an intent, or to be shown photos."""

    SHOW = "show"
    COUNT = "count"
    WHEN = "when"
    WHERE = "where"
    LATEST = "latest"
    FIRST = "first"
    TEXT = "text"
    AMOUNT = "amount"
    LOOK = "look"
    TELL = "tell"

    @property
    def intent(self) -> Intent:
        return Intent.FIND if self is Want.SHOW else Intent(self)


_FORM = Form(
    {
        "want": Choice(tuple(Want)),
        "search": Texts(most=4, length=30),
        "kind": Choice(_KINDS),
        "after": Text(most=10),
        "before": Text(most=10),
    }
)


@dataclass(frozen=True)
class Plan:
    """How the model understands a question. `search`: as somebody would type it in English, with fields."""

    want: Want
    search: str


@dataclass(frozen=True)
class Eyes:
    """A model, of which only one that talks may be asked, and where the pixels of photos come from."""

    looker: EngineClient
    load: Callable[[PhotoId], Picture]

    def plan(self, question: str, today: date, cancel: threading.Event | None) -> Plan:
        """What is wanted, in the form that a grammar holds the model to. Raises EngineError."""
        asked = _PLAN.format(today=format_date(today, "full", locale("en")), question=question)
        said = "".join(
            self.looker.ask([], asked, grammar=_FORM.gbnf(), max_tokens=_PLAN_TOKENS, cancel=cancel),
        )
        fields = _FORM.parse(said)
        want = fields["want"] if fields["want"] in set(Want) else Want.SHOW
        return Plan(Want(want), " ".join(_searched(fields)))

    def look(
        self,
        pictures: Sequence[Picture],
        question: str,
        language: str,
        *,
        history: Sequence[Turn] = (),
        notes: Sequence[str] = (),
        max_views: int,
        cancel: threading.Event | None,
    ) -> Iterator[str]:
        """What the model says about the pictures, as it says it. Raises EngineError."""

        def ask(text: str) -> Answering:
            return self.looker.ask(
                pictures,
                text,
                history=history,
                notes=notes,
                max_views=max_views,
                max_tokens=_LOOK_TOKENS,
                cancel=cancel,
            )

        return _in_language(ask, question, language)

    def tell(
        self,
        notes: Sequence[str],
        request: str,
        language: str,
        history: Sequence[Turn],
        cancel: threading.Event | None,
    ) -> Iterator[str]:
        """An account from numbered notes about photos, sentence by sentence, as far as it stands in them.

        Raises EngineError.
        """

        def ask(text: str) -> Answering:
            return self.looker.ask([], text, history=history, notes=notes, max_tokens=_ACCOUNT_TOKENS, cancel=cancel)

        known = _numbers("\n".join([*notes, request]))
        for sentence in _sentences(_in_language(ask, request, language)):
            cited = {int(number) for number in _CITATION.findall(sentence)}
            if cited <= set(range(1, len(notes) + 1)) and _numbers(_CITATION.sub("", sentence)) <= known:
                yield sentence


def _searched(fields: dict[str, object]) -> Iterator[str]:
    for word in fields["search"] if isinstance(fields["search"], list) else []:
        yield str(word)
    if fields["kind"] not in ("", _ANY):
        yield str(fields["kind"])
    for name in ("after", "before"):
        if _DAY.fullmatch(str(fields[name])):
            yield f"{name}:{fields[name]}"


def _in_language(ask: Callable[[str], Answering], question: str, language: str) -> Iterator[str]:
    """The answer as it comes; where its beginning is of another language, it is asked for once more, with a request.

    The beginning is held back until its language can be told.
    """
    for attempt, text in enumerate((question, _IN_LANGUAGE.format(text=question, **_names(language)))):
        with closing(ask(text)) as pieces:
            held = ""
            for piece in pieces:
                held += piece
                if _can_be_told(held):
                    break
            if attempt or not checks.is_of_another(held, language):
                yield held
                yield from pieces
                return


def _can_be_told(text: str) -> bool:
    return len(text) >= checks.LEAST_LETTERS * 2 or bool(_SENTENCE_END.search(text))


def _names(language: str) -> dict[str, str]:
    known = locale(language)
    return {"english": known.get_display_name("en") or language, "own": known.get_display_name() or language}


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    """Whole sentences, each with what separates it from the next."""
    held = ""
    for piece in pieces:
        held += piece
        while end := _SENTENCE_END.search(held):
            yield held[: end.end()]
            held = held[end.end() :]
    if held:
        yield held


def _numbers(text: str) -> set[int]:
    """In any script's digits."""
    return {int(number) for number in _NUMBER.findall(text)}
