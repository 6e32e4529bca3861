"""The language model's memory of one prompt: it reads tokens and views, and says what may follow."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llama_cpp import llama_cpp
from numpy.typing import NDArray

from engine.errors import Cancelled, ContextFull, EngineError, ModelUnusable
from engine.llama import library
from engine.llama.library import Handle
from engine.llama.text import TextModel

BATCH_TOKENS = 512  # most tokens in one call to llama_decode; more would end the process

_ABORTED = 2  # llama_decode: the abort callback said so
_FULL = 1  # llama_decode: no room in the context


class TextContext(Handle):
    """The model's memory of one prompt. `cancelled` is looked at while it computes; not for two threads at once."""

    def __init__(self, model: TextModel, *, size_tokens: int, threads: int) -> None:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = size_tokens
        parameters.n_batch = parameters.n_ubatch = min(BATCH_TOKENS, size_tokens)
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.no_perf = True
        pointer = llama_cpp.llama_init_from_model(model.pointer, parameters)
        if not pointer:
            raise ModelUnusable(f"There is no room for the model to work in: {library.complaint()}.")
        super().__init__(pointer, llama_cpp.llama_free)
        self.size_tokens: int = llama_cpp.llama_n_ctx(pointer)
        self.position = 0  # of the next token
        self._model = model
        self._batch_tokens: int = parameters.n_batch
        self._batch = _Batch(self._batch_tokens)
        self._cancelled: Callable[[], bool] = lambda: False
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: self._cancelled())
        llama_cpp.llama_set_abort_callback(pointer, self._abort, None)

    def close(self) -> None:
        self._batch.close()
        super().close()

    def clear(self, cancelled: Callable[[], bool]) -> None:
        """Forgets the prompt. What comes next raises Cancelled once `cancelled` returns True."""
        self._cancelled = cancelled
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.pointer), True)
        self.position = 0

    def read_tokens(self, tokens: Sequence[int]) -> None:
        """Appends tokens to the prompt; logits() then speaks of what follows the last one."""
        for start in range(0, len(tokens), self._batch_tokens):
            some = tokens[start : start + self._batch_tokens]
            self._check_room(len(some))
            self._check(llama_cpp.llama_decode(self.pointer, self._batch.filled(some, self.position)))
            self.position += len(some)

    def read_view(self, embeddings: NDArray[np.float32]) -> None:
        """Appends an encoded view to the prompt: tokens x embedding size."""
        count = len(embeddings)
        self._check_room(count)
        columns = np.arange(self.position, self.position + count, dtype=np.int32)
        if self._model.position_planes == 1:
            planes = columns[None]
        else:  # as mtmd has it: one moment and one row, however many columns
            here = np.full_like(columns, self.position)
            planes = np.stack([here, here, columns, np.zeros_like(columns)])
        for start in range(0, count, self._batch_tokens):
            end = min(start + self._batch_tokens, count)
            self._check(self._decode_rows(embeddings[start:end], planes[:, start:end]))
        self.position += count

    def _decode_rows(self, rows: NDArray[np.float32], planes: NDArray[np.int32]) -> int:
        rows, planes = np.ascontiguousarray(rows), np.ascontiguousarray(planes)
        batch = llama_cpp.llama_batch()
        batch.n_tokens = len(rows)
        batch.embd = rows.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        batch.pos = planes.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_pos))
        result: int = llama_cpp.llama_decode(self.pointer, batch)
        return result

    def logits(self) -> NDArray[np.float32]:
        """What the model thinks of every token as the next one; valid until more is read."""
        values = llama_cpp.llama_get_logits_ith(self.pointer, -1)
        return np.ctypeslib.as_array(values, (self._model.vocabulary_size,))

    def _check_room(self, tokens: int) -> None:
        if self.position + tokens > self.size_tokens:
            raise ContextFull(f"This is more than the {self.size_tokens:,} tokens the model can take in at once.")

    def _check(self, result: int) -> None:
        if result == _ABORTED or self._cancelled():
            raise Cancelled("Cancelled.")
        if result == _FULL:
            raise ContextFull(f"This is more than the {self.size_tokens:,} tokens the model can take in at once.")
        if result:
            raise EngineError(f"The model could not go on (llama_decode returned {result}): {library.complaint()}.")


class _Batch(Handle):
    """A llama_batch of sequence 0 that is filled again and again."""

    def __init__(self, capacity: int) -> None:
        self._batch: Any = llama_cpp.llama_batch_init(capacity, 0, 1)
        super().__init__(self._batch, llama_cpp.llama_batch_free)
        self._tokens = np.ctypeslib.as_array(self._batch.token, (capacity,))
        self._positions = np.ctypeslib.as_array(self._batch.pos, (capacity,))
        self._wants_logits = np.ctypeslib.as_array(self._batch.logits, (capacity,))
        np.ctypeslib.as_array(self._batch.n_seq_id, (capacity,))[:] = 1
        for index in range(capacity):
            self._batch.seq_id[index][0] = 0

    def filled(self, tokens: Sequence[int], position: int) -> Any:
        count = len(tokens)
        self._batch.n_tokens = count
        self._tokens[:count] = tokens
        self._positions[:count] = np.arange(position, position + count)
        self._wants_logits[:count] = 0
        self._wants_logits[count - 1] = 1
        return self._batch
