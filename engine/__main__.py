"""The engine's child: `python -m engine` holds a model, the text reader or both, as its set-up says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from engine.errors import EngineError, ModelUnusable
from engine.hardware import usable_cores
from engine.messages import Ask, Describe, Read, Setup, TextRead
from engine.serving import Send, Service, serve

if TYPE_CHECKING:
    from engine.looker import Looker
    from engine.reader import Reader

_URGENT, _PATIENT = 0, 1  # a person waits for an answer; nobody waits for a description


@contextmanager
def opened(setup: Setup) -> Iterator[Service]:
    """Loads what the set-up names. Raises ModelUnusable."""
    threads = setup.threads or usable_cores()
    with ExitStack() as stack:
        looker = _looker(stack, setup, threads)
        reader = _reader(threads) if setup.reader else None

        def handle(request: Any, send: Send, cancelled: threading.Event) -> msgspec.Struct:
            if isinstance(request, Describe) and looker is not None:
                return looker.describe(request, send, cancelled)
            if isinstance(request, Ask) and looker is not None:
                return looker.ask(request, send, cancelled)
            if isinstance(request, Read) and reader is not None:
                return _read(reader, request)
            raise EngineError(f"This engine was not set up to {type(request).__name__.lower()}.")

        yield Service(
            handle,
            model=setup.model.name if setup.model else None,
            reader=reader.name if reader else None,
            tower=looker.tower_runtime if looker else None,
            priority=lambda request: _URGENT if isinstance(request, Ask) else _PATIENT,
        )


def _looker(stack: ExitStack, setup: Setup, threads: int) -> Looker | None:
    if setup.model is None:
        return None
    from engine.llama import library  # only a child that looks pays for loading llama.cpp

    library.load()
    from engine import looker

    cache = Path(setup.cache) if setup.cache else None
    opening = looker.opened(setup.model, threads=threads, context_tokens=4096, runtime=setup.tower, cache=cache)
    return stack.enter_context(opening)


def _reader(threads: int) -> Reader:
    try:
        from engine.reader import Reader  # only a child that reads pays for loading ONNX Runtime
    except ImportError as error:
        raise ModelUnusable(f"The text reader could not be loaded: {error}") from error
    return Reader(threads)


def _read(reader: Reader, request: Read) -> TextRead:
    started = time.monotonic()
    lines = reader.read(request.picture)
    return TextRead(request.id, lines, time.monotonic() - started)


if __name__ == "__main__":
    serve(Setup, Describe | Ask | Read, opened)
