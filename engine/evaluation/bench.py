"""The whole measurement in one run: Tintype's engine beside llama-cpp-python's handler, and beside what must be."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine import models
from engine.evaluation import levers, speed, waiting
from engine.evaluation.album import LONG_PX, Album
from engine.evaluation.floors import Costs, Peaks, costs, measure_peaks
from engine.evaluation.levers import Lever
from engine.evaluation.memory import Memory
from engine.evaluation.sides import Handler, Run, Tintype, Way
from engine.evaluation.speed import Speed
from engine.evaluation.steps import OURS, Steps
from engine.evaluation.waiting import ChatWhileIndexing, SecondQuestion
from engine.hardware import survey, usable_cores
from engine.messages import Configuration, Loading, ModelFiles

_PACKAGES = ("llama-cpp-python", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Options:
    """What to measure and how often.

    `parts`: any of "photos", "same-views", "levers", "memory", "second-question" and "chat-while-indexing".

    `photos`: in a mixed set, four photographs to one document; `handler_photos`: how many of each kind the handler
    describes in a round, each standing for all of its kind; `tokens`: the length of every answer; `questions`: how
    many for each median of waiting; `handler_threads`: None: as many as Tintype's.
    """

    parts: tuple[str, ...]
    photos: int = 5
    handler_photos: int = 1
    rounds: int = 3
    tokens: int = 64
    questions: int = 5
    handler_threads: int | None = None
    long_px: int = LONG_PX


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured."""

    system: str
    processor: str
    cores: int
    memory_bytes: int
    peaks: Peaks


class Engine(msgspec.Struct, frozen=True):
    """How Tintype's side said it runs."""

    tower: str | None
    configuration: Configuration | None
    loading: Loading | None
    at_once: int


class PeakMemory(msgspec.Struct, frozen=True):
    """Of the processes that hold the model, while they described a set of photos.

    `ratio` and `in_turn_ratio`: Tintype's peak to the handler's, with tower and language model loaded as Tintype
    chose, and one after the other.
    """

    tintype: Memory
    in_turn: Memory
    handler: Memory
    ratio: float
    in_turn_ratio: float


class Result(msgspec.Struct, frozen=True):
    """Everything measured in one run; a part that was not asked for is None."""

    model: str
    title: str
    measured_at: datetime
    seconds: float
    machine: Machine
    versions: dict[str, str]
    engine: Engine
    handler_threads: int
    costs: Costs
    photos: Speed | None
    same_views: Speed | None
    levers: tuple[Lever, ...] | None
    memory: PeakMemory | None
    second_question: SecondQuestion | None
    chat_while_indexing: ChatWhileIndexing | None


def measure(model: ModelFiles, options: Options, tell: Callable[[str], None]) -> Result:
    """Measures the parts asked for; `tell` is given a line before each step. Raises EngineError."""
    started = time.monotonic()
    machine, cores = survey(), usable_cores()
    tell("what the machine can do")
    peaks, counted = measure_peaks(cores), costs(model)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        steps = Steps(photos_to_look_at(options), tell)
        bench = _Bench(model, options, steps, stack, Path(folder), counted, peaks)
        engine = bench.engine()
        return Result(
            model=model.name,
            title=models.spec(model.name).title,
            measured_at=datetime.now(UTC),
            machine=Machine(machine.system, machine.processor, cores, machine.memory_bytes, peaks),
            versions={"python": platform.python_version()}
            | {name: importlib.metadata.version(name) for name in _PACKAGES},
            engine=engine,
            handler_threads=bench.handler_threads,
            costs=counted,
            photos=bench.speed(bench.as_it_runs) if "photos" in options.parts else None,
            same_views=bench.speed(bench.with_all_views) if "same-views" in options.parts else None,
            levers=bench.levers() if "levers" in options.parts else None,
            memory=bench.memory() if "memory" in options.parts else None,
            second_question=bench.second_question() if "second-question" in options.parts else None,
            chat_while_indexing=bench.chat() if "chat-while-indexing" in options.parts else None,
            seconds=time.monotonic() - started,
        )


def photos_to_look_at(options: Options) -> float:
    """About how many photos of the handler's all parts come to, for the time left."""
    ours, theirs = options.photos * OURS, 2.0 * options.handler_photos
    parts = {
        "photos": options.rounds * (ours + theirs),
        "same-views": options.rounds * (ours + theirs),
        "levers": 5 * ours + theirs,
        "memory": 2 * ours + 1,
        "second-question": options.rounds * (OURS + 1),
        "chat-while-indexing": options.questions * 3 * OURS,
    }
    return sum(parts[part] for part in options.parts)


