"""Measures a vision file on every runtime of this machine: seconds a view, memory, and how far it is from float32.

`python -m engine.evaluation.towers VISION CACHE` prints a Compared of each, by name, as JSON. Each turn is a
process of its own, so that its memory is its own; the first view of a turn warms it up and is not counted.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

from engine import models, tower
from engine.gguf_header import read_header
from engine.hardware import usable_cores
from engine.llama.vision import TowerSize

_TURNS, _VIEWS = 2, 3


class Turn(msgspec.Struct, frozen=True):
    """`own_bytes`: memory that only this process has, unlike a mapped file's, which the system may drop."""

    seconds: tuple[float, ...]
    memory_bytes: int
    own_bytes: int


class Compared(msgspec.Struct, frozen=True):
    """All turns of one runtime; `difference`: see engine.tower."""

    turns: tuple[Turn, ...]
    median_s: float
    difference: float


def compare(vision: Path, cache: Path) -> dict[str, Compared]:
    """Gives each runtime its turns, one after the other, then all again. A runtime without its device is left out."""
    turns: dict[str, list[Turn]] = {}
    with tempfile.TemporaryDirectory() as folder:
        names = list(_towers(vision, cache).openers())
        for number in range(_TURNS * len(names)):
            name = names[number % len(names)]
            embeddings = Path(folder) / f"{names.index(name)}.npy"
            command = [
                sys.executable,
                "-m",
                "engine.evaluation.towers",
                *map(str, (vision, cache, name, embeddings)),
            ]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode == 0:
                turns.setdefault(name, []).append(msgspec.json.decode(done.stdout, type=Turn))
        made = {name: np.load(Path(folder) / f"{names.index(name)}.npy") for name in turns}
    right = made[tower.REFERENCE]
    return {
        name: Compared(
            turns=tuple(turns[name]),
            median_s=statistics.median(s for turn in turns[name] for s in turn.seconds),
            difference=float(np.linalg.norm(made[name] - right) / np.linalg.norm(right)),
        )
        for name in turns
    }


def take_turn(vision: Path, cache: Path, runtime: str, embeddings: Path) -> Turn:
    """Looks at the views with one runtime and leaves what it made of them in the file `embeddings`."""
    view_px = read_header(vision).values["clip.vision.image_size"]
    views = np.random.default_rng(0).integers(0, 256, (_VIEWS + 1, view_px, view_px, 3), np.uint8)
    seconds: list[float] = []
    made: list[NDArray[np.float32]] = []
    with _towers(vision, cache).openers()[runtime]() as opened:
        for view in views:
            started = time.monotonic()
            made.append(opened.encode(view))
            seconds.append(time.monotonic() - started)
        memory = psutil.Process().memory_info()
    np.save(embeddings, np.stack(made))
    return Turn(tuple(seconds[1:]), memory.rss, memory.rss - getattr(memory, "shared", 0))


def _towers(vision: Path, cache: Path) -> tower.Towers:
    header = read_header(vision)
    size = TowerSize(header.values["clip.vision.image_size"], models.merged_patch_px(header))
    return tower.Towers(vision, size=size, threads=usable_cores(), cache=cache)


def main() -> None:
    vision, cache = map(Path, sys.argv[1:3])
    if len(sys.argv) > 3:
        result: object = take_turn(vision, cache, sys.argv[3], Path(sys.argv[4]))
    else:
        result = compare(vision, cache)
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
