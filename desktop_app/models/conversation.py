"""A conversation about the photos: each question with its answer as far as it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from threading import Event
from uuid import uuid4

from PySide6.QtCore import QObject, Signal

from desktop_app.assistant.types import Answer, Chip, Reading
from desktop_app.background import Background, Task, sentence_of
from engine.messages import Turn
from indexer.library.types import Hit, PhotoId


class State(Enum):
    """How far an answer has come."""

    AWAITED = auto()
    STREAMING = auto()
    COMPLETE = auto()
    STOPPED = auto()
    FAILED = auto()


@dataclass(frozen=True)
class Exchange:
    """A question and its answer. `about`: the one photo that was asked about, if it was one.

    `key` tells it from all others. `left_out`: the chips of earlier readings of this question that the person took
    away.
    """

    question: str
    about: PhotoId | None = None
    key: str = field(default_factory=lambda: uuid4().hex)
    asked_at: datetime = field(default_factory=datetime.now)
    left_out: tuple[Chip, ...] = ()
    answer: str = ""
    photos: tuple[Hit, ...] = ()
    reading: Reading | None = None
    state: State = State.AWAITED

    @property
    def chips(self) -> tuple[Chip, ...]:
        """How the question was read."""
        return self.reading.chips if self.reading else ()

    @property
    def is_under_way(self) -> bool:
        return self.state in (State.AWAITED, State.STREAMING)


class Conversation(QObject):
    """One question is answered at a time; asking again stops the answer under way.

    `answer` and `look` are called off the GUI thread, and end when their event is set: the first answers from the whole
    library, better and better, given how the question before was read and what was said; the second streams what the
    model says about one photo.
    """

    begun = Signal(int)  # the place of a new exchange
    changed = Signal(int)  # the place of an exchange whose answer changed
    cleared = Signal()
    completed = Signal(object)  # an Exchange that was answered

    def __init__(
        self,
        background: Background,
        answer: Callable[[str, tuple[Chip, ...], Reading | None, Sequence[Turn], Event], Iterator[Answer]],
        look: Callable[[PhotoId, str, Sequence[Turn], Event], Iterator[str]],
    ) -> None:
        super().__init__()
        self._background = background
        self._answer = answer
        self._look = look
        self._task: Task | None = None
        self.exchanges: list[Exchange] = []

    @property
    def is_answering(self) -> bool:
        return bool(self.exchanges) and self.exchanges[-1].is_under_way

    def ask(self, question: str, about: PhotoId | None = None) -> None:
        self.stop()
        self.exchanges.append(Exchange(question, about))
        self.begun.emit(len(self.exchanges) - 1)
        self._begin(len(self.exchanges) - 1)

    def leave_out(self, place: int, chip: Chip) -> None:
        """Asks a question again, with one thing that was read from it left out."""
        self.stop()
        before = self.exchanges[place]
        asked = Exchange(before.question, before.about, before.key, before.asked_at, (*before.left_out, chip))
        self._set(place, asked)
        self._begin(place)

    def recall(self, exchange: Exchange) -> None:
        """Shows an earlier one again, where it is not shown already."""
        if all(exchange.key != each.key for each in self.exchanges):
            self.stop()
            self.exchanges.append(exchange)
            self.begun.emit(len(self.exchanges) - 1)

    def stop(self) -> None:
        """Ends the answer under way; what has come of it stays."""
        if self._task:
            self._task.cancel()
            self._task = None
        for place, exchange in enumerate(self.exchanges):
            if exchange.is_under_way:
                is_answered = exchange.reading is not None  # from the library; it would have become better
                self._set(place, replace(exchange, state=State.COMPLETE if is_answered else State.STOPPED))

    def clear(self) -> None:
        self.stop()
        self.exchanges.clear()
        self.cleared.emit()

    # ---- answering

    def _begin(self, place: int) -> None:
        asked = self.exchanges[place]
        photo, history = asked.about, self._history(asked.about, place)
        if photo is None:
            after = self.exchanges[place - 1].reading if place else None
            self._task = self._background.stream(
                lambda stopped: self._answer(asked.question, asked.left_out, after, history, stopped),
                lambda answer: self._better(place, answer),
                lambda: self._complete(place),
                lambda error: self._fail(place, error),
            )
        else:
            self._task = self._background.stream(
                lambda stopped: self._look(photo, asked.question, history, stopped),
                lambda piece: self._grow(place, piece),
                lambda: self._complete(place),
                lambda error: self._fail(place, error),
            )

    def _history(self, photo: PhotoId | None, until: int) -> tuple[Turn, ...]:
        """What was said before about this photo, or about all."""
        said = [each for each in self.exchanges[:until] if each.about == photo and each.state is State.COMPLETE]
        return tuple(turn for each in said for turn in (Turn("user", each.question), Turn("assistant", each.answer)))

    def _complete(self, place: int) -> None:
        self._set(place, replace(self.exchanges[place], state=State.COMPLETE))

    def _better(self, place: int, answer: Answer) -> None:
        better = replace(
            self.exchanges[place],
            answer=answer.text,
            photos=answer.photos,
            reading=answer.reading,
            state=State.STREAMING,
        )
        self._set(place, better)

    def _grow(self, place: int, piece: str) -> None:
        before = self.exchanges[place]
        self._set(place, replace(before, answer=before.answer + piece, state=State.STREAMING))

    def _fail(self, place: int, error: Exception) -> None:
        self._set(place, replace(self.exchanges[place], answer=sentence_of(error), state=State.FAILED))

    def _set(self, place: int, exchange: Exchange) -> None:
        self.exchanges[place] = exchange
        self.changed.emit(place)
        if exchange.state is State.COMPLETE:
            self.completed.emit(exchange)
