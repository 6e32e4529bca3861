"""Many prompts at once through one real context: each is answered as if it were alone.

Flash attention is off: its sums depend on the size of a step. Without it logits still differ by a thousandth, for where
in the pool of cells a prompt lies decides the order in which llama.cpp sums, and keys and values are kept in half
precision.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import scheduler as scheduling
from engine.embeddings import KeptEmbeddings
from engine.errors import Cancelled, ContextFull, EngineError, ModelUnusable
from engine.llama.context import Piece, TextContext
from engine.llama.text import TextModel
from engine.messages import Configuration, ModelFiles
from engine.parts import Parts
from engine.random_weights import VERSIONS
from engine.scheduler import Kept, Scheduler, Sight, Unit
from engine.slicing import Size

Stages = Callable[..., AbstractContextManager["Stage"]]

PATIENCE_S = 60
VIEW_ROWS = 64
MOST_PATIENT = 8
OPENING = [1, 2, 3]


class WatchedContext(TextContext):
    """Notes how many rows of which sequence went in with each step; `before` is called ahead of it, `within` during."""

    def __init__(self, model: TextModel, context_tokens: int) -> None:
        super().__init__(model, Configuration(threads=1, flash_attention=False, context_tokens=context_tokens))
        self.steps: list[dict[int, int]] = []
        self.before: Callable[[], object] = lambda: None
        self.within: Callable[[], object] = lambda: None

    def read(self, pieces: Sequence[Piece], stop: Callable[[], bool] = lambda: False) -> None:
        self.before()
        self.steps.append({piece.sequence: len(piece.rows) for piece in pieces})
        super().read(pieces, lambda: bool(self.within()) or stop())


class RandomTower:
    """Makes random embeddings in three stages, the same for the same pixels; `after_stage` is called with the view."""

    runtime = identity = "random"

    def __init__(self) -> None:
        self.looked_at: list[int] = []
        self.stages: list[int] = []
        self.after_stage: Callable[[], object] = lambda: None
        self.left = 0

    def steps(self, view: NDArray[np.uint8]) -> Iterator[NDArray[np.float32] | None]:
        number = int(view[0, 0, 0])
        if number == 255:
            raise EngineError("The view could not be looked at.")
        for _ in range(2):
            self.stages.append(number)
            self.after_stage()
            yield None
        self.stages.append(number)
        self.looked_at.append(number)
        yield np.random.default_rng(number).standard_normal((VIEW_ROWS, 256)).astype(np.float32)

    def leave(self) -> None:
        self.left += 1

    def encode(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        *_, embeddings = self.steps(view)
        assert embeddings is not None
        return embeddings

    def carrier(self, view: Size) -> Size:
        return view


@dataclass(eq=False)
class Recital:
    """A task that says the likeliest tokens, `length` of them, and remembers the logits they were chosen by."""

    prompt: Sequence[Unit]
    length: int = 12
    urgent: bool = False
    on_choice: Callable[[], object] = lambda: None
    room: int = 0
    opening: int = 0
    opens: Kept = "instruction"
    cancelled: threading.Event = field(default_factory=threading.Event)
    said: list[int] = field(default_factory=list)
    logits: list[NDArray[np.float32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        needed = sum(1 if isinstance(unit, int) else VIEW_ROWS for unit in self.prompt) + self.length
        self.room = self.room or needed

    def progress(self) -> None:
        pass

    def choose(self, logits: NDArray[np.float32]) -> int | None:
        self.logits.append(logits.copy())
        self.said.append(int(logits.argmax()))
        self.on_choice()
        return None if len(self.said) == self.length else self.said[-1]


@dataclass
class Stage:
    """A scheduler on a tiny model and a tower that knows what it looked at; `held`: which parts were ever in memory."""

    scheduler: Scheduler
    tower: RandomTower
    contexts: list[WatchedContext]
    held: list[set[str]]
    _all_there: threading.Event

    @property
    def steps(self) -> list[dict[int, int]]:
        return [step for context in self.contexts for step in context.steps]

    def run(self, *tasks: Recital) -> None:
        for future in self.begin(*tasks):
            future.result(PATIENCE_S)

    def begin(self, *tasks: Recital) -> list[Future[None]]:
        """All tasks are there before the first of them is worked on."""
        self._all_there.clear()
        futures = [self.scheduler.submit(task) for task in tasks]
        self._all_there.set()
        return futures


class PatientScheduler(Scheduler):
    """Begins nothing before all that is to be there has come."""

    def __init__(self, all_there: threading.Event, words: TextModel, parts: Parts, kept: KeptEmbeddings | None) -> None:
        self._all_there = all_there
        super().__init__(words, parts, most_patient=MOST_PATIENT, embeddings=kept)

    def _receive(self) -> bool:
        with self._news:
            while not (self._inbox or self._sequences or self._closing):
                self._news.wait()
        self._all_there.wait(PATIENCE_S)
        return super()._receive()


@pytest.fixture
def staged(tiny: Callable[[str], ModelFiles]) -> Stages:
    @contextmanager
    def stage(
        size_tokens: int = 4096,
        version: str = "5",
        together: bool = True,
        kept: KeptEmbeddings | None = None,
        on_read: Callable[[], object] = lambda: None,
    ) -> Iterator[Stage]:
        tower, contexts = RandomTower(), list[WatchedContext]()
        holding: set[str] = set()
        held: list[set[str]] = []
        text = Path(tiny(version).text)

        @contextmanager
        def holding_part(name: str) -> Iterator[None]:
            holding.add(name)
            held.append(set(holding))
            yield
            holding.remove(name)

        @contextmanager
        def open_tower() -> Iterator[RandomTower]:
            with holding_part("tower"):
                yield tower

        @contextmanager
        def open_context() -> Iterator[TextContext]:
            with (
                holding_part("language model"),
                TextModel(text) as model,
                WatchedContext(model, size_tokens) as context,
            ):
                context.within = on_read
                contexts.append(context)
                yield context

        with ExitStack() as stack:
            words = stack.enter_context(TextModel(text, vocabulary_only=True))
            parts = stack.enter_context(closing(Parts(open_tower, open_context, together=together)))
            if together:
                parts.tower()
            all_there = threading.Event()
            all_there.set()
            scheduler = stack.enter_context(PatientScheduler(all_there, words, parts, kept))
            yield Stage(scheduler, tower, contexts, held, all_there)

    return stage


def words(number: int) -> list[int]:
    return [int(token) for token in np.random.default_rng(number).integers(0, 256, 5 + 7 * number)]


def sight(number: int) -> Sight:
    return Sight(bytes([number]), np.full((1, 1, 3), number, np.uint8))


def unseen(units: Sequence[Unit]) -> list[Unit]:
    """The same prompt, its views with their pixels."""
    return [sight(unit.key[0]) if isinstance(unit, Sight) else unit for unit in units]


def prompt(number: int) -> list[Unit]:
    """An opening that all have in common, a view of its own, and words."""
    return [*OPENING, sight(number), *words(number)]


def assert_said_as_alone(staged: Stages, *tasks: Recital, version: str = "5") -> None:
    for task in tasks:
        alone = Recital(unseen(task.prompt), task.length)
        with staged(version=version) as stage:
            stage.run(alone)
        assert task.said == alone.said
        np.testing.assert_allclose(task.logits, alone.logits, atol=2e-3)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_said_side_by_side_is_what_is_said_alone(staged: Stages, version: str, together: bool) -> None:
    tasks = [Recital(prompt(number)) for number in range(6)]
    with staged(version=version, together=together) as stage:
        stage.run(*tasks)
        assert max(len(step) for step in stage.steps) == 6
    assert_said_as_alone(staged, *tasks, version=version)


def test_every_view_is_looked_at_before_anything_is_read(staged: Stages) -> None:
    """So that all answer side by side: a step of eight takes much less than eight steps."""
    with staged() as stage:
        stage.run(*(Recital(prompt(number), length=3) for number in range(4)))
        assert stage.tower.looked_at == [0, 1, 2, 3]
        assert [len(step) for step in stage.steps] == [4, 4, 4]


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_prompt_longer_than_a_batch_is_read_in_as_few_steps_as_it_takes(staged: Stages, version: str) -> None:
    """The last view lies in two batches."""
    task = Recital([*words(68), sight(1), *words(1)], length=2)
    with staged(version=version) as stage:
        stage.run(task)
        assert [list(step.values()) for step in stage.steps] == [[512], [481 + VIEW_ROWS + 12 - 512], [1]]


def test_a_view_that_was_looked_at_has_no_pixels(staged: Stages) -> None:
    first, alike = (Recital(prompt(1)) for _ in range(2))
    with staged() as stage:
        stage.run(first, alike)
    for unit in (*first.prompt, *alike.prompt):
        assert isinstance(unit, int) or unit.pixels is None


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_question_overtakes_between_the_stages_of_a_view(staged: Stages, version: str) -> None:
    """The view that is half done is gone on with afterwards; only then do the others read."""
    question = Recital(prompt(9), urgent=True)
    others = [Recital(prompt(number)) for number in range(3)]
    with staged(version=version) as stage:
        asked: list[Future[None]] = []
        stage.tower.after_stage = lambda: asked or asked.append(stage.scheduler.submit(question))
        for future in stage.begin(*others):
            future.result(PATIENCE_S)
        asked[0].result(PATIENCE_S)
        assert stage.tower.stages == [0, 9, 9, 9, 0, 0, 1, 1, 1, 2, 2, 2]
        assert [len(step) for step in stage.steps] == [1] * question.length + [3] * 12
    assert_said_as_alone(staged, question, *others, version=version)


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_question_overtakes_between_two_tokens_of_an_answer(staged: Stages, version: str) -> None:
    said: list[str] = []
    question = Recital(prompt(9), urgent=True, on_choice=lambda: said.append("question"))
    with staged(version=version) as stage:
        asked: list[Future[None]] = []

        def ask() -> None:
            said.append("description")
            asked or asked.append(stage.scheduler.submit(question))

        description = Recital(prompt(0), on_choice=ask)
        stage.run(description)
        asked[0].result(PATIENCE_S)
    assert said == ["description"] + ["question"] * 12 + ["description"] * 11
    assert_said_as_alone(staged, description, question, version=version)


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_question_ends_a_step_that_reads_prompts_which_is_done_again(staged: Stages, version: str) -> None:
    question = Recital(prompt(9), urgent=True)
    others = [Recital(prompt(number)) for number in range(4)]
    asked: list[Future[None]] = []

    def ask() -> None:
        if not asked:
            asked.append(stage.scheduler.submit(question))

    with staged(version=version, on_read=ask) as stage:
        stage.run(*others)
        asked[0].result(PATIENCE_S)
        cut_short, *after = [set(step) for step in stage.steps]
        assert len(cut_short) == 4
        assert [len(step) for step in after] == [1] * 12 + [4] * 12
    assert_said_as_alone(staged, question, *others, version=version)


def test_only_a_question_has_the_tower_leave_a_view_and_only_one_nobody_waits_for(staged: Stages) -> None:
    question = Recital(prompt(9), urgent=True)
    coming = iter([Recital(prompt(1)), question, Recital(prompt(8), urgent=True)])
    with staged() as stage:
        asked: list[Future[None]] = []
        left: list[int] = []

        def ask() -> None:
            asked.extend(stage.scheduler.submit(task) for task in itertools.islice(coming, 1))
            left.append(stage.tower.left)

        stage.tower.after_stage = ask
        stage.run(Recital(prompt(0)))
        for future in asked:
            future.result(PATIENCE_S)
        assert stage.tower.stages[:3] == [0, 0, 9]
        assert left[:3] == [0, 1, 1]


def test_two_questions_are_answered_in_the_order_they_were_asked(staged: Stages) -> None:
    said: list[int] = []
    questions = [Recital(prompt(n), urgent=True, on_choice=lambda n=n: said.append(n)) for n in (1, 2)]
    with staged() as stage:
        stage.run(*questions)
    assert said == [1] * 12 + [2] * 12


@pytest.mark.parametrize("version", ["5", "4_6"])
@pytest.mark.parametrize("number", [0, 2])
def test_cancelling_one_leaves_the_others_as_they_are(staged: Stages, version: str, number: int) -> None:
    tasks = [Recital(prompt(n)) for n in range(4)]
    tasks[number].on_choice = tasks[number].cancelled.set
    with staged(version=version) as stage:
        futures = stage.begin(*tasks)
        with pytest.raises(Cancelled):
            futures.pop(number).result(PATIENCE_S)
        for future in futures:
            future.result(PATIENCE_S)
    assert len(tasks.pop(number).said) == 1
    assert_said_as_alone(staged, *tasks, version=version)


def test_cancelling_is_noticed_between_the_stages_of_a_view(staged: Stages) -> None:
    first, second = Recital(prompt(0)), Recital(prompt(1))
    with staged() as stage:
        stage.tower.after_stage = first.cancelled.set
        futures = stage.begin(first, second)
        with pytest.raises(Cancelled):
            futures[0].result(PATIENCE_S)
        futures[1].result(PATIENCE_S)
        assert stage.tower.stages == [0, 1, 1, 1]


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_cancelling_is_noticed_while_prompts_are_read_and_the_others_read_again(staged: Stages, version: str) -> None:
    tasks = [Recital(prompt(n)) for n in range(3)]
    with staged(version=version, on_read=lambda: len(stage.steps) == 1 and tasks[2].cancelled.set()) as stage:
        futures = stage.begin(*tasks)
        with pytest.raises(Cancelled):
            futures.pop().result(PATIENCE_S)
        for future in futures:
            future.result(PATIENCE_S)
        begun, *after = stage.steps
        assert len(begun) == 3
        assert after[0] == {slot: rows for slot, rows in begun.items() if slot in after[0]}
    assert tasks.pop().said == []
    assert_said_as_alone(staged, *tasks, version=version)


def test_what_is_cancelled_while_it_waits_never_begins(staged: Stages) -> None:
    first, second = Recital(prompt(0), room=1024), Recital(prompt(1), room=1024)
    second.cancelled.set()
    with staged(1024) as stage:
        futures = stage.begin(first, second)
        with pytest.raises(Cancelled):
            futures[1].result(PATIENCE_S)
        futures[0].result(PATIENCE_S)
        assert stage.tower.looked_at == [0]


def test_many_wait_for_room_and_none_is_refused(staged: Stages) -> None:
    tasks = [Recital(prompt(number % 7)) for number in range(30)]
    with staged(512) as stage:
        stage.run(*tasks)
        assert 1 < max(len(step) for step in stage.steps) < 6
        assert stage.tower.looked_at == [0, 1, 2, 3, 4, 5, 6]
    assert_said_as_alone(staged, *tasks[:7])
    assert [task.said for task in tasks[7:14]] == [task.said for task in tasks[:7]]


def test_no_more_share_a_step_than_the_configuration_says(staged: Stages) -> None:
    with staged() as stage:
        stage.run(*(Recital(prompt(number % 3)) for number in range(12)))
        assert max(len(step) for step in stage.steps) == MOST_PATIENT


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_question_waits_for_no_room_and_who_was_sent_back_says_the_same(staged: Stages, version: str) -> None:
    question = Recital(prompt(9), urgent=True, room=600)
    with staged(1024, version=version) as stage:
        asked: list[Future[None]] = []
        first = Recital(prompt(0), room=400)
        second = Recital(prompt(1), room=600, length=20)
        second.on_choice = lambda: len(second.said) == 5 and asked.append(stage.scheduler.submit(question))
        for future in stage.begin(first, second):
            future.result(PATIENCE_S)
        asked[0].result(PATIENCE_S)
        assert stage.tower.looked_at == [0, 1, 9]
    assert_said_as_alone(staged, first, second, question, version=version)


def test_a_second_question_about_a_picture_reads_and_looks_at_only_what_is_new(staged: Stages) -> None:
    first = Recital([*prompt(1), 7, 8], urgent=True)
    second = Recital([*prompt(1), 9, 10, 11], urgent=True)
    with staged() as stage:
        stage.run(first)
        taken = len(stage.steps)
        stage.run(second)
        assert stage.tower.looked_at == [1]
        assert sum(stage.steps[taken].values()) == 3
    assert_said_as_alone(staged, first, second)


INSTRUCTION = [int(token) for token in np.random.default_rng(0).integers(0, 256, 70)]


def description(number: int, room: int = 0) -> Recital:
    return Recital([*INSTRUCTION, sight(number), *words(number)], opening=len(INSTRUCTION), room=room)


def question(number: int, *text: int, room: int = 0) -> Recital:
    return Recital([*OPENING, sight(number), *text], urgent=True, opens="picture", opening=len(OPENING) + 1, room=room)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_descriptions_open_with_is_read_once(staged: Stages, version: str) -> None:
    tasks = [description(number) for number in range(4)]
    with staged(version=version) as stage:
        stage.run(*tasks[:3])
        first, second, *_ = stage.steps
        assert list(first.values()) == [len(INSTRUCTION)]
        assert list(second.values()) == [VIEW_ROWS + len(words(number)) for number in range(3)]
        taken = len(stage.steps)
        stage.run(tasks[3])
        assert list(stage.steps[taken].values()) == [VIEW_ROWS + len(words(3))]
    assert_said_as_alone(staged, *tasks, version=version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_picture_that_is_asked_about_again_is_not_read_again(staged: Stages, version: str) -> None:
    """Not even by a model that does not roll back, and not after descriptions."""
    first, again = question(1, 7, 8), question(1, 9, 10, 11)
    with staged(version=version) as stage:
        stage.run(first)
        stage.run(description(2))
        taken = len(stage.steps)
        stage.run(again)
        assert list(stage.steps[taken].values()) == [3]
        assert stage.tower.looked_at == [1, 2]
    assert_said_as_alone(staged, first, again, version=version)


def test_a_conversation_is_gone_on_with_where_it_ended(staged: Stages) -> None:
    """By a model that does not roll back, if what it said is told to it as it said it."""
    first = question(1, 7, 8)
    with staged(version="4_6") as stage:
        stage.run(first)
        taken = len(stage.steps)
        second = question(1, 7, 8, *first.said, 9, 10)
        stage.run(second)
        assert list(stage.steps[taken].values()) == [3]  # also the last token, which it chose and did not read
    assert_said_as_alone(staged, second, version="4_6")


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_a_question_ends_the_reading_of_an_opening_which_is_done_again(staged: Stages, version: str) -> None:
    asking = Recital(prompt(9), urgent=True)
    tasks = [description(number) for number in range(2)]
    asked: list[Future[None]] = []

    def ask() -> None:
        if not asked:
            asked.append(stage.scheduler.submit(asking))

    with staged(version=version, on_read=ask) as stage:
        stage.run(*tasks)
        asked[0].result(PATIENCE_S)
        steps = [list(step.values()) for step in stage.steps]
        assert steps[0] == [len(INSTRUCTION)]
        assert steps[13] == [len(INSTRUCTION)]
        assert len(steps[14]) == 2
    assert_said_as_alone(staged, asking, *tasks, version=version)


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_what_is_kept_makes_room_for_a_question_that_needs_all(staged: Stages, version: str) -> None:
    large = question(3, 7, room=512)
    tasks = [description(1), description(2)]
    with staged(512, version=version) as stage:
        stage.run(tasks[0])
        stage.run(question(4, 5, 6))
        stage.run(large)
        stage.run(tasks[1])
    assert_said_as_alone(staged, large, *tasks, version=version)


def test_a_picture_that_had_to_make_room_is_taken_from_the_conversation_about_it(staged: Stages) -> None:
    pictures = [*OPENING, sight(1), sight(2)]
    first, again = (
        Recital([*pictures, *text], urgent=True, opens="picture", opening=len(pictures)) for text in ([7, 8], [9])
    )
    with staged(512) as stage:
        stage.run(first)
        stage.run(description(3, room=360))  # for which the conversation can stay, and the picture apart cannot
        taken = len(stage.steps)
        stage.run(again)
        assert [sum(step.values()) for step in stage.steps[taken : taken + 2]] == [VIEW_ROWS, 1]
    assert_said_as_alone(staged, again)


def test_an_instruction_in_another_language_takes_the_place_of_the_last(staged: Stages) -> None:
    other = Recital([*reversed(INSTRUCTION), sight(1), *words(1)], opening=len(INSTRUCTION))
    with staged() as stage:
        stage.run(description(0), other, description(2))
        read_apart = [list(step.values()) for step in stage.steps if len(step) == 1]
        assert read_apart == [[len(INSTRUCTION)], [len(INSTRUCTION)], [1]]  # the third goes on from the first photo's
    assert_said_as_alone(staged, other)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("version", ["5", "4_6"])
def test_what_was_kept_is_not_looked_at_again(staged: Stages, tmp_path: Path, version: str, together: bool) -> None:
    """Not for another question nor for a description, nor by the next process."""
    kept = KeptEmbeddings(tmp_path, 10_000_000)
    with staged(version=version, together=together, kept=kept) as stage:
        stage.run(Recital(prompt(1), urgent=True), Recital([sight(1), *words(3)]))
        assert stage.tower.looked_at == [1]
    task = Recital([*prompt(1), sight(2)])
    with staged(version=version, together=together, kept=KeptEmbeddings(tmp_path, 10_000_000)) as stage:
        stage.run(task)
        assert stage.tower.looked_at == [2]
    alone = Recital(unseen(task.prompt))
    with staged(version=version) as stage:
        stage.run(alone)
    np.testing.assert_allclose(task.logits[0], alone.logits[0], atol=0.02)  # kept in half precision


def test_the_last_conversation_is_kept_for_a_while_from_those_for_whom_nobody_waits(
    staged: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Recital([*prompt(1), 7, 8], urgent=True, room=300)
    again = Recital([*prompt(1), 9], urgent=True, room=300)
    with staged(512) as stage:
        stage.run(question)
        stage.run(Recital(prompt(2), room=200), Recital(prompt(3), room=200))
        taken = len(stage.steps)
        stage.run(again)
        assert sum(stage.steps[taken].values()) == 1
        monkeypatch.setattr(scheduling, "CONVERSATION_S", -1.0)
        stage.run(Recital(prompt(2), room=220), Recital(prompt(3), room=220))
        assert len(stage.steps[-1]) == 2
        assert stage.tower.looked_at == [1, 2, 3, 2, 3]


def test_another_picture_takes_the_room_of_the_last_conversation(staged: Stages) -> None:
    with staged(512) as stage:
        for number in (1, 2, 3, 1):
            stage.run(Recital(prompt(number), urgent=True, room=512))
        assert stage.tower.looked_at == [1, 2, 3, 1]


def test_in_turn_the_parts_change_places_only_when_one_has_nothing_left_to_do(staged: Stages) -> None:
    with staged(together=False) as stage:
        stage.run(*(Recital(prompt(number)) for number in range(12)))
        assert stage.tower.looked_at == list(range(12))
        assert stage.held == [{"tower"}, {"language model"}]


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_in_turn_a_question_in_the_middle_of_answers_changes_nothing_of_what_is_said(
    staged: Stages, version: str
) -> None:
    """They have to give up their place in the context, and read all of it again, also what they had said."""
    question = Recital(prompt(9), urgent=True)
    with staged(version=version, together=False) as stage:
        asked: list[Future[None]] = []
        first, second = Recital(prompt(0)), Recital(prompt(1))
        second.on_choice = lambda: len(second.said) == 5 and asked.append(stage.scheduler.submit(question))
        stage.run(first, second)
        asked[0].result(PATIENCE_S)
        assert stage.held == [{"tower"}, {"language model"}] * 2
    assert_said_as_alone(staged, first, second, question, version=version)


def test_one_that_fails_fails_alone(staged: Stages) -> None:
    def fail() -> None:
        raise ContextFull("Too much was said.")

    tasks = [Recital(prompt(0)), Recital(prompt(1), on_choice=fail), Recital(prompt(255)), Recital(prompt(2))]
    with staged() as stage:
        first, spoke, looked, last = stage.begin(*tasks)
        with pytest.raises(ContextFull, match="Too much was said"):
            spoke.result(PATIENCE_S)
        with pytest.raises(EngineError, match="could not be looked at"):
            looked.result(PATIENCE_S)
        first.result(PATIENCE_S)
        last.result(PATIENCE_S)
    assert_said_as_alone(staged, tasks[0], tasks[3])


def test_a_part_that_cannot_be_opened_is_said_to_all_who_wait(tiny: Callable[[str], ModelFiles]) -> None:
    def fail() -> AbstractContextManager[TextContext]:
        raise ModelUnusable("There is no room for the model to work in.")

    @contextmanager
    def open_tower() -> Iterator[RandomTower]:
        yield RandomTower()

    with (
        TextModel(Path(tiny("5").text), vocabulary_only=True) as model,
        Scheduler(model, Parts(open_tower, fail, together=False), most_patient=2) as scheduler,
    ):
        for future in [scheduler.submit(Recital(prompt(number))) for number in range(3)]:
            with pytest.raises(ModelUnusable, match="no room"):
                future.result(PATIENCE_S)


def test_closing_ends_those_who_wait(staged: Stages) -> None:
    begun = threading.Event()
    with staged() as stage:
        futures = stage.begin(Recital(prompt(0), length=3000, on_choice=begun.set), Recital(prompt(1), length=3000))
        assert begun.wait(PATIENCE_S)
    for future in futures:
        with pytest.raises(Cancelled):
            future.result(PATIENCE_S)
