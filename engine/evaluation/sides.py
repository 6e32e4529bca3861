"""The two sides of a comparison, Tintype and llama-cpp-python's handler, on the same photos, questions and lengths."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import msgspec

from engine.child import Child
from engine.closing import Closing
from engine.errors import Cancelled, ModelUnusable
from engine.evaluation.album import Photo, shifted
from engine.evaluation.handler import Question, Shot
from engine.evaluation.memory import Memory, MemoryWatch
from engine.messages import Answered, Ask, Describe, Described, ModelFiles, Picture, Setup, TextRead, Token, Turn
from engine.process import environment

MOST_VIEWS = 10  # what llama.cpp's rule cuts a camera's photo into

Views = Callable[[Picture], int]  # the most views a picture may get


@contextmanager
def all_views() -> Iterator[Views]:
    yield lambda _picture: MOST_VIEWS


@dataclass(frozen=True)
class Way:
    """A way to run Tintype's side. `in_flight`: photos at once; None: as many as the engine says are best.

    `views`: opens what decides on views for as long as it is needed; its time counts.
    """

    name: str
    setup: Setup
    views: Callable[[], AbstractContextManager[Views]] = all_views
    in_flight: int | None = None


class Run(msgspec.Struct, frozen=True):
    """Photos described: `seconds` by the clock for all of them, however many were in flight together."""

    seconds: float
    shots: tuple[Shot, ...]

    @property
    def photo_s(self) -> float:
        return self.seconds / len(self.shots)

    @property
    def views(self) -> float:
        """Of a photo, on the mean."""
        return sum(shot.views for shot in self.shots) / len(self.shots)

    def __str__(self) -> str:
        tokens = sum(shot.tokens for shot in self.shots) / len(self.shots)
        return f"{self.photo_s:.2f} s a photo, {self.views:.1f} views and {tokens:.0f} tokens each"


class Tintype(Closing):
    """Our engine's child, run in one way. Any thread may ask; closes itself at the end of a `with`."""

    def __init__(self, way: Way, warm_up: Photo) -> None:
        """Loads, and looks at `warm_up`. Raises EngineError."""
        with ExitStack() as opening:
            self._child = Child("engine", way.setup, Token | Described | Answered | TextRead)
            opening.callback(self._child.close)
            self.ready = self._child.start()
            assert self._child.pid is not None
            self._watch = MemoryWatch(self._child.pid)
            opening.callback(self._watch.close)
            self._views = opening.enter_context(way.views())
            self.in_flight = way.in_flight or self.ready.at_once
            self._describe(warm_up.decoded(), 4)
            self._opened = opening.pop_all()

    def close(self) -> None:
        self._opened.close()

    @property
    def memory(self) -> Memory:
        return self._watch.memory

    def at_once(self, photos: Sequence[Photo]) -> int:
        """How many of them are in flight together."""
        return min(self.in_flight, len(photos))

    def describe(self, photos: Sequence[Photo], max_tokens: int) -> Run:
        """Describes all of them, `in_flight` at a time, each from its JPEG file on."""
        pool = ThreadPoolExecutor(self.in_flight)
        started = time.monotonic()
        try:
            shots = tuple(pool.map(lambda photo: self._timed(photo, max_tokens), photos))
        except BaseException:
            self._child.close()  # whoever waits in the pool is told at once
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return Run(time.monotonic() - started, shots)

    def first_token_s(self, photo: Photo, question: str, history: Sequence[Turn] = (), max_views: int = 10) -> float:
        """Seconds from the JPEG file to the first token of an answer."""
        started = time.monotonic()
        picture = photo.decoded()
        for _ in self._child.stream(
            lambda number: Ask(number, (picture,), question, tuple(history), max_views=max_views, max_tokens=1)
        ):
            pass  # a piece of text, unless the one token made none, and the end
        return time.monotonic() - started

    @contextmanager
    def indexing(self, photo: Photo) -> Iterator[None]:
        """Keeps as many photos like this one in flight as are best, until the end of the `with`."""
        stop, picture = threading.Event(), photo.decoded()

        def work(worker: int) -> None:
            try:
                for turn in range(1, 1_000_000):
                    self._describe(shifted(picture, turn * self.in_flight + worker), 512, stop)
            except Cancelled:
                return

        workers = [threading.Thread(target=work, args=(number,)) for number in range(self.in_flight)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            stop.set()
            for worker in workers:
                worker.join()

    def _timed(self, photo: Photo, max_tokens: int) -> Shot:
        started = time.monotonic()
        described = self._describe(photo.decoded(), max_tokens)
        return Shot(time.monotonic() - started, described.views, described.tokens)

    def _describe(self, picture: Picture, max_tokens: int, cancel: threading.Event | None = None) -> Described:
        views = self._views(picture)
        return self._child.call(
            lambda number: Describe(number, picture, max_views=views, max_tokens=max_tokens), Described, cancel=cancel
        )


class Handler(Closing):
    """The baseline in its own process, kept loaded. Closes itself at the end of a `with`."""

    def __init__(self, model: ModelFiles, threads: int, instruction: str, warm_up: Photo) -> None:
        """Loads, and looks at `warm_up`. `instruction`: what it is told to describe a photo with. ModelUnusable."""
        self._name = model.name
        self._instruction = instruction
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed with the rest
        command = [sys.executable, "-m", "engine.evaluation.handler", model.text, model.vision, str(threads)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=environment()
        )
        self._watch = MemoryWatch(self._process.pid)
        try:
            self.first_token_s(warm_up, instruction)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._watch.close()
        self._stderr.close()

    @property
    def memory(self) -> Memory:
        return self._watch.memory

    def describe(self, photos: Sequence[Photo], tokens: int) -> Run:
        """Describes one after another, each in `tokens` tokens."""
        shots = tuple(self._ask(Question(str(photo.path), self._instruction, tokens)) for photo in photos)
        return Run(sum(shot.seconds for shot in shots), shots)

    def first_token_s(self, photo: Photo, question: str, history: Sequence[Turn] = ()) -> float:
        """Seconds from the JPEG file to the first token of an answer."""
        return self._ask(Question(str(photo.path), question, 1, tuple(history))).seconds

    def _ask(self, question: Question) -> Shot:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(msgspec.json.encode(question) + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._unusable() from None
        if not (line := self._process.stdout.readline()):
            raise self._unusable()
        return msgspec.json.decode(line, type=Shot)

    def _unusable(self) -> ModelUnusable:
        self._process.wait()
        self._stderr.seek(0)
        last_words = self._stderr.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        return ModelUnusable(f"llama-cpp-python's handler, the baseline, cannot use {self._name}: {last_words}")
