"""Prints where the time of descriptions goes: pictures of noise, all at once, 64 tokens each.

`python benchmarks/profile.py FOLDER [--pictures 5] [--views 1]`, a folder that `tintype models random` filled. Nothing
else should run meanwhile.
"""

from __future__ import annotations

import argparse
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
from engine.messages import Configuration, Describe, Described, ModelFiles, Picture, Setup
from engine.sampling import Chooser
from engine.scheduler import Scheduler

TOKENS = 64
WIDTH, HEIGHT = 2000, 1500  # ten views at the most

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


def main(folder: Path, pictures: int, views: int) -> None:
    (text,), (vision,) = folder.glob("random-*-text.gguf"), folder.glob("random-*-mmproj.gguf")
    files = ModelFiles(text.name.removesuffix("-text.gguf"), str(text), str(vision))
    timed(Scheduler, "_look", lambda *_: "vision")
    timed(TextContext, "read", reading)
    timed(Chooser, "choose", lambda *_: "choosing tokens")
    noise = np.random.default_rng(0).integers(0, 256, (pictures, HEIGHT, WIDTH, 3), np.uint8)
    with tempfile.TemporaryDirectory() as cache:
        setup = Setup(files, cache=cache, kept_bytes=0, configuration=Configuration(usable_cores(), sequences=pictures))
        with looker.opened(setup) as opened, ThreadPoolExecutor(pictures) as threads:

            def describe(number: int) -> Described:
                picture = Picture(WIDTH, HEIGHT, noise[number].tobytes())
                request = Describe(number, picture, max_views=views, max_tokens=TOKENS)
                return opened.describe(request, lambda _reply: None, threading.Event())

            started = time.monotonic()
            described = list(threads.map(describe, range(pictures)))
            seconds["in all"] = time.monotonic() - started
    seen, written = sum(each.views for each in described), sum(each.tokens for each in described)
    sys.stdout.write(f"{pictures} photos of {seen / pictures:.0f} views, {written} tokens written, ")
    sys.stdout.write(f"{rows['reading prompts']} rows of prompts read\n")
    for label, spent in seconds.items():
        sys.stdout.write(f"{label:<16} {spent / pictures:6.2f} s a photo\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=5)
    parser.add_argument("--views", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main(**vars(arguments()))
