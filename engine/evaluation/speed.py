"""How fast photos are described, as a ratio to llama-cpp-python's own handler: same model, photos and machine, one run.

The two take turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from engine.client import EngineClient
from engine.errors import ModelUnusable
from engine.evaluation.handler import HandlerRun
from engine.messages import ModelFiles, Picture, Setup


@dataclass(frozen=True)
class Speed:
    """Medians over all photos: seconds and tokens generated a photo; `memory_bytes` of the whole process at its end."""

    seconds: float
    tokens: float
    memory_bytes: int

    @property
    def photos_an_hour(self) -> float:
        return 3600 / self.seconds


@dataclass(frozen=True)
class Comparison:
    """`ratio`: how many times as many photos an hour as the handler. `views`: a photo's median on our side.

    The handler cuts photos as llama.cpp does, into up to ten views; where `views` is fewer, that is part of the ratio.
    """

    model: str
    photos: int
    rounds: int
    views: float
    ours: Speed
    handler: Speed
    ratio: float

    def lines(self) -> tuple[str, ...]:
        return (
            f"{self.model}, {self.photos} photos, {self.rounds} rounds, medians",
            f"{self.views:.0f} views a photo on Tintype's side; the handler cuts by llama.cpp's rule, up to ten",
            f"Tintype: {self.ours.photos_an_hour:,.0f} photos an hour, {self.ours.tokens:.0f} tokens a photo, "
            f"{self.ours.memory_bytes / 1e6:,.0f} MB",
            f"Handler: {self.handler.photos_an_hour:,.0f} photos an hour, {self.handler.tokens:.0f} tokens a photo, "
            f"{self.handler.memory_bytes / 1e6:,.0f} MB",
            f"Ratio:   {self.ratio:.2f}",
        )


def compare(model: ModelFiles, pictures: Sequence[Image.Image], rounds: int = 3) -> Comparison:
    """Describes every picture with the engine and with the handler, `rounds` times; both generate as many tokens.

    Loading is not counted, and each side's first picture of a round warms it up and is not counted either.
    """
    ours: list[Speed] = []
    handler: list[Speed] = []
    views: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        jpegs = [Path(folder) / f"{number}.jpg" for number in range(len(pictures))]
        for picture, path in zip(pictures, jpegs, strict=True):
            picture.convert("RGB").save(path, quality=92)
        for _ in range(rounds):
            speed, round_views = measure_engine(model, jpegs)
            ours.append(speed)
            views.append(round_views)
            handler.append(measure_handler(model, jpegs, max_tokens=round(speed.tokens)))
    medians = median(ours), median(handler)
    ratio = medians[1].seconds / medians[0].seconds
    return Comparison(model.name, len(pictures), rounds, statistics.median(views), *medians, ratio)


def measure_engine(model: ModelFiles, jpegs: Sequence[Path]) -> tuple[Speed, float]:
    """Our speed over the pictures, and the median number of views."""
    client = EngineClient(Setup(model=model))
    try:
        described = [client.describe(load(path)) for path in [jpegs[0], *jpegs]][1:]
        memory_bytes = client.status.memory_bytes
    finally:
        client.close()
    seconds = statistics.median(reply.seconds for reply in described)
    tokens = statistics.median(reply.tokens for reply in described)
    return Speed(seconds, tokens, memory_bytes), statistics.median(reply.views for reply in described)


def measure_handler(model: ModelFiles, jpegs: Sequence[Path], max_tokens: int) -> Speed:
    """The handler's speed over the pictures. Raises ModelUnusable where it cannot use the model."""
    command = [sys.executable, "-m", "engine.evaluation.handler", model.text, model.vision, str(max_tokens)]
    done = subprocess.run([*command, jpegs[0], *jpegs], capture_output=True)
    if done.returncode:
        last_words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ModelUnusable(f"llama-cpp-python's handler, the baseline, cannot use {model.name}: {last_words}")
    run = msgspec.json.decode(done.stdout, type=HandlerRun)
    return Speed(statistics.median(run.seconds[1:]), run.tokens / len(run.seconds), run.memory_bytes)


def load(path: Path) -> Picture:
    with Image.open(path) as image:
        return Picture(image.width, image.height, image.tobytes())


def median(speeds: Sequence[Speed]) -> Speed:
    return Speed(
        statistics.median(speed.seconds for speed in speeds),
        statistics.median(speed.tokens for speed in speeds),
        round(statistics.median(speed.memory_bytes for speed in speeds)),
    )
