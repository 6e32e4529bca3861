"""Works off many prompts at once: first every view is looked at, then all sequences read and answer in common steps.

A sequence that is answering reads one row a step, the token it chose last; one that begins reads its whole prompt, in
as few steps as a batch allows. Where tower and language model may not be in memory together, what the one that is there
can do is done to the end before the other one is opened.

A person's question goes first: while there is one, nothing else is worked on. It overtakes within the stage of a view
that is being computed, and within a step that reads prompts; either is done again later.

Sequences wait, in order, until the context has room for their prompt and their answer; a person's waits for no other:
it sends back the one that came last, which later reads everything again, also what it has said.

What prompts begin with in common is read once: how a picture is to be described, or a picture that is asked about. It
lies in the context apart from those that go on from it, so that also a model that cannot roll back (4.6) can.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.closing import Closing
from engine.embeddings import KeptEmbeddings
from engine.errors import Cancelled, EngineError
from engine.llama.context import SPARE_SEQUENCES, Piece, TextContext
from engine.llama.text import TextModel
from engine.parts import Parts
from engine.tower import Tower
from engine.views import Pixels

CONVERSATION_S = 300.0  # so long the last conversation is kept from prompts that nobody waits for

# A person's last conversation, the pictures it is about, how descriptions are to be, and a picture that is judged by.
Kept = Literal["conversation", "picture", "instruction", "judged"]


@dataclass
class Sight:
    """A view in a prompt; those of the same `key` have the same embeddings.

    Once it was looked at it has `rows`, tokens x embedding size, instead of pixels.
    """

    key: bytes
    pixels: Pixels | None = field(compare=False, repr=False)
    rows: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    def see(self, rows: NDArray[np.float32]) -> None:
        self.rows, self.pixels = rows, None

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """Of a view that was looked at."""
        assert self.rows is not None
        return self.rows


Unit = int | Sight  # a token or a view


class Task(Protocol):
    """A prompt and what becomes of it. The scheduler's thread calls the methods; what they raise ends the task."""

    @property
    def prompt(self) -> Sequence[Unit]: ...

    @property
    def opening(self) -> int:
        """So many units, fewer than all, are likely to open other prompts too."""

    @property
    def opens(self) -> Kept:
        """As what they are kept."""

    @property
    def room(self) -> int:
        """Rows that prompt and answer may take, no more than the context has."""

    @property
    def urgent(self) -> bool:
        """Whether a person waits."""

    @property
    def cancelled(self) -> threading.Event: ...

    def progress(self) -> None:
        """One more stage of a view, or step of the prompt, is done."""

    def choose(self, logits: NDArray[np.float32]) -> int | None:
        """The next token of the answer; None ends it."""


class _Passage:
    """Units of which `read` rows lie in the context as sequence `slot`."""

    slot: int | None
    read: int

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = list(units)
        self.leave()

    @property
    def sights(self) -> Iterator[Sight]:
        return (unit for unit in self.units if isinstance(unit, Sight))

    def leave(self) -> None:
        """Its place in the context is gone."""
        self.slot = None
        self.begin(0)

    def begin(self, read: int) -> None:
        """Of all its rows so many need not be read."""
        self.read = read
        self._rows: NDArray[np.float32] | None = None  # what comes next; None: not put together yet

    def piece(self, words: TextModel, most: int) -> Piece:
        """Up to `most` rows to read next; all views have been looked at."""
        assert self.slot is not None
        if self._rows is None:
            self._rows = self._all_rows(words)[self.read :]
        return Piece(self.slot, self.read, self._rows[:most])

    def has_read(self, rows: int) -> bool:
        """Whether with these rows everything there is has been read."""
        assert self._rows is not None
        self.read += rows
        self._rows = self._rows[rows:]
        return not len(self._rows)

    def in_common(self, other: _Passage) -> int:
        """How many of the rows it has read `other` begins with as well; it must have one unit left to read."""
        rows = 0
        for mine, others in zip(self.units, other.units[:-1], strict=False):
            size = len(mine.embeddings) if isinstance(mine, Sight) else 1
            if mine != others or rows + size > self.read:
                break
            rows += size
        return rows

    def opens(self, other: _Passage) -> bool:
        """Whether all of it is what `other` begins with."""
        return self.units == other.units[: len(self.units)]

    def _all_rows(self, words: TextModel) -> NDArray[np.float32]:
        embedded = iter(words.embed([unit for unit in self.units if isinstance(unit, int)]))
        rows = [unit.embeddings if isinstance(unit, Sight) else next(embedded)[None] for unit in self.units]
        return np.concatenate(rows)


