"""A child process of ours on two pipes, kept alive: a crash or a hang costs a restart, not an answer.

Any thread may ask; a thread of the process's own hands each reply to the one who waits for it. When the process dies,
everything in flight is asked once more of a new one; what kills that one too is given up as EngineCrashed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

from engine.errors import ERRORS, Cancelled, EngineCrashed, EngineError
from engine.messages import Cancel, Failed, Ready, Token, Working
from engine.wire import WireError, read_frame, write_frame

START_TIMEOUT_S = 600.0  # a model of 8 GB from a slow disk
_ATTEMPTS = 2
_POLL_S = 0.05  # how often a waiting thread looks at its cancel event
_GOODBYE_S = 3.0
_STDERR_LINES = 20
_PACKAGES = Path(__file__).resolve().parent.parent

Reply = TypeVar("Reply", bound=msgspec.Struct)


class _Died(Exception):
    """The process ended, or was ended for hanging, before it answered; the request may be asked again."""


class _Process:
    """One started process, from its first frame to its end."""

    def __init__(self, module: str, setup: msgspec.Struct, decoder: Any) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.pid = self._popen.pid
        self.heard_at = time.monotonic()
        self._decoder = decoder
        self._sending = threading.Lock()
        self._mailboxes: dict[int, queue.SimpleQueue[Any]] = {}
        self._ended = threading.Event()
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        greeting = self.open_mailbox(0)
        self._threads = [
            threading.Thread(target=target, name=f"{module} {name}", daemon=True)
            for name, target in (("replies", self._receive), ("stderr", self._collect_stderr))
        ]
        for thread in self._threads:
            thread.start()
        self._greeting = greeting
        self.send(setup)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def greeted(self) -> Ready:
        """Waits for Ready, the child's first reply. Raises the EngineError it failed with, or _Died."""
        reply = self.next_reply(self._greeting, hang_s=START_TIMEOUT_S, cancel=None)
        assert isinstance(reply, Ready)
        return reply

    def open_mailbox(self, number: int) -> queue.SimpleQueue[Any]:
        """Where the replies to request `number` will lie."""
        mailbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._mailboxes[number] = mailbox
        if self._ended.is_set():
            mailbox.put(None)
        return mailbox

    def close_mailbox(self, number: int) -> None:
        self._mailboxes.pop(number, None)

    def send(self, message: msgspec.Struct) -> None:
        """Sends, or does nothing where the process has ended: whoever waits learns that from the mailbox."""
        try:
            with self._sending:
                assert self._popen.stdin is not None
                write_frame(self._popen.stdin, message)
        except (OSError, ValueError):  # ValueError: closed on our side
            self.kill()

    def next_reply(self, mailbox: queue.SimpleQueue[Any], *, hang_s: float, cancel: threading.Event | None) -> Any:
        """Waits for one reply. Raises what a Failed carries, Cancelled at once when `cancel` is set, or _Died."""
        waiting_since = time.monotonic()
        while True:
            if cancel is not None and cancel.is_set():
                raise Cancelled("Cancelled.")
            try:
                reply = mailbox.get(timeout=_POLL_S if cancel is not None else min(1.0, hang_s))
            except queue.Empty:
                if time.monotonic() - max(self.heard_at, waiting_since) > hang_s:
                    self._stderr.append(f"It said nothing for {hang_s:.0f} seconds and was ended.")
                    self.kill()
                continue
            if reply is None:
                raise _Died
            if isinstance(reply, Failed):
                raise ERRORS.get(reply.error, EngineError)(reply.message)
            return reply

    def obituary(self) -> str:
        """How the process ended and the last thing it said, for a message."""
        code = self._popen.wait()
        ending = f"signal {-code}" if code < 0 else f"exit status {code}"
        last_words = next((line for line in reversed(self._stderr) if line.strip()), "")
        return f"{ending}; {last_words.strip()}" if last_words else ending

    def memory_bytes(self) -> int:
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self) -> None:
        self._popen.kill()

    def close(self) -> None:
        """Lets the process end by itself, ends it where it does not, and frees its pipes."""
        if not self._sending.acquire(timeout=_GOODBYE_S):
            self.kill()  # it does not even read: whoever is sending fails, and gives the lock back
            self._sending.acquire()
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):  # the pipe broke before: closed all the same
            self._popen.stdin.close()
        self._sending.release()
        try:
            self._popen.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for thread in self._threads:
            thread.join()

    def _receive(self) -> None:
        stdout = self._popen.stdout
        assert stdout is not None
        with stdout:
            try:
                while (reply := read_frame(stdout, self._decoder)) is not None:
                    self._deliver(reply)
            except WireError as error:
                self._stderr.append(str(error))
                self._popen.kill()
        self._ended.set()
        for mailbox in list(self._mailboxes.values()):
            mailbox.put(None)

    def _deliver(self, reply: Any) -> None:
        self.heard_at = time.monotonic()
        mailbox = self._mailboxes.get(getattr(reply, "id", 0))
        if mailbox is not None and not isinstance(reply, Working):
            mailbox.put(reply)

    def _collect_stderr(self) -> None:
        stderr = self._popen.stderr
        assert stderr is not None
        with stderr:
            for line in stderr:
                self._stderr.append(line.decode("utf-8", "replace"))


