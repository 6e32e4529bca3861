"""Writes a file whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole(target: Path, *, lasting: bool = False) -> Iterator[Path]:
    """Where to write what takes the place of `target` at the end of the block; after an exception nothing is changed.

    `lasting`: not even a power cut right after leaves half of it. Raises OSError.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield part
        if lasting:
            with part.open("rb+") as written:
                os.fsync(written.fileno())
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
