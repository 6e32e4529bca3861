"""A child process of ours on two pipes, kept alive: a crash or a hang costs a restart, not an answer.

Any thread may ask. When the process dies, what was in flight is asked again of a new one, one request after another,
so that each stands for itself: only what was alone with a process that died, and with another one, is given up as
EngineCrashed. A process that leaks is replaced between two requests.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from engine.errors import Cancelled, EngineCrashed, EngineError
from engine.messages import Cancel, Failed, Ready, Token, Working
from engine.process import POLL_S, Died, Growth, Process

MOST_GROWTH_BYTES = 1 << 30  # leaks of llama.cpp were reported at 10 MB an inference: about a hundred of them

_TO_BLAME = 2.0  # two crashes or hangs, or twenty ends by somebody else's hand (of a child that starts, five)

Build = Callable[[int], msgspec.Struct]
Reply = TypeVar("Reply", bound=msgspec.Struct)


@dataclass(frozen=True, order=True)
class _Turn:
    """A request that wants to be sent: the urgent first, then in order."""

    patient: bool
    number: int
    alone: bool = field(compare=False)


class Child:
    """Keeps one process of `module` (a module that calls serving.serve) alive and asks it; thread-safe.

    `setup` is sent first, `replies` is the union of the types it may answer with besides Ready, Working and Failed.
    A process that says nothing for `hang_s` while somebody waits is ended. One that has grown by more than
    `most_growth_bytes` and more than half over what it held after its first requests is asked nothing more, but for
    what is urgent; once it has answered what it was asked, a new one takes its place.
    """

    def __init__(
        self,
        module: str,
        setup: msgspec.Struct,
        replies: Any,
        *,
        hang_s: float = 300.0,
        most_growth_bytes: int = MOST_GROWTH_BYTES,
    ) -> None:
        self._module = module
        self._setup = setup
        self._decoder = msgspec.msgpack.Decoder(replies | Ready | Working | Failed)
        self._hang_s = hang_s
        self._most_growth_bytes = most_growth_bytes
        self._numbers = itertools.count(1)
        self._starting = threading.Lock()
        self._changed = threading.Condition()
        self._suspects: list[_Turn] = []  # waiting to be asked alone, the next one first
        self._process: Process | None = None
        self._starts = 0
        self._recycled = 0
        self._closed = False

    def start(self, *, cancel: threading.Event | None = None) -> Ready:
        """Starts the process unless it runs, and waits until it is ready. Raises EngineError."""
        return self._started(cancel).greeted(cancel)

    def call(
        self, build: Build, expected: type[Reply], *, urgent: bool = False, cancel: threading.Event | None = None
    ) -> Reply:
        """Asks `build(number)` and returns its one reply. Raises EngineError."""
        (reply,) = self.stream(build, urgent=urgent, cancel=cancel)
        assert isinstance(reply, expected)
        return reply

    def stream(
        self, build: Build, *, urgent: bool = False, cancel: threading.Event | None = None
    ) -> Generator[msgspec.Struct, None, None]:
        """Asks `build(number)` and yields its Tokens, then its last reply. Raises EngineError.

        After a death it is built and asked anew, so that it may say what was already yielded.
        """
        alone, blame = False, 0.0
        while True:
            turn = _Turn(not urgent, next(self._numbers), alone)
            try:
                with contextlib.closing(self._attempt(turn, build, cancel)) as replies:
                    yield from replies
                return
            except Died as death:
                alone |= death.suspected
                blame += death.blame
                if blame >= _TO_BLAME:
                    raise self._crashed(death) from None

    @property
    def running(self) -> bool:
        process = self._process
        return process is not None and process.running

    @property
    def ready(self) -> Ready | None:
        """What the process said when it was ready; None where none runs."""
        process = self._process
        return process.ready if process is not None and process.running else None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.running else None

    @property
    def restarts(self) -> int:
        """How many processes took the place of one that had died."""
        return max(0, self._starts - 1 - self._recycled)

    @property
    def recycled(self) -> int:
        """How many processes were replaced because they had grown."""
        return self._recycled

    @property
    def memory_bytes(self) -> int:
        process = self._process
        return process.memory_bytes() if process is not None and process.running else 0

    def close(self) -> None:
        """Ends the process; whoever waits gets Cancelled. Cannot be started again."""
        self._closed = True
        if (starting := self._process) is not None:
            starting.close()
        with self._starting:
            if self._process is not None:
                self._process.close()

    def _attempt(
        self, turn: _Turn, build: Build, cancel: threading.Event | None
    ) -> Generator[msgspec.Struct, None, None]:
        process = self._entered(turn, cancel)
        answered = False
        try:
            process.send(build(turn.number))
            while not answered:
                reply = process.next_reply(turn.number, hang_s=self._hang_s, cancel=cancel)
                answered = not isinstance(reply, Token)
                yield reply
        except EngineError as error:
            answered = not isinstance(error, Cancelled)
            raise
        finally:
            process.leave(turn.number)
            if not answered:
                process.send(Cancel(turn.number))

    # ---- whose turn it is

    def _entered(self, turn: _Turn, cancel: threading.Event | None) -> Process:
        """Waits for a process that may be sent this request now, and enters it there. Raises EngineError."""
        with self._queued(turn):
            while True:
                process = self._started(cancel)
                with self._changed:
                    if process.is_outgrown and process.is_idle:
                        process.is_retired = True
                    elif self._may_enter(process, turn):
                        process.enter(turn.number, alone=turn.alone)
                        return process
                    else:
                        self._changed.wait(POLL_S)

    @contextlib.contextmanager
    def _queued(self, turn: _Turn) -> Generator[None, None, None]:
        if not turn.alone:
            yield
            return
        with self._changed:
            bisect.insort(self._suspects, turn)
        try:
            yield
        finally:
            with self._changed:
                self._suspects.remove(turn)
                self._changed.notify_all()

    def _may_enter(self, process: Process, turn: _Turn) -> bool:
        """Suspects go one by one and before everything that is not urgent."""
        if turn.alone:
            return process.is_idle and self._suspects[0] == turn
        if turn.patient and (self._suspects or process.is_outgrown):
            return False
        return not process.is_taken

    # ---- the process

    def _started(self, cancel: threading.Event | None) -> Process:
        """The process, once it is ready. Raises EngineError: EngineCrashed where new ones die again and again."""
        process = self._process
        if process is not None and process.usable and process.ready is not None:
            self._raise_if_over(cancel)
            return process
        while not self._starting.acquire(timeout=POLL_S):
            self._raise_if_over(cancel)
        try:
            blame = 0.0
            while True:
                self._raise_if_over(cancel)
                process = self._usable_process()
                try:
                    process.greeted(cancel)
                    return process
                except Died as death:
                    blame += death.blame
                    if blame >= _TO_BLAME:
                        raise self._crashed(death) from None
        finally:
            self._starting.release()

    def _usable_process(self) -> Process:
        if self._process is not None:
            if self._process.usable:
                return self._process
            self._process.close()
            self._recycled += self._process.is_retired
        self._starts += 1
        growth = Growth(self._most_growth_bytes)
        self._process = Process(self._module, self._setup, self._decoder, self._changed, growth)
        return self._process

    def _raise_if_over(self, cancel: threading.Event | None) -> None:
        if self._closed:
            raise Cancelled("The engine was closed.")
        if cancel is not None and cancel.is_set():
            raise Cancelled("Cancelled.")

    def _crashed(self, death: Died) -> EngineError:
        if self._closed:
            return Cancelled("The engine was closed.")
        return EngineCrashed(f"The engine stopped working ({death.how}).")
