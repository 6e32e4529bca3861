"""The language model's own embeddings of its tokens, looked up in its file.

llama.cpp takes in tokens or embeddings, never both at once; looked up here, words can go in together with views.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, dequantize
from gguf.quants import quant_shape_to_byte_shape
from numpy.typing import NDArray

from engine.errors import ModelUnusable
from engine.gguf_header import read_header

_TENSOR = "token_embd.weight"


class TokenEmbeddings:
    """The table of a text GGUF, mapped into memory: only the rows looked up are read. Raises ModelUnusable."""

    def __init__(self, path: Path) -> None:
        stored = read_header(path).stored.get(_TENSOR)
        if stored is None:
            raise ModelUnusable(f"{path.name} holds no embeddings of its tokens.")
        self._kind = GGMLQuantizationType(stored.kind)
        self.width, tokens = stored.dimensions
        shape = quant_shape_to_byte_shape((tokens, self.width), self._kind)
        self._table = np.memmap(path, np.uint8, "r", stored.offset, shape)
        try:
            self.rows([0])
        except NotImplementedError:
            raise ModelUnusable(f"{path.name} is quantised in a way not known here ({self._kind.name}).") from None

    def rows(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Tokens x embedding size."""
        rows: NDArray[np.float32] = dequantize(self._table[np.asarray(tokens, np.intp)], self._kind)
        return rows
