"""The vision tower, on the runtime and in the precision that have shown to be right and fastest on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine import hardware
from engine.errors import EngineError, ModelUnusable
from engine.llama.vision import TowerSize, VisionTower
from engine.messages import TowerRuntime
from engine.slicing import Size
from engine.views import Pixels

# Differences of embeddings are parts of their length, against those of ONNX Runtime in float32.
#
# How much may be rounded: about what ggml rounds when it runs a tower in the 8 bits, Q8_0, in which towers are
# published. That is, measured, 0.016 and 0.020 with random weights of the dimensions of MiniCPM-V 4.0 and 4.6, and
# 0.019 with the embedded model; 8 bits as in engine.onnx.translation 0.018, 0.023 and 0.018 with AVX512-VNNI
# and 0.019, 0.023 and 0.017 on Zen 3, without; bfloat16 0.006 and 0.009.
GREATEST_DIFFERENCE = 0.025

# How far apart ONNX Runtime and ggml may be for the translation to be right. Measured: 0.0007 with float weights and
# 0.019 with those of 8 bits; a tower that was translated wrongly is off by about 1.
GREATEST_DISAGREEMENT = 0.03

REFERENCE, GGML = "ONNX Runtime, float32", VisionTower.runtime  # what openers() calls them


class Tower(Protocol):
    """Makes embeddings of views.

    `runtime`: what computes them, as shown to people. `identity`: what makes embeddings differ: the vision file as it
    is now, runtime and precision. These and carrier() hold of a closed tower, too.
    """

    runtime: str
    identity: str

    def steps(self, view: Pixels) -> Iterator[NDArray[np.float32] | None]:
        """Computes a view, cut at its carrier's size, in stages: None after each but the last, and after that its
        embeddings, tokens x text width. Between two stages anything else may be done first. Raises EngineError.
        """

    def leave(self) -> None:
        """Ends the stage that is being computed, if the runtime can: steps() gives None and computes it again.

        Any thread may call it.
        """

    def encode(self, view: Pixels) -> NDArray[np.float32]:
        """The embeddings that steps() ends with. Raises EngineError."""

    def carrier(self, view: Size) -> Size:
        """The size at which to cut a view so that the tower sees it at the size of `view`."""


Open = Callable[[], AbstractContextManager[Tower]]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one runtime did with a view: `difference` as above, `seconds` once warm; or why it could not be tried."""

    runtime: str
    difference: float | None = None
    seconds: float | None = None
    failure: str | None = None

    def within(self, bound: float) -> bool:
        return self.difference is not None and self.difference <= bound


class Trial(msgspec.Struct, frozen=True):
    """The same view through each runtime of this machine."""

    outcomes: tuple[Outcome, ...]

    @property
    def winner(self) -> str:
        """The fastest that is near enough to float32; ggml's where ONNX Runtime and ggml do not see the same."""
        ggml = next(outcome for outcome in self.outcomes if outcome.runtime == GGML)
        if not ggml.within(GREATEST_DISAGREEMENT):
            return GGML
        near = [outcome for outcome in self.outcomes if outcome.within(GREATEST_DIFFERENCE)]
        return min([ggml, *near], key=lambda outcome: outcome.seconds or 0.0).runtime


def opened(
    path: Path, *, size: TowerSize, threads: int, runtime: TowerRuntime, cache: Path | None
) -> AbstractContextManager[Tower]:
    """The tower of a vision GGUF for the length of a `with`. Raises ModelUnusable.

    "auto" tries what this machine has once for each vision file and keeps what it measured in `cache`, beside the
    translation for ONNX Runtime. Without a folder to keep that in, and where the file cannot be translated, ggml reads
    it as it is. "onnx" is ONNX Runtime in float32, untried.
    """
    return Towers(path, size=size, threads=threads, cache=cache).chosen(runtime)


class Towers:
    """All ways to run one vision file on this machine."""

    def __init__(self, path: Path, *, size: TowerSize, threads: int, cache: Path | None) -> None:
        """See opened()."""
        self._path = path
        self._size = size
        self._threads = threads
        self._cache = cache

    def chosen(self, runtime: TowerRuntime) -> AbstractContextManager[Tower]:
        if runtime == "onnx":
            return self.openers()[REFERENCE]()
        if runtime == "auto":
            with suppress(ModelUnusable):  # no folder, not to be translated, no room for it, no ONNX Runtime
                return self.openers()[self.trial().winner]()
        return self._ggml()

    def openers(self) -> dict[str, Open]:
        """How to open each tower there is here, by the name of its runtime, REFERENCE first. Raises ModelUnusable."""
        if self._cache is None:
            raise ModelUnusable("ONNX Runtime needs a folder in which to keep the translated model.")
        try:
            from engine.onnx.providers import ways  # only who uses it pays for loading ONNX Runtime
            from engine.onnx.tower import OnnxTower
        except ImportError as error:
            raise ModelUnusable(f"ONNX Runtime could not be loaded: {error}") from error
        opener = partial(OnnxTower, self._path, cache=self._cache, threads=self._threads)
        return {**{way.name: partial(opener, way=way) for way in ways()}, GGML: self._ggml}

    def trial(self) -> Trial:
        """What was measured when this vision file was first seen by this machine; measured now where it is new.
        Raises ModelUnusable.
        """
        openers = self.openers()
        from engine.onnx import tower as onnx_tower

        assert self._cache is not None
        machine = f"{hardware.processor()} {self._threads} {list(openers)}"
        try:
            kept = self._cache / onnx_tower.kept_name(self._path, machine)
            with suppress(FileNotFoundError, msgspec.DecodeError):
                return msgspec.json.decode(kept.read_bytes(), type=Trial)
            trial = self._measured(openers)
            onnx_tower.keep_only(self._path, self._cache, trial.winner)
            kept.write_bytes(msgspec.json.encode(trial))
        except OSError as error:
            raise ModelUnusable(f"The towers could not be compared: {error.strerror}.") from error
        return trial

    def _measured(self, openers: dict[str, Open]) -> Trial:
        """One after the other, so that only one of them is in memory at a time."""
        side = self._size.view_px
        view = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
        right, seconds = _timed(openers[REFERENCE], view)
        outcomes = [Outcome(runtime=REFERENCE, difference=0.0, seconds=seconds)]
        for name in openers.keys() - {REFERENCE}:
            try:
                made, seconds = _timed(openers[name], view)
            except EngineError as error:
                outcomes.append(Outcome(runtime=name, failure=str(error)))
            else:
                difference = float(np.linalg.norm(made - right) / np.linalg.norm(right))
                outcomes.append(Outcome(runtime=name, difference=difference, seconds=seconds))
        return Trial(tuple(outcomes))

    def _ggml(self) -> VisionTower:
        return VisionTower(self._path, size=self._size, threads=self._threads)


def _timed(open_tower: Open, view: Pixels) -> tuple[NDArray[np.float32], float]:
    """Embeddings, and seconds once the tower is warm. Raises EngineError."""
    with open_tower() as tower:
        tower.encode(view)
        started = time.monotonic()
        return tower.encode(view), time.monotonic() - started
