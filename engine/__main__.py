"""The engine's child: `python -m engine` holds a model, the text reader or both, as its set-up says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from engine import heap
from engine.errors import EngineError, ModelUnusable
from engine.hardware import usable_cores
from engine.messages import Ask, Describe, Read, Setup, TextRead
from engine.serving import Send, Service, serve

if TYPE_CHECKING:
    from engine.looker import Looker
    from engine.reader import Reader


@contextmanager
def opened(setup: Setup) -> Iterator[Service]:
    """Loads what the set-up names. Raises ModelUnusable."""
    with ExitStack() as stack:
        looker = _looker(stack, setup)
        reader = _reader(setup) if setup.reader else None
        reading = threading.Lock()

        def handle(request: Any, send: Send, cancelled: threading.Event) -> msgspec.Struct:
            if isinstance(request, Describe) and looker is not None:
                return looker.describe(request, send, cancelled)
            if isinstance(request, Ask) and looker is not None:
                return looker.ask(request, send, cancelled)
            if isinstance(request, Read) and reader is not None:
                with reading:
                    return _read(reader, request)
            raise EngineError(f"This engine was not set up to {type(request).__name__.lower()}.")

        yield Service(
            handle,
            model=setup.model.name if setup.model else None,
            reader=reader.name if reader else None,
            tower=looker.tower_runtime if looker else None,
            configuration=looker.configuration if looker else None,
            loading=looker.loading if looker else None,
            at_once=looker.at_once if looker else 1,
            interleaves=True,
        )


def _looker(stack: ExitStack, setup: Setup) -> Looker | None:
    if setup.model is None:
        return None
    heap.hold_no_large_blocks()
    from engine.llama import library  # only a child that looks pays for loading llama.cpp

    library.load()
    from engine import looker

    return stack.enter_context(looker.opened(setup))


def _reader(setup: Setup) -> Reader:
    try:
        from engine.reader import Reader  # only a child that reads pays for loading ONNX Runtime
    except ImportError as error:
        raise ModelUnusable(f"The text reader could not be loaded: {error}") from error
    return Reader(setup.threads or usable_cores(), setup.recognisers)


def _read(reader: Reader, request: Read) -> TextRead:
    started = time.monotonic()
    reading = reader.read(request.picture)
    return TextRead(request.id, reading, time.monotonic() - started)


if __name__ == "__main__":
    serve(Setup, Describe | Ask | Read, opened)
