"""The real engine, killed once in the middle of an answer: at the third token, where no marker file is yet."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from engine.__main__ import opened as engine_opened
from engine.messages import Ask, Setup, Token
from engine.serving import Send, Service, serve

FATAL_TOKEN = 3


@contextmanager
def opened(setup: Setup) -> Iterator[Service]:
    with engine_opened(setup) as service:

        def handle(request: Any, send: Send, cancelled: threading.Event) -> msgspec.Struct:
            tokens = 0

            def send_or_die(message: msgspec.Struct) -> None:
                nonlocal tokens
                send(message)
                tokens += isinstance(message, Token)
                if tokens == FATAL_TOKEN and not Path(os.environ["MARKER"]).exists():
                    Path(os.environ["MARKER"]).touch()
                    os.kill(os.getpid(), signal.SIGKILL)

            return service.handle(request, send_or_die, cancelled)

        yield replace(service, handle=handle)


if __name__ == "__main__":
    serve(Setup, Ask, opened)
