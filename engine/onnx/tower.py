"""The vision tower on ONNX Runtime: translates a vision GGUF once on this machine, keeps the result, and runs it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import onnxruntime
import psutil
from numpy.typing import NDArray

from engine import seals
from engine.errors import EngineError, ModelUnusable
from engine.onnx.translation import EDITION, VisionFile, translate
from engine.slicing import Size
from engine.views import Pixels

_BUCKETS = 70  # the table of learned positions stands for 70 x 70 places of a view
_LONGEST_WAVE = 10_000.0  # of the resampler's sines


class OnnxTower:
    """A vision GGUF, run by ONNX Runtime in float32. Not for two threads at once.

    The weights are mapped from the kept translation, not copied: the system may drop them and read them again.
    """

    runtime = "onnx"

    def __init__(self, path: Path, *, cache: Path, threads: int) -> None:
        """`cache`: the folder where translations are kept. Raises ModelUnusable."""
        file = VisionFile(path)
        self.identity = f"{seals.state(path)} onnxruntime {onnxruntime.__version__} float32"
        self._patch_px = file.patch_px
        self._merged = file.merged
        self._sine_width = None if file.merges else file.shape("resampler.query")[1]
        self._mean = np.asarray(file.value("vision.image_mean"), np.float32)
        self._deviation = np.asarray(file.value("vision.image_std"), np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.disable_prepacking", "1")  # a second copy of all weights in memory
        try:
            translation = translated(path, cache)
        except OSError as error:
            raise ModelUnusable(f"{path.name} could not be translated: {error.strerror}.") from error
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(translation), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's have no more in common
            forget(path, cache)
            raise ModelUnusable(f"ONNX Runtime will not have {path.name}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session = None

    def carrier(self, view: Size) -> Size:
        """The size at which to cut a view: its own."""
        return view

    def encode(self, view: Pixels) -> NDArray[np.float32]:
        """Embeddings of one view, tokens x text width: seconds on a laptop."""
        *_, embeddings = self.steps(view)
        assert embeddings is not None
        return embeddings

    def steps(self, view: Pixels) -> Iterator[NDArray[np.float32] | None]:
        """Computes a view in stages, each a part of those seconds: None after all but the last, then the embeddings."""
        if self._session is None:
            raise ValueError("This OnnxTower has been closed.")
        size = Size(view.shape[1] // self._patch_px, view.shape[0] // self._patch_px)
        rows, columns = self._places(size)
        inputs = {"patches": self._patches(view, rows, columns), "positions": learned_positions(size, rows, columns)}
        if self._sine_width is not None:
            inputs["sines"] = sines(rows, columns, self._sine_width)
        try:
            (embeddings,) = self._session.run(None, inputs)
        except Exception as error:  # ONNX Runtime's have no more in common
            raise EngineError(f"The view could not be looked at: {error}") from error
        yield np.asarray(embeddings, np.float32)

    def _places(self, size: Size) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of each patch: line by line, or where patches are merged token by token, window by window."""
        rows, columns = np.indices((size.height, size.width))
        if self._merged == 1:
            return rows.ravel(), columns.ravel()
        inner = self._merged // 2
        split = (size.height // self._merged, inner, 2, size.width // self._merged, inner, 2)
        rows, columns = (axis.reshape(split).transpose(0, 3, 1, 4, 2, 5) for axis in (rows, columns))
        return rows.ravel(), columns.ravel()

    def _patches(self, view: Pixels, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """The patches at those places as rows of channel x height x width values."""
        side = self._patch_px
        values = (view / np.float32(255) - self._mean) / self._deviation
        grid = values.reshape(view.shape[0] // side, side, view.shape[1] // side, side, 3).transpose(0, 2, 4, 1, 3)
        return np.asarray(grid[rows, columns].reshape(len(rows), -1), np.float32)


def learned_positions(size: Size, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which row of the table of learned positions belongs to each place of a view of `size` patches."""
    return _BUCKETS * (_BUCKETS * rows // size.height) + _BUCKETS * columns // size.width


def sines(rows: NDArray[np.int64], columns: NDArray[np.int64], width: int) -> NDArray[np.float32]:
    """Sine and cosine of each place, first of its column, then of its row, at width / 4 wavelengths each."""
    count = width // 4
    frequencies = np.float32(1) / np.float32(_LONGEST_WAVE) ** (np.arange(count, dtype=np.float32) / np.float32(count))
    angles = [places.astype(np.float32)[:, None] * frequencies for places in (columns, rows)]
    return np.hstack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], dtype=np.float32)


def translated(path: Path, cache: Path) -> Path:
    """The kept translation of a vision file as it is now; made where there is none, and older ones of it removed."""
    name = kept_name(path)
    model = cache / f"{name}.onnx"
    if model.is_file():
        return model
    cache.mkdir(parents=True, exist_ok=True)
    forget(path, cache)
    part = cache / f"{name}.{os.getpid()}.part"
    try:
        with part.open("wb") as weights:
            graph = translate(VisionFile(path), weights, f"{name}.weights")
        part.replace(cache / f"{name}.weights")
        part.write_bytes(graph)
        part.replace(model)  # last: where it is, all is
    finally:
        part.unlink(missing_ok=True)
    return model


def forget(path: Path, cache: Path) -> None:
    """Removes what is kept of a vision file, as it is now or was, but for what another process is writing."""
    for kept in cache.glob(f"{_origin(path)}-*"):
        if not (kept.suffix == ".part" and psutil.pid_exists(int(kept.suffixes[0].strip(".")))):
            kept.unlink(missing_ok=True)


def kept_name(path: Path) -> str:
    """Under which name, but for its suffix, is kept what was made of a vision file as it is now."""
    state = path.stat()
    return f"{_origin(path)}-{_digest(f'{state.st_size} {state.st_mtime_ns} {EDITION} float32')}"


def _origin(path: Path) -> str:
    return _digest(str(path.resolve()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
