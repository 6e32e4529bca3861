"""The child's side of the pipes: takes its set-up, gives the network away, then answers requests until its parent goes.

Frames go out on what was stdout; file descriptor 1 then leads to stderr, so that nothing a C library prints can break a
frame. One thread reads requests, the main thread works them off: the lowest priority number first, then in order. Where
the service interleaves by itself, each is answered on a thread of its own as soon as it comes.
"""

from __future__ import annotations

import itertools
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import msgspec

from engine import sandbox
from engine.errors import Cancelled, EngineError, NotSandboxed
from engine.messages import Cancel, Configuration, Failed, Loading, Ready
from engine.wire import WireError, read_frame, write_frame

_MOST_AT_ONCE = 1000  # they only wait: what is worked on at once, the service decides

Send = Callable[[msgspec.Struct], None]


class Handle(Protocol):
    """Answers one request: may send pieces, returns the last reply, raises EngineError; looks at `cancelled` often."""

    def __call__(self, request: Any, send: Send, cancelled: threading.Event) -> msgspec.Struct: ...


@dataclass(frozen=True)
class Service:
    """What a child offers once it is set up: how it answers, and what it holds and how it works (for Ready)."""

    handle: Handle
    model: str | None = None
    reader: str | None = None
    tower: str | None = None
    configuration: Configuration | None = None
    loading: Loading | None = None
    at_once: int = 1
    priority: Callable[[Any], int] = lambda _request: 0
    interleaves: bool = False  # `handle` may be called by many threads at once, and puts them in order itself


Open = Callable[[Any], AbstractContextManager[Service]]


@dataclass(order=True)
class _Job:
    priority: float
    number: int
    request: Any = field(compare=False)
    cancelled: threading.Event = field(compare=False, default_factory=threading.Event)


def serve(setup: Any, requests: Any, open_service: Open) -> None:
    """Runs the child until its stdin ends.

    `setup`: type of the first frame; `requests`: union of the types of all others, each with an `id`; `open_service`
    makes the Service from the set-up, inside the sandbox.
    """
    frames_out = _claim_stdout()
    frames_in = sys.stdin.buffer
    message = read_frame(frames_in, msgspec.msgpack.Decoder(setup))
    if message is None:
        return
    started = time.monotonic()
    try:
        sandboxed = _enter_sandbox()
        with open_service(message) as service:
            load_s = time.monotonic() - started
            write_frame(frames_out, _ready(service, sandboxed=sandboxed, load_s=load_s))
            _Server(service, frames_in, frames_out, msgspec.msgpack.Decoder(requests | Cancel)).run()
    except EngineError as error:
        write_frame(frames_out, Failed(0, error.code, str(error)))
    except BrokenPipeError:
        pass  # the parent is gone: nobody to tell


def _ready(service: Service, *, sandboxed: bool, load_s: float) -> Ready:
    return Ready(
        service.model,
        service.reader,
        sandboxed=sandboxed,
        load_s=load_s,
        tower=service.tower,
        configuration=service.configuration,
        loading=service.loading,
        at_once=service.at_once,
    )


def _claim_stdout() -> BinaryIO:
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames_out


def _enter_sandbox() -> bool:
    try:
        enforced = sandbox.enter()
    except OSError as error:
        raise NotSandboxed(f"This system would not take the network away from the engine: {error}") from error
    if not sandbox.prove():
        raise NotSandboxed("The engine could still open a network connection, so it was not started.")
    return enforced


class _Server:
    """The queue between the thread that reads requests and the main thread that answers them."""

    def __init__(self, service: Service, frames_in: BinaryIO, frames_out: BinaryIO, decoder: Any) -> None:
        self._service = service
        self._frames_in = frames_in
        self._frames_out = frames_out
        self._decoder = decoder
        self._waiting: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._jobs: dict[int, _Job] = {}  # by request id, waiting or being worked on
        self._sending = threading.Lock()
        self._numbers = itertools.count()

    def run(self) -> None:
        threading.Thread(target=self._receive, name="requests", daemon=True).start()
        with ThreadPoolExecutor(_MOST_AT_ONCE) as threads:  # at its end waits for all of them
            while (job := self._waiting.get()).request is not None:
                if self._service.interleaves:
                    threads.submit(self._work_off, job)
                else:
                    self._work_off(job)

    def _work_off(self, job: _Job) -> None:
        self._send(self._answer(job))
        self._jobs.pop(job.request.id, None)

    def _receive(self) -> None:
        try:
            while (request := read_frame(self._frames_in, self._decoder)) is not None:
                if isinstance(request, Cancel):
                    self._cancel(request.id)
                else:
                    self._enqueue(request)
        except WireError:
            traceback.print_exc()
        for number in list(self._jobs):
            self._cancel(number)
        self._waiting.put(_Job(float("-inf"), next(self._numbers), None))

    def _enqueue(self, request: Any) -> None:
        job = _Job(self._service.priority(request), next(self._numbers), request)
        self._jobs[request.id] = job
        self._waiting.put(job)

    def _cancel(self, number: int) -> None:
        if job := self._jobs.get(number):
            job.cancelled.set()

    def _answer(self, job: _Job) -> msgspec.Struct:
        try:
            if job.cancelled.is_set():
                raise Cancelled("Cancelled before it was begun.")
            return self._service.handle(job.request, self._send, job.cancelled)
        except EngineError as error:
            return Failed(job.request.id, error.code, str(error))
        except Exception as error:  # a fault of ours must fail one request, not all that wait behind it
            traceback.print_exc()
            return Failed(job.request.id, EngineError.code, f"The engine has a fault: {error!r}")

    def _send(self, message: msgspec.Struct) -> None:
        with self._sending:
            write_frame(self._frames_out, message)
