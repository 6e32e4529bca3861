"""Prints where the time of descriptions goes: five pictures of noise at once, one view and 64 tokens each.

`python benchmarks/profile.py FOLDER`, a folder that `tintype models random` filled. Nothing else should run meanwhile.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from engine import looker
from engine.hardware import usable_cores
from engine.llama.context import Piece, TextContext
from engine.messages import Configuration, Describe, ModelFiles, Picture, Setup
from engine.sampling import Chooser
from engine.scheduler import Scheduler

PICTURES, TOKENS = 5, 64
WIDTH, HEIGHT = 2000, 1500

seconds: Counter[str] = Counter()
rows: Counter[str] = Counter()


def timed(owner: type, name: str, label: Callable[..., str]) -> None:
    """Counts what a method takes under what `label` makes of its arguments."""
    method = getattr(owner, name)

    def wrapped(self: Any, *arguments: Any, **options: Any) -> Any:
        started = time.monotonic()
        try:
            return method(self, *arguments, **options)
        finally:
            seconds[label(*arguments)] += time.monotonic() - started

    setattr(owner, name, wrapped)


def reading(pieces: Sequence[Piece], *_: object) -> str:
    label = "writing" if all(len(piece.rows) == 1 for piece in pieces) else "reading prompts"
    rows[label] += sum(len(piece.rows) for piece in pieces)
    return label


def main(folder: Path) -> None:
    (text,), (vision,) = folder.glob("random-*-text.gguf"), folder.glob("random-*-mmproj.gguf")
    files = ModelFiles(text.name.removesuffix("-text.gguf"), str(text), str(vision))
    timed(Scheduler, "_look", lambda *_: "vision")
    timed(TextContext, "read", reading)
    timed(Chooser, "choose", lambda *_: "choosing tokens")
    noise = np.random.default_rng(0).integers(0, 256, (PICTURES, HEIGHT, WIDTH, 3), np.uint8)
    with tempfile.TemporaryDirectory() as cache:
        setup = Setup(files, cache=cache, kept_bytes=0, configuration=Configuration(usable_cores(), sequences=PICTURES))
        with looker.opened(setup) as opened, ThreadPoolExecutor(PICTURES) as threads:

            def describe(number: int) -> int:
                picture = Picture(WIDTH, HEIGHT, noise[number].tobytes())
                request = Describe(number, picture, max_views=1, max_tokens=TOKENS)
                return opened.describe(request, lambda _reply: None, threading.Event()).tokens

            started = time.monotonic()
            tokens = sum(threads.map(describe, range(PICTURES)))
            seconds["in all"] = time.monotonic() - started
    sys.stdout.write(f"{PICTURES} photos, {tokens} tokens written, {rows['reading prompts']} rows of prompts read\n")
    for label, spent in seconds.items():
        sys.stdout.write(f"{label:<16} {spent / PICTURES:6.2f} s a photo\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