class Child:
    """Keeps one process of `module` (a module that calls serving.serve) alive and asks it; thread-safe.

    `setup` is sent first, `replies` is the union of the types it may answer with besides Ready, Working and Failed.
    A process that says nothing for `hang_s` while somebody waits is ended.
    """

    def __init__(self, module: str, setup: msgspec.Struct, replies: Any, *, hang_s: float = 300.0) -> None:
        self._module = module
        self._setup = setup
        self._decoder = msgspec.msgpack.Decoder(replies | Ready | Working | Failed)
        self._hang_s = hang_s
        self._numbers = itertools.count(1)
        self._changing = threading.Lock()
        self._process: _Process | None = None
        self._ready: Ready | None = None
        self._starts = 0
        self._closed = False

    def start(self) -> Ready:
        """Starts the process unless it runs, and waits until it is ready. Raises EngineError."""
        try:
            _process, ready = self._running_process()
        except _Died:
            raise self._crashed() from None
        return ready

    def call(
        self, build: Callable[[int], msgspec.Struct], expected: type[Reply], *, cancel: threading.Event | None = None
    ) -> Reply:
        """Asks `build(number)` and returns its one reply. Raises EngineError."""
        (reply,) = self.stream(build, cancel=cancel)
        assert isinstance(reply, expected)
        return reply

    def stream(
        self, build: Callable[[int], msgspec.Struct], *, cancel: threading.Event | None = None
    ) -> Generator[msgspec.Struct, None, None]:
        """Asks `build(number)` and yields its Tokens, then its last reply. Raises EngineError.

        After a crash the pieces that were already yielded are not repeated: the new process makes the same ones.
        """
        yielded = 0
        for _attempt in range(_ATTEMPTS):
            try:
                with contextlib.closing(self._attempt(build, cancel)) as replies:
                    for reply in itertools.islice(replies, yielded, None):
                        yielded += 1
                        yield reply
                return
            except _Died:
                continue
        raise self._crashed()

    @property
    def running(self) -> bool:
        process = self._process
        return process is not None and process.running

    @property
    def ready(self) -> Ready | None:
        """What the process said when it was ready; None where none runs."""
        return self._ready if self.running else None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.running else None

    @property
    def restarts(self) -> int:
        return max(0, self._starts - 1)

    @property
    def memory_bytes(self) -> int:
        process = self._process
        return process.memory_bytes() if process is not None and process.running else 0

    def close(self) -> None:
        """Ends the process; whoever waits gets Cancelled. Cannot be started again."""
        self._closed = True
        if (starting := self._process) is not None:
            starting.close()
        with self._changing:
            if self._process is not None:
                self._process.close()

    def _attempt(
        self, build: Callable[[int], msgspec.Struct], cancel: threading.Event | None
    ) -> Generator[msgspec.Struct, None, None]:
        process, _ready = self._running_process()
        number = next(self._numbers)
        mailbox = process.open_mailbox(number)
        answered = False
        try:
            process.send(build(number))
            while not answered:
                reply = process.next_reply(mailbox, hang_s=self._hang_s, cancel=cancel)
                answered = not isinstance(reply, Token)
                yield reply
        except EngineError as error:
            answered = not isinstance(error, Cancelled)
            raise
        finally:
            process.close_mailbox(number)
            if not answered:
                process.send(Cancel(number))

    def _running_process(self) -> tuple[_Process, Ready]:
        with self._changing:
            if self._closed:
                raise Cancelled("The engine was closed.")
            if self._process is not None and self._process.running and self._ready is not None:
                return self._process, self._ready
            if self._process is not None:
                self._process.close()
            self._ready = None
            self._starts += 1
            self._process = _Process(self._module, self._setup, self._decoder)
            self._ready = self._process.greeted()
            return self._process, self._ready

    def _crashed(self) -> EngineError:
        process = self._process
        if self._closed or process is None:
            return Cancelled("The engine was closed.")
        return EngineCrashed(f"The engine stopped working ({process.obituary()}).")


def environment() -> dict[str, str]:
    """This process's environment, with our packages found first and ggml's debugger-starting backtrace off."""
    path = os.pathsep.join(part for part in (str(_PACKAGES), os.environ.get("PYTHONPATH", "")) if part)
    return os.environ | {"PYTHONPATH": path, "GGML_NO_BACKTRACE": "1"}
