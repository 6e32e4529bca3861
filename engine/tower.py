"""The vision tower, on whichever runtime of this machine has shown to be right and faster: ONNX Runtime or ggml."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelUnusable
from engine.llama.vision import TowerSize, VisionTower
from engine.messages import TowerRuntime
from engine.slicing import Size
from engine.views import Pixels

if TYPE_CHECKING:
    from engine.onnx.tower import OnnxTower

# Of one tower on the two runtimes, as a part of the length of its embeddings. Measured: 0.0005 with float weights
# (ggml rounds patches, GELU and what it attends to to float16), 0.019 with those of 8 bits (there ggml rounds what it
# multiplies them with to 8 bits too). A tower that was translated wrongly is off by about 1.
GREATEST_DIFFERENCE = 0.03


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

    def encode(self, view: Pixels) -> NDArray[np.float32]:
        """The embeddings that steps() ends with. Raises EngineError."""

    def carrier(self, view: Size) -> Size:
        """The size at which to cut a view so that the tower sees it at the size of `view`."""


class Trial(msgspec.Struct, frozen=True):
    """The same view through both runtimes on this machine: how far apart they are, and seconds each took."""

    difference: float
    onnx_s: float
    ggml_s: float

    @property
    def favours_onnx(self) -> bool:
        return self.difference <= GREATEST_DIFFERENCE and self.onnx_s < self.ggml_s


def opened(
    path: Path, *, size: TowerSize, threads: int, runtime: TowerRuntime, cache: Path | None
) -> AbstractContextManager[Tower]:
    """The tower of a vision GGUF for the length of a `with`. Raises ModelUnusable.

    "auto" tries both once for each vision file and keeps what it measured in `cache`, beside the translation for ONNX
    Runtime. Without a folder to keep that in, and where the file cannot be translated, ggml reads it as it is.
    """
    return _Towers(path, size, threads, cache).choose(runtime)


class _Towers:
    """Both ways to run one vision file."""

    def __init__(self, path: Path, size: TowerSize, threads: int, cache: Path | None) -> None:
        self._path = path
        self._size = size
        self._threads = threads
        self._cache = cache

    def choose(self, runtime: TowerRuntime) -> AbstractContextManager[Tower]:
        if runtime == "onnx":
            if self._cache is None:
                raise ModelUnusable("ONNX Runtime needs a folder in which to keep the translated model.")
            return self._onnx(self._cache)
        if runtime == "auto" and self._cache is not None:
            with suppress(ModelUnusable, ImportError):  # not to be translated, no room for it, no ONNX Runtime
                if self._trial(self._cache).favours_onnx:
                    return self._onnx(self._cache)
        return self._ggml()

    def _trial(self, cache: Path) -> Trial:
        """What was measured when this vision file was first seen here; measured now where it is new."""
        from engine.onnx import tower as onnx_tower

        try:
            kept = cache / f"{onnx_tower.kept_name(self._path)}.json"
            with suppress(FileNotFoundError, msgspec.DecodeError):
                return msgspec.json.decode(kept.read_bytes(), type=Trial)
            trial = self._measured(cache)
            if not trial.favours_onnx:
                onnx_tower.forget(self._path, cache)
            kept.write_bytes(msgspec.json.encode(trial))
        except OSError as error:
            raise ModelUnusable(f"The towers could not be compared: {error.strerror}.") from error
        return trial

    def _measured(self, cache: Path) -> Trial:
        """One after the other, so that only one of them is in memory at a time."""
        side = self._size.view_px
        view = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
        with self._onnx(cache) as tower:
            onnx, onnx_s = _timed(tower, view)
        with self._ggml() as tower:
            ggml, ggml_s = _timed(tower, view)
        difference = float(np.linalg.norm(onnx - ggml) / np.linalg.norm(ggml))
        return Trial(difference, onnx_s, ggml_s)

    def _onnx(self, cache: Path) -> OnnxTower:
        try:
            from engine.onnx.tower import OnnxTower  # only who uses it pays for loading ONNX Runtime
        except ImportError as error:
            raise ModelUnusable(f"ONNX Runtime could not be loaded: {error}") from error
        return OnnxTower(self._path, cache=cache, threads=self._threads)

    def _ggml(self) -> VisionTower:
        return VisionTower(self._path, size=self._size, threads=self._threads)


def _timed(tower: Tower, view: Pixels) -> tuple[NDArray[np.float32], float]:
    """Embeddings, and seconds once the tower is warm."""
    tower.encode(view)
    started = time.monotonic()
    return tower.encode(view), time.monotonic() - started