class _Bench:
    """One run: its photos, the handler (loaded with the first part that needs it), and a folder for what is kept."""

    def __init__(
        self,
        model: ModelFiles,
        options: Options,
        steps: Steps,
        stack: ExitStack,
        folder: Path,
        counted: Costs,
        peaks: Peaks,
    ) -> None:
        self._model = model
        self._options = options
        self._steps = steps
        self._stack = stack
        self._costs = counted
        self._peaks = peaks
        self._album = Album(folder, long_px=options.long_px)
        threads = usable_cores()
        self.handler_threads = options.handler_threads or threads
        self._ways = levers.ways(model, threads, str(folder / "cache"))
        self.with_all_views, self.as_it_runs = self._ways[-2:]

    def engine(self) -> Engine:
        """Translates, measures and chooses what Tintype does once on a machine."""
        self._steps.begin("Tintype settles in")
        with self._tintype(self.with_all_views) as tintype:
            ready = tintype.ready
            return Engine(ready.tower, ready.configuration, ready.loading, ready.at_once)

    def speed(self, way: Way) -> Speed:
        options, handler = self._options, self._handler
        with self._tintype(way) as tintype:
            rounds = speed.compare(
                tintype,
                handler,
                self._album,
                self._steps,
                photos=options.photos,
                handler_photos=options.handler_photos,
                rounds=options.rounds,
                tokens=options.tokens,
            )
            return speed.summed_up(rounds, tintype.in_flight, self._costs, self._peaks)

    def levers(self) -> tuple[Lever, ...]:
        """Every way on a set of its own; the handler on photos of the first."""
        options, handler = self._options, self._handler
        done: list[tuple[Way, int, Run]] = []
        for way in self._ways:
            shown = self._album.mixed(options.photos)
            with self._tintype(way) as tintype:
                self._steps.begin(f"levers: {way.name}", ours=options.photos)
                done.append((way, tintype.in_flight, tintype.describe(shown, options.tokens)))
        chosen = speed.first_of_each_kind(shown, options.handler_photos)
        self._steps.begin(f"levers: the handler, {len(chosen)} photos", theirs=len(chosen))
        lengths = [done[-1][2].shots[place].tokens for place in chosen]
        theirs = handler.describe([shown[place] for place in chosen], lengths)
        return levers.lined_up(done, speed.Round(shown, chosen, done[-1][2], theirs).handler_photo_s)

    def memory(self) -> PeakMemory:
        options = self._options
        self._steps.begin("memory: the handler, 1 photo", theirs=1)
        self._handler.describe([self._album.photograph()], [options.tokens])
        theirs = self._handler.memory
        ours = []
        for way in (self.with_all_views, in_turn(self.with_all_views)):
            with self._tintype(way) as tintype:
                self._steps.begin(f"memory: Tintype, {way.name}, {options.photos} photos", ours=options.photos)
                tintype.describe(self._album.mixed(options.photos), options.tokens)
                ours.append(tintype.memory)
        together, alone = ours
        handler_bytes = theirs.peak_bytes
        return PeakMemory(
            together, alone, theirs, together.peak_bytes / handler_bytes, alone.peak_bytes / handler_bytes
        )

    def second_question(self) -> SecondQuestion:
        handler = self._handler
        with self._tintype(self.with_all_views) as tintype:
            return waiting.second_question(
                tintype,
                handler,
                self._album,
                self._steps,
                photos=self._options.rounds,
                costs=self._costs,
                peaks=self._peaks,
            )

    def chat(self) -> ChatWhileIndexing:
        with self._tintype(self.as_it_runs) as tintype:
            return waiting.chat_while_indexing(
                tintype,
                self._album,
                self._steps,
                questions=self._options.questions,
                costs=self._costs,
                peaks=self._peaks,
            )

    def _tintype(self, way: Way) -> Tintype:
        return Tintype(way, self._album.small())

    @cached_property
    def _handler(self) -> Handler:
        self._steps.begin("the handler loads")
        instruction = models.spec(self._model.name).task.order("en").whole
        handler = Handler(self._model, self.handler_threads, instruction, self._album.small())
        return self._stack.enter_context(handler)


def in_turn(way: Way) -> Way:
    """The same with the vision tower and the language model loaded one after the other."""
    return dataclasses.replace(way, name="loaded in turn", setup=replace(way.setup, loading="in turn"))
