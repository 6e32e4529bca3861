"""The whole measurement in one run: Tintype's engine beside llama-cpp-python's handler, and beside what must be."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import itertools
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine import models
from engine.evaluation import levers, memory, speed, waiting
from engine.evaluation.album import LONG_PX, Album
from engine.evaluation.floors import Costs, Peaks, costs, measure_peaks
from engine.evaluation.levers import Lever, Tried
from engine.evaluation.memory import PeakMemory
from engine.evaluation.rounds import Round, Shown, take_round
from engine.evaluation.sides import Handler, Tintype, Way
from engine.evaluation.speed import Speed
from engine.evaluation.steps import ALL_VIEWS, BY_NEED, Steps
from engine.evaluation.waiting import ChatWhileIndexing, SecondQuestion
from engine.hardware import survey, usable_cores
from engine.messages import Configuration, Loading, ModelFiles

_PACKAGES = ("llama-cpp-python", "onnxruntime", "numpy")
_SEVERAL = 4  # photos that show what several at once give, or as many as are in flight where those are fewer
_NEED_THE_HANDLER = {"in-turn", "levers"}


@dataclass(frozen=True)
class Options:
    """What to measure and how often.

    `parts`: any of "rounds", "in-turn", "chat-while-indexing" and "levers"; where the others are compared with the
    handler, they bring the rounds, in which alone it is measured.

    `photos`: in a mixed set, four photographs to one document; `few`: where all views are looked at; `handler_photos`:
    how many the handler describes in a round, a photograph and a document by turns; `tokens`: the length of every
    answer; `questions`: how many for each median of waiting while indexing; `handler_threads`: None: as many as
    Tintype's.
    """

    parts: tuple[str, ...]
    photos: int = 10
    few: int = 2
    handler_photos: int = 1
    rounds: int = 3
    tokens: int = 64
    questions: int = 3
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


class Result(msgspec.Struct, frozen=True):
    """What has been measured so far in one run, and after how many `rounds`; what has not is None.

    `memory`: with tower and language model loaded as Tintype chose; `memory_in_turn`: one after the other.
    `levers`: those tried so far.
    """

    model: str
    title: str
    measured_at: datetime
    seconds: float
    machine: Machine
    versions: dict[str, str]
    engine: Engine
    handler_threads: int
    costs: Costs
    rounds: int = 0
    photos: Speed | None = None
    same_views: Speed | None = None
    second_question: SecondQuestion | None = None
    memory: PeakMemory | None = None
    memory_in_turn: PeakMemory | None = None
    chat_while_indexing: ChatWhileIndexing | None = None
    levers: tuple[Lever, ...] | None = None


Part = Callable[[Result], Iterator[Result]]  # adds what it measures, step by step


def measure(model: ModelFiles, options: Options, tell: Callable[[str], None]) -> Iterator[Result]:
    """Measures the parts asked for, and gives what there is after each round and part; the last is the whole.

    `tell` is given a line before each step, and one with what it found. Raises EngineError.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(model, options, Steps(photos_to_look_at(options), tell), Path(folder))
        yield (result := bench.settled())
        for part in bench.parts():
            for more in part(result):
                result = replace(more, seconds=time.monotonic() - started)
                yield result


def photos_to_look_at(options: Options) -> float:
    """About how many photos of the handler's all parts come to, for the time left."""
    a_round = options.photos * BY_NEED + (options.few + 1) * ALL_VIEWS + options.handler_photos + 1
    estimates = {
        "rounds": options.rounds * a_round,
        "in-turn": options.few * ALL_VIEWS,
        "chat-while-indexing": options.questions * 3 * ALL_VIEWS,
        "levers": (3 * options.few + _SEVERAL) * ALL_VIEWS,
    }
    return sum(estimates[part] for part in estimates if is_wanted(part, options))


def is_wanted(part: str, options: Options) -> bool:
    return part in options.parts or (part == "rounds" and not _NEED_THE_HANDLER.isdisjoint(options.parts))


