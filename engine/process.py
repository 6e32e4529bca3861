"""One process of ours on two pipes, from its first frame to its end: who is in flight in it, and what it died of."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import psutil

from engine.errors import ERRORS, Cancelled, EngineError
from engine.messages import Failed, Ready, Token, Working
from engine.wire import WireError, read_frame, write_frame

START_TIMEOUT_S = 600.0  # a model of 8 GB from a slow disk
POLL_S = 0.05  # how often a waiting thread looks at its cancel event
_GOODBYE_S = 3.0
_LAST_WORDS_S = 1.0
_STDERR_LINES = 20
_ENDED_BY_OTHERS = (-9, -15)  # SIGKILL and SIGTERM: of a person, or of a system short of memory
_BLAME_FOR_A_CRASH = 1.0
_BLAME_FOR_AN_END_BY_OTHERS = 0.1  # it says little of the request, but one that never fits into memory must end
_BLAME_FOR_AN_END_AT_START = 0.4  # by others: then it is likely the model that does not fit into memory
_GREETING = 0
_PACKAGES = Path(__file__).resolve().parent.parent


class Died(Exception):
    """The process ended, or was ended for hanging, before it answered; `how`, for a message.

    `suspected`: the request was in flight when that happened. `blame`: how far it must have been this request: 0 where
    others were in flight too, 1 where it was alone, and less where somebody else ended the process.
    """

    def __init__(self, how: str, *, suspected: bool, blame: float) -> None:
        super().__init__(how)
        self.how = how
        self.suspected = suspected
        self.blame = blame


class Growth:
    """Tells a process that leaks by the memory it holds at the end of each request.

    It has outgrown itself when the least of the latest few is above the most of its first few by more than `most_bytes`
    and more than half: what only goes up and down, as where weights are loaded in turn, comes down among the latest.
    """

    FEW = 8

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._first: list[int] = []
        self._latest: deque[int] = deque(maxlen=self.FEW)

    def note(self, held_bytes: int) -> None:
        if len(self._first) < self.FEW:
            self._first.append(held_bytes)
        self._latest.append(held_bytes)

    @property
    def is_outgrown(self) -> bool:
        if len(self._first) < self.FEW:
            return False
        at_first = max(self._first)
        return min(self._latest) - at_first > max(self._most_bytes, at_first // 2)


class Process:
    """`changed` guards who is in flight and is notified when that changes, and when the process has ended."""

    def __init__(
        self, module: str, setup: msgspec.Struct, decoder: Any, changed: threading.Condition, growth: Growth
    ) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.pid = self._popen.pid
        self.ready: Ready | None = None
        self.is_retired = False
        self._decoder = decoder
        self._changed = changed
        self._growth = growth
        self._heard_at = time.monotonic()
        self._sending = threading.Lock()
        self._mailboxes: dict[int, queue.SimpleQueue[Any]] = {_GREETING: queue.SimpleQueue()}
        self._in_flight: set[int] = set()
        self._alone: int | None = None
        self._ended = threading.Event()
        self._ended_for_fault = False
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._collecting, self._receiving = (
            threading.Thread(target=target, name=f"{module} {name}", daemon=True)
            for name, target in (("stderr", self._collect_stderr), ("replies", self._receive))
        )
        self._collecting.start()
        self._receiving.start()
        self.send(setup)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    @property
    def usable(self) -> bool:
        """Whether it can be asked, now or once it is ready."""
        return self.running and not self.is_retired

    def greeted(self, cancel: threading.Event | None) -> Ready:
        """Waits for Ready, the first reply. Raises the EngineError it failed with, Cancelled, or Died."""
        if self.ready is None:
            self.ready = self.next_reply(_GREETING, hang_s=START_TIMEOUT_S, cancel=cancel)
            assert isinstance(self.ready, Ready)
        return self.ready

    # ---- who is in flight: under `changed`

    @property
    def is_idle(self) -> bool:
        return not self._in_flight

    @property
    def is_taken(self) -> bool:
        """Whether what is in flight wants to be alone."""
        return self._alone in self._in_flight

    @property
    def is_outgrown(self) -> bool:
        return self._growth.is_outgrown

    def enter(self, number: int, *, alone: bool) -> None:
        """Opens the mailbox of request `number`, which is in flight until it is answered, left or the process ends."""
        mailbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._mailboxes[number] = mailbox
        if self._ended.is_set():
            mailbox.put(None)
            return
        self._in_flight.add(number)
        if alone:
            self._alone = number

    # ---- what is said

    def leave(self, number: int) -> None:
        """Nobody waits for the replies to request `number` any more."""
        with self._changed:
            self._mailboxes.pop(number, None)
            if self.running:
                self._in_flight.discard(number)
                self._changed.notify_all()

    def send(self, message: msgspec.Struct) -> None:
        """Sends, or does nothing where the process has ended: whoever waits learns that from the mailbox."""
        try:
            with self._sending:
                assert self._popen.stdin is not None
                write_frame(self._popen.stdin, message)
        except UnicodeEncodeError:  # half a character: the message's fault, and nothing was sent of it
            raise
        except (OSError, ValueError):  # ValueError: closed on our side
            self._popen.kill()

    def next_reply(self, number: int, *, hang_s: float, cancel: threading.Event | None) -> Any:
        """Waits for one reply. Raises what a Failed carries, Cancelled at once when `cancel` is set, or Died."""
        mailbox = self._mailboxes[number]
        waiting_since = time.monotonic()
        while True:
            if cancel is not None and cancel.is_set():
                raise Cancelled("Cancelled.")
            try:
                reply = mailbox.get(timeout=POLL_S if cancel is not None else min(1.0, hang_s))
            except queue.Empty:
                if time.monotonic() - max(self._heard_at, waiting_since) > hang_s:
                    self._end_for_fault(f"It said nothing for {hang_s:.0f} seconds and was ended.")
                continue
            if reply is None:
                raise self._death(number)
            if isinstance(reply, Failed):
                raise ERRORS.get(reply.error, EngineError)(reply.message)
            return reply

    def memory_bytes(self) -> int:
        """What of the machine's memory it takes, files that it has mapped included."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def close(self) -> None:
        """Lets the process end by itself, ends it where it does not, and frees its pipes."""
        if not self._sending.acquire(timeout=_GOODBYE_S):
            self._popen.kill()  # it does not even read: whoever is sending fails, and gives the lock back
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
        self._receiving.join()
        self._collecting.join()

    def _death(self, number: int) -> Died:
        """What the end of the process says of request `number`."""
        code = self._popen.wait()
        alone = number == _GREETING or self._in_flight == {number}
        by_others = code in _ENDED_BY_OTHERS and not self._ended_for_fault
        borne = _BLAME_FOR_AN_END_AT_START if number == _GREETING else _BLAME_FOR_AN_END_BY_OTHERS
        blame = 0.0 if not alone else borne if by_others else _BLAME_FOR_A_CRASH
        return Died(self._obituary(code), suspected=number in self._in_flight, blame=blame)

    def _obituary(self, code: int) -> str:
        self._collecting.join(_LAST_WORDS_S)
        ending = f"signal {-code}" if code < 0 else f"exit status {code}"
        last_words = next((line for line in reversed(self._stderr) if line.strip()), "")
        return f"{ending}; {last_words.strip()}" if last_words else ending

    def _end_for_fault(self, sentence: str) -> None:
        self._stderr.append(sentence)
        self._ended_for_fault = True
        self._popen.kill()

    # ---- on threads of its own

    def _receive(self) -> None:
        stdout = self._popen.stdout
        assert stdout is not None
        with stdout:
            try:
                while (reply := read_frame(stdout, self._decoder)) is not None:
                    self._deliver(reply)
            except WireError as error:
                self._end_for_fault(str(error))
        with self._changed:
            self._ended.set()
            self._changed.notify_all()
            mailboxes = list(self._mailboxes.values())
        for mailbox in mailboxes:
            mailbox.put(None)

    def _deliver(self, reply: Any) -> None:
        self._heard_at = time.monotonic()
        number = getattr(reply, "id", _GREETING)
        if not isinstance(reply, (Working, Token, Ready)):
            self._finish(number)
        mailbox = self._mailboxes.get(number)
        if mailbox is not None and not isinstance(reply, Working):
            mailbox.put(reply)

    def _finish(self, number: int) -> None:
        held_bytes = self._private_bytes()
        with self._changed:
            self._growth.note(held_bytes)
            self._in_flight.discard(number)
            self._changed.notify_all()

    def _private_bytes(self) -> int:
        """What it holds of memory that is nobody else's and no file's."""
        try:
            memory = psutil.Process(self.pid).memory_info()
        except psutil.Error:
            return 0
        return int(getattr(memory, "private", memory.rss - getattr(memory, "shared", 0)))

    def _collect_stderr(self) -> None:
        stderr = self._popen.stderr
        assert stderr is not None
        with stderr:
            for line in stderr:
                self._stderr.append(line.decode("utf-8", "replace"))


def environment() -> dict[str, str]:
    """This process's environment, with our packages found first and ggml's debugger-starting backtrace off."""
    path = os.pathsep.join(part for part in (str(_PACKAGES), os.environ.get("PYTHONPATH", "")) if part)
    return os.environ | {"PYTHONPATH": path, "GGML_NO_BACKTRACE": "1"}
