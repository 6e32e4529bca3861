"""The vision tower on ONNX Runtime: translates a vision GGUF once on this machine, keeps the result, and runs it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnxruntime
import psutil
from numpy.typing import NDArray

from engine import seals
from engine.closing import Closing
from engine.errors import EngineError, ModelUnusable
from engine.onnx.providers import REFERENCE, Way, ways
from engine.onnx.translation import EDITION, Precision, VisionFile, translate
from engine.slicing import Size
from engine.views import Pixels

_BUCKETS = 70  # the table of learned positions stands for 70 x 70 places of a view
_LONGEST_WAVE = 10_000.0  # of the resampler's sines
_FATAL = 4  # ONNX Runtime's log level; what goes wrong is raised too


class OnnxTower(Closing):
    """A vision GGUF, run by ONNX Runtime in stages. Not for two threads at once."""

    def __init__(self, path: Path, *, cache: Path, threads: int, way: Way = REFERENCE) -> None:
        """`cache`: the folder where translations are kept. Raises ModelUnusable."""
        file = VisionFile(path)
        self.runtime = way.name
        self.identity = f"{seals.state(path)} {EDITION} {onnxruntime.__version__} {way.name}"
        self._patch_px = file.patch_px
        self._merged = file.merged
        self._sine_width = None if file.merges else file.shape("resampler.query")[1]
        self._mean = np.asarray(file.value("vision.image_mean"), np.float32)
        self._options, self._last_options = _run_options(), _run_options(gives_back=True)
        self._deviation = np.asarray(file.value("vision.image_std"), np.float32)
        try:
            translation = translated(path, cache, way.precision)
        except OSError as error:
            raise ModelUnusable(f"{path.name} could not be translated: {error.strerror}.") from error
        try:
            self._sessions = [_session(stage, way, threads) for stage in sorted(translation.glob("*.onnx"))]
        except ModelUnusable:
            raise
        except Exception as error:  # ONNX Runtime's have no more in common
            shutil.rmtree(translation, ignore_errors=True)
            raise ModelUnusable(f"ONNX Runtime will not have {path.name}: {error}") from error

    def close(self) -> None:
        self._sessions = []

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
        if not self._sessions:
            raise ValueError("This OnnxTower has been closed.")
        size = Size(view.shape[1] // self._patch_px, view.shape[0] // self._patch_px)
        rows, columns = self._places(size)
        values: dict[str, NDArray[Any]] = {
            "patches": self._patches(view, rows, columns),
            "positions": learned_positions(size, rows, columns),
        }
        if self._sine_width is not None:
            values["sines"] = sines(rows, columns, self._sine_width)
        last = self._sessions[-1]
        for stage in self._sessions:
            if "x" in values:
                yield None
            options = self._last_options if stage is last else self._options
            while (made := self._run(stage, values, options)) is None:
                yield None
            values["x"] = made
        yield values["x"]

    def leave(self) -> None:
        """Ends the stage that is being computed, within a tenth of a second or so; steps() computes it again."""
        self._options.terminate = self._last_options.terminate = True

    def _run(self, stage: Any, values: dict[str, NDArray[Any]], options: Any) -> NDArray[np.float32] | None:
        """None where it was left."""
        try:
            (made,) = stage.run(None, {each.name: values[each.name] for each in stage.get_inputs()}, options)
        except Exception as error:  # ONNX Runtime's have no more in common
            if options.terminate:
                self._options.terminate = self._last_options.terminate = False
                return None
            raise EngineError(f"The view could not be looked at: {error}") from error
        return np.asarray(made, np.float32)

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


def _session(stage: Path, way: Way, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _FATAL
    options.enable_mem_pattern = False  # DirectML wants it off, and views differ in size
    options.add_session_config_entry("session.use_env_allocators", "1")
    if way.maps_weights:
        options.add_session_config_entry("session.disable_prepacking", "1")
    _share_memory()
    session = onnxruntime.InferenceSession(str(stage), options, providers=[(way.provider, dict(way.options))])
    if session.get_providers()[0] != way.provider:  # it then runs, silently, on the processor
        raise ModelUnusable(f"{way.name} has no device here")
    return session


@once
def _share_memory() -> None:
    """Has the stages, of which one runs at a time, work in the same memory."""
    onnxruntime.create_and_register_allocator(
        onnxruntime.OrtMemoryInfo(
            "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
        ),
        None,
    )


def _run_options(*, gives_back: bool = False) -> Any:
    """`gives_back`: the memory that the stages share is the system's again after the run."""
    options = onnxruntime.RunOptions()
    options.log_severity_level = _FATAL
    if gives_back:
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def learned_positions(size: Size, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which row of the table of learned positions belongs to each place of a view of `size` patches."""
    return _BUCKETS * (_BUCKETS * rows // size.height) + _BUCKETS * columns // size.width


def sines(rows: NDArray[np.int64], columns: NDArray[np.int64], width: int) -> NDArray[np.float32]:
    """Sine and cosine of each place, first of its column, then of its row, at width / 4 wavelengths each."""
    count = width // 4
    frequencies = np.float32(1) / np.float32(_LONGEST_WAVE) ** (np.arange(count, dtype=np.float32) / np.float32(count))
    angles = [places.astype(np.float32)[:, None] * frequencies for places in (columns, rows)]
    return np.hstack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], dtype=np.float32)


def translated(path: Path, cache: Path, precision: Precision) -> Path:
    """The folder with the translation of a vision file as it is now; made where there is none, and those of what the
    file was before removed.
    """
    folder = cache / kept_name(path, precision)
    if folder.is_dir():
        return folder
    _forget_earlier(path, cache)
    part = folder.with_suffix(f".{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        with (part / "weights").open("wb") as weights:
            stages = translate(VisionFile(path), weights, "weights", precision)
        for number, stage in enumerate(stages):
            (part / f"{number:02}.onnx").write_bytes(stage)
        part.rename(folder)  # last: where it is, all is
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _forget_earlier(path: Path, cache: Path) -> None:
    """Removes what was made of a vision file before it changed, or by a process that was killed over it."""
    for kept in cache.glob(f"{_origin(path)}-*"):
        if kept.suffix == ".part":
            earlier = not psutil.pid_exists(int(kept.suffixes[0].strip(".")))
        else:
            earlier = not kept.name.startswith(_of_now(path))
        if earlier and kept.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
        elif earlier:
            kept.unlink(missing_ok=True)


def keep_only(path: Path, cache: Path, runtime: str) -> None:
    """Removes the translations, which are large, of a vision file that the runtime of that name does not take."""
    wanted = {way.precision for way in ways() if way.name == runtime}
    for precision in set(get_args(Precision)) - wanted:
        shutil.rmtree(cache / kept_name(path, precision), ignore_errors=True)


def kept_name(path: Path, what: str) -> str:
    """Under which name something is kept that was made of a vision file as it is now."""
    return f"{_of_now(path)}-{_digest(what)}"


def _of_now(path: Path) -> str:
    return f"{_origin(path)}-{_digest(f'{seals.state(path)} {EDITION} {onnxruntime.__version__}')}"


def _origin(path: Path) -> str:
    return _digest(str(path.resolve()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