class _Bench:
    """One run: its photos, and a folder for them and for what is kept."""

    def __init__(self, model: ModelFiles, options: Options, steps: Steps, folder: Path) -> None:
        self._model = model
        self._options = options
        self._steps = steps
        self._album = Album(folder, long_px=options.long_px)
        self._by_turns = itertools.cycle((self._album.photograph, self._album.document))
        *self._before, self._as_it_runs = levers.ways(model, usable_cores(), str(folder / "cache"))
        self._with_all_views = self._before[-1]

    def settled(self) -> Result:
        """What is known once Tintype has translated, measured and chosen what it does once on a machine."""
        machine, cores = survey(), usable_cores()
        self._steps.begin("what the machine can do")
        peaks = measure_peaks(cores)
        self._steps.begin("Tintype settles in")
        with self._tintype(self._with_all_views) as tintype:
            ready = tintype.ready
        return Result(
            model=self._model.name,
            title=models.spec(self._model.name).title,
            measured_at=datetime.now(UTC),
            seconds=0.0,
            machine=Machine(machine.system, machine.processor, cores, machine.memory_bytes, peaks),
            versions={"python": platform.python_version()}
            | {name: importlib.metadata.version(name) for name in _PACKAGES},
            engine=Engine(ready.tower, ready.configuration, ready.loading, ready.at_once),
            handler_threads=self._options.handler_threads or cores,
            costs=costs(self._model),
        )

    def parts(self) -> Iterator[Part]:
        """Those asked for, what was aimed at first."""
        there_are: dict[str, Part] = {
            "rounds": self._rounds,
            "in-turn": self._in_turn,
            "chat-while-indexing": self._chat,
            "levers": self._levers,
        }
        return (part for name, part in there_are.items() if is_wanted(name, self._options))

    def _rounds(self, result: Result) -> Iterator[Result]:
        options, counted, peaks = self._options, result.costs, result.machine.peaks
        done: list[Round] = []
        with self._handler(result.handler_threads) as handler:
            for number in range(1, options.rounds + 1):
                self._steps.begin(f"round {number} of {options.rounds}")
                done.append(
                    take_round(
                        self._shown(),
                        options.tokens,
                        handler,
                        self._steps,
                        by_need=lambda: self._tintype(self._as_it_runs),
                        all_views=lambda: self._tintype(self._with_all_views),
                    )
                )
                self._steps.found(str(done[-1]))
                yield replace(
                    result,
                    rounds=number,
                    photos=speed.summed_up([one.by_need for one in done], counted, peaks),
                    same_views=speed.summed_up([one.same_views for one in done], counted, peaks),
                    second_question=waiting.second_question([one.asked for one in done], counted, peaks),
                    memory=memory.compared([one.memory.tintype for one in done], handler.memory),
                )

    def _in_turn(self, result: Result) -> Iterator[Result]:
        assert result.memory is not None
        shown = self._album.mixed(self._options.few)
        with self._tintype(in_turn(self._with_all_views)) as tintype:
            self._steps.begin(f"Tintype, loaded in turn, describes {len(shown)}", len(shown) * ALL_VIEWS)
            tintype.describe(shown, self._options.tokens)
            compared = memory.compared([tintype.memory], result.memory.handler)
        self._steps.found(f"{compared.ratio:.2f} of the handler's memory")
        yield replace(result, memory_in_turn=compared)

    def _chat(self, result: Result) -> Iterator[Result]:
        with self._tintype(self._as_it_runs) as tintype:
            chat = waiting.chat_while_indexing(
                tintype,
                self._album,
                self._steps,
                questions=self._options.questions,
                costs=result.costs,
                peaks=result.machine.peaks,
            )
        self._steps.found(f"times idle: {chat.fresh.ratio:.2f} about a new photo, {chat.seen.ratio:.2f} about one seen")
        yield replace(result, chat_while_indexing=chat)

    def _levers(self, result: Result) -> Iterator[Result]:
        """Each way on a set of its own, the last in the rounds."""
        assert result.photos is not None
        ours, theirs = result.photos.tintype, result.photos.handler
        as_it_runs = Tried(self._as_it_runs.name, result.photos.at_once, 3600 / ours.photos_an_hour, ours.views)
        tried: list[Tried] = []
        for way in self._before:
            tried.append(self._tried(way))
            yield replace(result, levers=levers.lined_up(tried, 3600 / theirs.photos_an_hour))
        yield replace(result, levers=levers.lined_up([*tried, as_it_runs], 3600 / theirs.photos_an_hour))

    def _tried(self, way: Way) -> Tried:
        with self._tintype(way) as tintype:
            shown = self._album.mixed(max(self._options.few, min(tintype.in_flight, _SEVERAL)))
            self._steps.begin(f"levers: {way.name}, of {len(shown)}", len(shown) * ALL_VIEWS)
            run = tintype.describe(shown, self._options.tokens)
        self._steps.found(str(run))
        return Tried(way.name, tintype.at_once(shown), run.photo_s, run.views)

    def _shown(self) -> Shown:
        album, options = self._album, self._options
        return Shown(
            by_need=album.mixed(options.photos),
            all_views=album.mixed(options.few),
            handler=[next(self._by_turns)() for _ in range(options.handler_photos)],
            asked=album.photograph(),
        )

    def _tintype(self, way: Way) -> Tintype:
        return Tintype(way, self._album.small())

    def _handler(self, threads: int) -> Handler:
        self._steps.begin("the handler loads")
        instruction = models.spec(self._model.name).task.order("en").whole
        return Handler(self._model, threads, instruction, self._album.small())


def in_turn(way: Way) -> Way:
    """The same with the vision tower and the language model loaded one after the other."""
    return dataclasses.replace(way, name="loaded in turn", setup=replace(way.setup, loading="in turn"))
