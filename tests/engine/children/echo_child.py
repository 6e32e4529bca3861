"""A child for tests: does what the question says, to the frames, to its output and to itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from engine.errors import Cancelled, ContextFull, ModelUnusable
from engine.messages import Answered, Ask, Setup, Token
from engine.serving import Send, Service, serve

_leaked: list[bytes] = []


@contextmanager
def opened(setup: Setup) -> Iterator[Service]:
    if setup.threads == 13:
        raise ModelUnusable("Thirteen threads are unlucky.")
    if setup.threads == 14:
        os._exit(3)
    yield Service(handle, model="echo", priority=lambda request: -int("urgent" in request.question))


def handle(request: Ask, send: Send, cancelled: threading.Event) -> msgspec.Struct:
    words = request.question.split()
    for word in words[len(request.begun.split()) :]:
        act(word, cancelled)
        send(Token(request.id, word))
    return Answered(request.id, request.question, tokens=len(words), seconds=0.0, complete=True)


def act(word: str, cancelled: threading.Event) -> None:
    command, _, argument = word.partition(":")
    if command == "print":
        sys.stdout.write("this must not reach the frames\n")
        os.write(1, b"nor this\n")
    elif command == "die":
        os.write(2, b"the last words\n")
        os._exit(7)
    elif command == "die-once" and not Path(argument).exists():
        Path(argument).touch()
        os._exit(7)
    elif command == "hang":
        threading.Event().wait()
    elif command == "wait":
        cancelled.wait()
        raise Cancelled("Stopped waiting.")
    elif command == "too-much":
        raise ContextFull("That is too much.")
    elif command == "fault":
        raise ZeroDivisionError
    elif command == "leak":
        _leaked.append(b"\1" * 1_000_000 * int(argument))
    elif command == "hold":
        _leaked[:] = [b"\1" * 1_000_000 * int(argument)]
    elif command == "nap":
        threading.Event().wait(float(argument))
    elif command == "killed":
        times, _, tally = argument.partition(":")
        with Path(tally).open("a+b") as kills:
            if kills.tell() < int(times):
                kills.write(b"x")
                kills.flush()
                os.kill(os.getpid(), signal.SIGKILL)
    elif command == "garbage":
        os.write(3, b"\xff" * 64)


if __name__ == "__main__":
    serve(Setup, Ask, opened)