class _Sequence(_Passage):
    """A task on its way. Its units are those of the prompt, then the tokens of the answer, as they are chosen."""

    def __init__(self, task: Task, number: int) -> None:
        super().__init__(task.prompt)
        self.task = task
        self.order = (not task.urgent, number)
        self.done: Future[None] = Future()

    @property
    def unseen(self) -> Sight | None:
        """The next view to be looked at before it can read."""
        return next((sight for sight in self.sights if sight.rows is None), None)

    @property
    def answering(self) -> bool:
        """Whether it has only the token it chose last to read."""
        return self._rows is not None and len(self._rows) == 1 and len(self.units) > len(self.task.prompt)

    def say(self, token: int, words: TextModel) -> None:
        self.units.append(token)
        self._rows = words.embed([token])


class Scheduler(Closing):
    """Runs tasks on one thread of its own, which alone uses the parts. Any thread may bring a task.

    `words` splits no text here: it embeds tokens. `most_patient`: how many tasks that nobody waits for share a step.
    """

    def __init__(
        self, words: TextModel, parts: Parts, *, most_patient: int, embeddings: KeptEmbeddings | None = None
    ) -> None:
        self._words = words
        self._parts = parts
        self._most_patient = most_patient
        self._embeddings = embeddings
        self._news = threading.Condition()
        self._inbox: list[_Sequence] = []
        self._closing = False
        self._sequences: list[_Sequence] = []
        self._kept: dict[Kept, _Passage] = {}  # what lies in the context for others to go on from
        self._conversed_at = 0.0
        self._looks_patiently = False  # at a view that nobody waits for
        self._begun: dict[bytes, Iterator[NDArray[np.float32] | None]] = {}  # views that are being computed, by key
        self._free = list(range(most_patient + SPARE_SEQUENCES))
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> Future[None]:
        """Takes a task to its end, or fails with what ended it before: EngineError, or what its own methods raise."""
        sequence = _Sequence(task, next(self._numbers))
        with self._news:
            self._inbox.append(sequence)
            self._news.notify()
        if task.urgent and self._looks_patiently:
            self._parts.leave()
        return sequence.done

    def close(self) -> None:
        """Ends the thread; tasks not at their end are cancelled."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._receive():
            try:
                self._turn()
            except Exception as error:  # a part that cannot be opened, or a fault of ours: nobody is left waiting
                self._end_all(error)
        self._end_all(Cancelled("The engine was closed."))

    def _receive(self) -> bool:
        """Takes in what has come, and waits for it where there is nothing to do. False: no more will come."""
        with self._news:
            while not (self._inbox or self._sequences or self._closing):
                self._news.wait()
            come, self._inbox = self._inbox, []
        self._sequences += come
        for sequence in come:
            self._recall(sequence)
        return not self._closing

    def _turn(self) -> None:
        for sequence in list(self._sequences):
            if sequence.task.cancelled.is_set():
                self._end(sequence, Cancelled("Cancelled."))
        going = self._going()
        seen = [sequence for sequence in going if sequence.unseen is None]
        unseen = [sequence for sequence in going if sequence.unseen is not None]
        if unseen and (self._parts.sees or not seen):
            self._look(unseen[0])
        elif seen:
            self._step(seen)

    def _going(self) -> list[_Sequence]:
        """Who is worked for in this turn, in order: the first of those a person waits for, else everyone."""
        ordered = sorted(self._sequences, key=lambda sequence: sequence.order)
        return ordered[:1] if ordered and ordered[0].task.urgent else ordered

    # ---- looking

    def _recall(self, sequence: _Sequence) -> None:
        """Gives it the views that others have looked at, or that were kept."""
        seen = {sight.key: sight.rows for other in self._everyone() for sight in other.sights if sight.rows is not None}
        for sight in sequence.sights:
            rows = seen.get(sight.key)
            if rows is None and self._embeddings is not None:
                rows = self._embeddings.get(sight.key)
            if rows is not None:
                sight.see(rows)

    def _look(self, sequence: _Sequence) -> None:
        """Computes one more stage of its next view; whoever else has the same view gets it as well."""
        sight = sequence.unseen
        assert sight is not None
        assert sight.pixels is not None
        try:
            if sight.key not in self._begun:
                self._begun[sight.key] = self._tower().steps(sight.pixels)
            self._looks_patiently = not sequence.task.urgent
            rows = next(self._begun[sight.key])
            sequence.task.progress()
        except Exception as error:
            self._begun.pop(sight.key, None)
            self._end(sequence, error)
            return
        finally:
            self._looks_patiently = False
        if rows is None:
            return
        del self._begun[sight.key]
        for other in self._sequences:
            for same in other.sights:
                if same == sight:
                    same.see(rows)
        if self._embeddings is not None:
            self._embeddings.put(sight.key, rows)

    # ---- reading and answering

    def _step(self, sequences: list[_Sequence]) -> None:
        """Those of them for whom there is room read on, the answering ones first: they have one row each."""
        context = self._context()
        if not self._admit(sequences, context):
            return
        reading, pieces, left = [], [], context.batch_rows
        inside = (sequence for sequence in sequences if sequence.slot is not None)
        for sequence in sorted(inside, key=lambda each: (not each.answering, each.order)):
            if left:
                reading.append(sequence)
                pieces.append(sequence.piece(self._words, left))
                left -= len(pieces[-1].rows)
        # A step of answers alone is over sooner than all of them are read again.
        can_be_left = self._words.rolls_back or not all(sequence.answering for sequence in reading)
        try:
            context.read(pieces, stop=lambda: can_be_left and self._is_to_stop(reading))
        except EngineError as error:
            self._read_nothing(reading, error)
            return
        for number, (sequence, piece) in enumerate(zip(reading, pieces, strict=True)):
            self._go_on(sequence, context, number, len(piece.rows))

    def _is_to_stop(self, reading: Sequence[_Sequence]) -> bool:
        overtaken = not reading[0].task.urgent and any(come.task.urgent for come in self._inbox)
        return overtaken or any(sequence.task.cancelled.is_set() for sequence in reading)

    def _read_nothing(self, reading: Sequence[_Sequence], error: EngineError) -> None:
        """After a step that was left they read the same again: where the model does not roll back, from the start."""
        for sequence in reading:
            if not isinstance(error, Cancelled):
                self._end(sequence, error)
            elif not self._words.rolls_back:
                sequence.begin(0)

    def _go_on(self, sequence: _Sequence, context: TextContext, piece: int, rows: int) -> None:
        """Chooses the next token where everything has been read."""
        try:
            if not sequence.has_read(rows):
                sequence.task.progress()
                return
            token = sequence.task.choose(context.logits(piece))
        except Exception as error:
            self._end(sequence, error)
            return
        if token is None or sequence.read == sequence.task.room:
            self._end(sequence)
        else:
            sequence.say(token, self._words)

    # ---- who has a place in the context

    def _admit(self, sequences: Sequence[_Sequence], context: TextContext) -> bool:
        """Lets in who waits, in order, as far as there is room. False: a question came meanwhile."""
        for sequence in sequences:
            if sequence.slot is None:
                if not self._make_room(sequence, context):
                    return True
                try:
                    self._open(sequence, context)
                except Cancelled:
                    return False
                except EngineError as error:
                    self._end(sequence, error)
                    continue
                sequence.slot = self._free.pop()
                self._share_beginning(sequence, context)
        return True

    def _open(self, sequence: _Sequence, context: TextContext) -> None:
        """Reads what its prompt opens with, so that it can be gone on from there, now and later."""
        name = sequence.task.opens
        kept = self._kept.get(name)
        if not sequence.task.opening or (kept is not None and kept.opens(sequence)):
            return
        self._drop(name)
        opening = _Passage(sequence.units[: sequence.task.opening])
        opening.slot = self._free.pop()
        self._share_beginning(opening, context)
        self._kept[name] = opening
        try:
            all_read = False
            while not all_read:
                piece = opening.piece(self._words, context.batch_rows)
                context.read([piece], stop=lambda: self._is_to_stop([sequence]))
                all_read = opening.has_read(len(piece.rows))
                sequence.task.progress()
        except EngineError:
            self._drop(name)
            raise

    def _make_room(self, sequence: _Sequence, context: TextContext) -> bool:
        while not self._fits(sequence, context):
            patient = [active for active in self._active() if not active.task.urgent]
            if sequence.task.urgent and patient:
                self._free_slot(max(patient, key=lambda active: active.order))
            elif spare := self._spare(sequence, alone=sequence.task.urgent or not patient):
                self._drop(spare)
            else:
                return False
        return True

    def _fits(self, sequence: _Sequence, context: TextContext) -> bool:
        active = self._active()
        taken = sum(other.task.room for other in active)
        taken += sum(kept.read for kept in self._kept.values() if not kept.opens(sequence))
        has_slot = sequence.task.urgent or len(active) < self._most_patient
        return has_slot and taken + sequence.task.room <= context.size_tokens

    def _spare(self, sequence: _Sequence, *, alone: bool) -> Kept | None:
        """What it can do without. Where others are at work, only a conversation that seems to be over."""
        is_over = time.monotonic() - self._conversed_at > CONVERSATION_S
        spare = (name for name, kept in self._kept.items() if not kept.opens(sequence))
        return next((name for name in spare if alone or name == "judged" or (is_over and name != "instruction")), None)

    def _share_beginning(self, passage: _Passage, context: TextContext) -> None:
        """Goes on from what another has read of the same; where the model does not roll back, from all it has read."""
        shared = {
            other: other.in_common(passage)
            for other in self._everyone()
            if other.slot is not None and other is not passage
        }
        if not self._words.rolls_back:
            shared = {other: rows for other, rows in shared.items() if rows == other.read}
        donor = max(shared, key=lambda other: shared[other], default=None)
        if donor is not None and shared[donor]:
            assert donor.slot is not None and passage.slot is not None
            context.share(donor.slot, passage.slot, shared[donor])
            passage.begin(shared[donor])

    def _everyone(self) -> Iterator[_Passage]:
        yield from self._sequences
        yield from self._kept.values()

    def _active(self) -> list[_Sequence]:
        return [sequence for sequence in self._sequences if sequence.slot is not None]

    def _end_all(self, error: Exception) -> None:
        for sequence in list(self._sequences):
            self._end(sequence, error)

    def _end(self, sequence: _Sequence, error: Exception | None = None) -> None:
        """A person's finished conversation is kept: the next question is likely about the same picture."""
        self._sequences.remove(sequence)
        wanted = {sight.key for other in self._sequences for sight in other.sights}
        self._begun = {key: steps for key, steps in self._begun.items() if key in wanted}
        if error is None and sequence.task.urgent:
            self._drop("conversation")
            self._kept["conversation"] = sequence
            self._conversed_at = time.monotonic()
        elif sequence.slot is not None:
            self._free_slot(sequence)
        if error is None:
            sequence.done.set_result(None)
        else:
            sequence.done.set_exception(error)

    def _drop(self, name: Kept) -> None:
        if kept := self._kept.pop(name, None):
            self._free_slot(kept)

    def _free_slot(self, passage: _Passage) -> None:
        assert passage.slot is not None
        self._parts.context().forget(passage.slot)
        self._free.append(passage.slot)
        passage.leave()

    # ---- which part is in memory

    def _tower(self) -> Tower:
        """Where it takes the language model's place, all that lies in the context goes."""
        if not self._parts.together:
            for sequence in self._active():
                self._free_slot(sequence)
            for name in list(self._kept):
                self._drop(name)
        return self._parts.tower()

    def _context(self) -> TextContext:
        """Where it takes the tower's place, views that are half done are begun again later."""
        if not self._parts.together:
            self._begun.clear()
        return self._parts.context()
