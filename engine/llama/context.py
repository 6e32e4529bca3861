"""The language model's memory of many prompts at once: it reads what each of them is given next, in common steps."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_cpp import llama_cpp
from numpy.typing import NDArray

from engine.errors import Cancelled, ContextFull, EngineError, ModelUnusable
from engine.llama import library
from engine.llama.library import Handle
from engine.llama.text import TextModel
from engine.messages import Configuration

SPARE_SEQUENCES = 5  # beside those of the configuration: a person's question, and what is kept (engine.scheduler.Kept)

_ABORTED = 2  # llama_decode: the abort callback said so
_FULL = 1  # llama_decode: no room in the context
_TYPES = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}


@dataclass(frozen=True)
class Piece:
    """What one sequence reads next: `rows` is rows x embedding size, tokens and views alike, from `position` on."""

    sequence: int
    position: int
    rows: NDArray[np.float32]


class TextContext(Handle):
    """Room for `size_tokens` rows, shared by the sequences 0 to `sequences` - 1; not for two threads at once.

    Everything is read as embeddings: one step may hold the views and words of one prompt and the next tokens of other
    answers. What a sequence reads does not depend on what others read beside it.
    """

    def __init__(self, model: TextModel, configuration: Configuration) -> None:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = configuration.context_tokens
        parameters.n_batch = parameters.n_ubatch = min(configuration.batch_rows, configuration.context_tokens)
        parameters.n_seq_max = configuration.sequences + SPARE_SEQUENCES
        parameters.kv_unified = True  # one pool of cells: sequences of any length, and beginnings in common
        parameters.n_threads = parameters.n_threads_batch = configuration.threads
        parameters.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
            if configuration.flash_attention
            else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        parameters.type_k = _TYPES[configuration.kv]
        parameters.type_v = _TYPES[configuration.kv if configuration.flash_attention else "f16"]  # llama.cpp's rule
        parameters.no_perf = True
        pointer = llama_cpp.llama_init_from_model(model.pointer, parameters)
        if not pointer:
            raise ModelUnusable(f"There is no room for the model to work in: {library.complaint()}.")
        super().__init__(pointer, llama_cpp.llama_free)
        self.size_tokens: int = llama_cpp.llama_n_ctx(pointer)
        self.sequences: int = parameters.n_seq_max
        self.batch_rows: int = parameters.n_batch
        self.rolls_back = model.rolls_back
        self._vocabulary_size = model.vocabulary_size
        self._batch = _Batch(self.batch_rows, model)
        self._stop: Callable[[], bool] = lambda: False
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: self._stop())
        llama_cpp.llama_set_abort_callback(pointer, self._abort, None)

    def read(self, pieces: Sequence[Piece], stop: Callable[[], bool] = lambda: False) -> None:
        """Reads all pieces, together at most `batch_rows` rows, in one step; more would end the process.

        Raises Cancelled when `stop` says so meanwhile, and other EngineErrors. Then no piece has been read, and where
        the model does not roll back all that their sequences had read is forgotten.
        """
        if max(piece.position + len(piece.rows) for piece in pieces) > self.size_tokens:
            raise ContextFull(f"This is more than the {self.size_tokens:,} tokens the model can take in at once.")
        self._stop = stop
        result = llama_cpp.llama_decode(self.pointer, self._batch.filled(pieces))
        if result:
            for piece in pieces:
                self.forget(piece.sequence, piece.position if self.rolls_back else 0)
        if result == _ABORTED:
            raise Cancelled("Cancelled.")
        if result == _FULL:
            raise ContextFull(f"This is more than the {self.size_tokens:,} tokens the model can take in at once.")
        if result:
            raise EngineError(f"The model could not go on (llama_decode returned {result}): {library.complaint()}.")

    def logits(self, piece: int) -> NDArray[np.float32]:
        """What the model thinks of every token after the piece of that number; valid until more is read."""
        values = llama_cpp.llama_get_logits_ith(self.pointer, self._batch.last_rows[piece])
        return np.ctypeslib.as_array(values, (self._vocabulary_size,))

    def forget(self, sequence: int, position: int = 0) -> None:
        """Forgets a sequence from a position on: any where the model rolls back, else only the whole of it."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, position, -1)

    def share(self, source: int, target: int, rows: int) -> None:
        """Lets an empty sequence begin with the first rows of another: with all of them where it does not roll back."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, rows)

    @property
    def _memory(self) -> Any:
        return llama_cpp.llama_get_memory(self.pointer)


class _Batch:
    """A llama_batch of embeddings over arrays of ours, filled again and again."""

    def __init__(self, capacity: int, model: TextModel) -> None:
        self.last_rows: list[int] = []
        self._planes = model.position_planes
        self._rows = np.zeros((capacity, model.embedding_size), np.float32)
        self._positions = np.zeros(capacity * self._planes, np.int32)
        self._counts = np.ones(capacity, np.int32)
        self._sequences = np.zeros(capacity, np.int32)
        self._wants_logits = np.zeros(capacity, np.int8)
        first = self._sequences.ctypes.data
        number = ctypes.POINTER(llama_cpp.llama_seq_id)
        self._sequence_pointers = (number * (capacity + 1))(
            *(ctypes.cast(first + 4 * row, number) for row in range(capacity))
        )
        self._batch = llama_cpp.llama_batch()
        self._batch.embd = self._rows.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._batch.pos = self._positions.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_pos))
        self._batch.n_seq_id = self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        self._batch.seq_id = self._sequence_pointers
        self._batch.logits = self._wants_logits.ctypes.data_as(ctypes.POINTER(ctypes.c_int8))

    def filled(self, pieces: Sequence[Piece]) -> Any:
        """Where rows have positions in several planes they are alike in all: so mtmd places MiniCPM-V's views, too."""
        count = sum(len(piece.rows) for piece in pieces)
        planes = self._positions[: count * self._planes].reshape(self._planes, count)
        self._wants_logits[:count] = 0
        self.last_rows = []
        start = 0
        for piece in pieces:
            end = start + len(piece.rows)
            self._rows[start:end] = piece.rows
            planes[:, start:end] = np.arange(piece.position, piece.position + len(piece.rows))
            self._sequences[start:end] = piece.sequence
            self._wants_logits[end - 1] = 1
            self.last_rows.append(end - 1)
            start = end
        self._batch.n_tokens = count
        return self._batch
