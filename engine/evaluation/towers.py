"""Measures a vision file on both runtimes in turn: seconds a view, memory, and how far apart their embeddings are.

`python -m engine.evaluation.towers VISION CACHE` prints a Comparison as JSON. Each turn is a process of its own,
so that its memory is its own; the first view of a turn warms it up and is not counted.
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
from engine.messages import TowerRuntime

_TURNS, _VIEWS = 2, 3
_RUNTIMES: tuple[TowerRuntime, ...] = ("onnx", "ggml")


class Turn(msgspec.Struct, frozen=True):
    """`own_bytes`: memory that only this process has, unlike a mapped file's, which the system may drop."""

    seconds: tuple[float, ...]
    memory_bytes: int
    own_bytes: int


class Comparison(msgspec.Struct, frozen=True):
    """All turns; `ratio`: how many times as fast ONNX Runtime is by the medians."""

    onnx: tuple[Turn, ...]
    ggml: tuple[Turn, ...]
    ratio: float
    difference: float


def compare(vision: Path, cache: Path) -> Comparison:
    """Gives both their turns: onnx, ggml, onnx, ggml."""
    turns: dict[str, list[Turn]] = {runtime: [] for runtime in _RUNTIMES}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(_TURNS):
            for runtime in _RUNTIMES:
                embeddings = Path(folder) / f"{runtime}.npy"
                command = [sys.executable, "-m", "engine.evaluation.towers", runtime]
                done = subprocess.run([*command, vision, cache, embeddings], stdout=subprocess.PIPE, check=True)
                turns[runtime].append(msgspec.json.decode(done.stdout, type=Turn))
        onnx, ggml = (np.load(Path(folder) / f"{runtime}.npy") for runtime in _RUNTIMES)
    medians = {runtime: statistics.median(s for turn in turns[runtime] for s in turn.seconds) for runtime in turns}
    return Comparison(
        onnx=tuple(turns["onnx"]),
        ggml=tuple(turns["ggml"]),
        ratio=medians["ggml"] / medians["onnx"],
        difference=float(np.linalg.norm(onnx - ggml) / np.linalg.norm(ggml)),
    )


def take_turn(vision: Path, cache: Path, runtime: TowerRuntime, embeddings: Path) -> Turn:
    """Looks at the views with one runtime and leaves what it made of them in the file `embeddings`."""
    header = read_header(vision)
    view_px = header.values["clip.vision.image_size"]
    size = TowerSize(view_px, models.merged_patch_px(header))
    views = np.random.default_rng(0).integers(0, 256, (_VIEWS + 1, view_px, view_px, 3), np.uint8)
    seconds: list[float] = []
    made: list[NDArray[np.float32]] = []
    with tower.opened(vision, size=size, threads=usable_cores(), runtime=runtime, cache=cache) as opened:
        for view in views:
            started = time.monotonic()
            made.append(opened.encode(view))
            seconds.append(time.monotonic() - started)
        memory = psutil.Process().memory_info()
    np.save(embeddings, np.stack(made))
    return Turn(tuple(seconds[1:]), memory.rss, memory.rss - getattr(memory, "shared", 0))


def main() -> None:
    if sys.argv[1] in _RUNTIMES:
        vision, cache, embeddings = map(Path, sys.argv[2:])
        result: msgspec.Struct = take_turn(vision, cache, sys.argv[1], embeddings)
    else:
        result = compare(*map(Path, sys.argv[1:]))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
