"""The vision tower: a view's pixels in, its embeddings out, at exactly the size the view was cut to."""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from engine import models, seals
from engine.errors import EngineError, ModelUnusable
from engine.gguf_header import read_header
from engine.llama import library
from engine.llama.library import Handle
from engine.slicing import Size
from engine.views import Pixels

_MARKER = b"<__media__>"  # where mtmd_tokenize puts the picture
_IMAGE = 1  # mtmd_input_chunk_type


@dataclass(frozen=True)
class TowerSize:
    """What mtmd's preprocessing goes by: the side of a view and what its sides are multiples of, in pixels."""

    view_px: int
    align_px: int


class VisionTower(Handle):
    """A vision GGUF in memory, without a text model. Raises ModelUnusable where llama.cpp will not have it."""

    runtime = "ggml"

    def __init__(self, path: Path, *, size: TowerSize, threads: int) -> None:
        library.load()
        embedding_size = models.embedding_size(read_header(path))
        if embedding_size is None:
            raise ModelUnusable(f"{path.name} does not say how wide its embeddings are.")
        parameters = mtmd_cpp.mtmd_context_params_default()
        parameters.n_threads = threads
        parameters.print_timings = parameters.warmup = False
        pointer = mtmd_cpp.mtmd_init_from_file(str(path).encode(), None, parameters)
        if not pointer:
            raise ModelUnusable(f"{path.name} cannot be used as this model's eyes: {library.complaint()}.")
        super().__init__(pointer, mtmd_cpp.mtmd_free)
        self.identity = f"{seals.state(path)} llama.cpp {llama_cpp.__version__}"
        self._embedding_size = embedding_size
        self._size = size

    def encode(self, view: Pixels) -> NDArray[np.float32]:
        """Embeddings of one view, cut at its carrier's size, tokens x text width: seconds on a laptop, and not to be
        interrupted.
        """
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            chunk = self._first_image(chunks, view)
            if mtmd_cpp.mtmd_encode_chunk(self.pointer, chunk):
                raise EngineError(f"The view could not be looked at: {library.complaint()}.")
            shape = (mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk), self._embedding_size)
            return np.ctypeslib.as_array(mtmd_cpp.mtmd_get_output_embd(self.pointer), shape).copy()
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)

    def steps(self, view: Pixels) -> Iterator[NDArray[np.float32] | None]:
        """Embeddings of one view, which ggml makes in one go."""
        yield self.encode(view)

    def leave(self) -> None:
        """ggml cannot be ended."""

    def carrier(self, view: Size) -> Size:
        """The size at which to cut a view so that the tower sees it at the size of `view`."""
        return carrier_size(view, self._size)

    def _first_image(self, chunks: Any, pixels: Pixels) -> Any:
        """The overview mtmd makes of `pixels`; the slices it plans after it are never encoded."""
        height, width, _channels = pixels.shape
        data = np.ascontiguousarray(pixels)
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)))
        text = mtmd_cpp.mtmd_input_text()
        text.text, text.text_len, text.add_special, text.parse_special = _MARKER, len(_MARKER), False, True
        try:
            bitmaps = (ctypes.c_void_p * 1)(bitmap)
            if mtmd_cpp.mtmd_tokenize(self.pointer, chunks, ctypes.byref(text), bitmaps, 1):
                raise EngineError(f"The view could not be prepared: {library.complaint()}.")
        finally:
            mtmd_cpp.mtmd_bitmap_free(bitmap)
        every = (mtmd_cpp.mtmd_input_chunks_get(chunks, i) for i in range(mtmd_cpp.mtmd_input_chunks_size(chunks)))
        return next(chunk for chunk in every if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == _IMAGE)


@cache
def carrier_size(view: Size, tower: TowerSize) -> Size:
    """The size of a picture whose overview mtmd makes as large as `view`.

    mtmd keeps most views as they are; a fifth it would stretch to a square or move by one patch. For those this finds
    a picture about twice as large, or one pixel wider, that leads mtmd to the wanted size. Where none exists (a few
    sizes of MiniCPM-V 4.6 in its 4x mode) the view is handed over as it is, and mtmd moves it by a patch.
    """
    wider, higher = Size(view.width + 1, view.height), Size(view.width, view.height + 1)
    candidates = itertools.chain([view], _twice_as_large(view, tower), [wider, higher])
    return next((carrier for carrier in candidates if overview_of(carrier, tower) == view), view)


def _twice_as_large(view: Size, tower: TowerSize) -> Iterator[Size]:
    """Pictures of twice the height, at each ratio from which mtmd's arithmetic may come out at this size."""
    half = tower.align_px // 2 + 1
    for height in range(view.height - half, view.height + half):
        for width in range(view.width - half, view.width + half):
            # before it aligns, mtmd has height = int(view_px / sqrt(ratio)) and width = int(height * ratio)
            least = max(width / height, (tower.view_px / (height + 1)) ** 2)
            most = min((width + 1) / height, (tower.view_px / height) ** 2)
            if least < most:
                yield Size(round(view.height * (least + most)), 2 * view.height)


def overview_of(picture: Size, tower: TowerSize) -> Size:
    """The size of the overview that mtmd makes (llama.cpp, tools/mtmd/mtmd-image.cpp, get_slice_instructions)."""
    width, height = picture
    if max(picture) <= tower.view_px:
        return Size(tower.view_px, tower.view_px)
    if width * height > tower.view_px**2:
        ratio = np.float32(width) / np.float32(height)
        height = int(np.float32(tower.view_px) / np.sqrt(ratio))
        width = int(np.float32(height) * ratio)
    return Size(_align(width, tower.align_px), _align(height, tower.align_px))


def _align(length: int, step: int) -> int:
    return max(math.floor(np.float32(length) / np.float32(step) + np.float32(0.5)) * step, step)
