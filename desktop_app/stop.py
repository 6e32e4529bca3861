"""Ctrl+C, or a polite end from the system, as an event: work ends between two photos and nothing is lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets. Main thread only."""
    event = threading.Event()
    names = (signal.SIGINT, signal.SIGTERM)
    handlers = {name: signal.signal(name, lambda *_: event.set()) for name in names}
    try:
        yield event
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)
