"""Samplers and grammars in C, applied to candidates that are one array of token, logit and probability."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llama_cpp import llama_cpp
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.llama import library
from engine.llama.library import Handle
from engine.llama.text import TextModel

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # struct llama_token_data


class Candidates:
    """The tokens that may come next, with their logits; `selected` is set by a Sampler."""

    def __init__(self, ids: NDArray[np.int32], logits: NDArray[np.float32]) -> None:
        self._entries = np.empty(len(ids), _CANDIDATE)
        self._entries["id"], self._entries["logit"], self._entries["p"] = ids, logits, 0
        self.array = llama_cpp.llama_token_data_array()
        self.array.data = self._entries.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
        self.array.size, self.array.selected, self.array.sorted = len(ids), -1, False

    @property
    def selected(self) -> int:
        return int(self._entries["id"][self.array.selected])

    @property
    def logits(self) -> NDArray[np.float32]:
        """In the order the ids were given, as long as no Sampler has sorted them."""
        logits: NDArray[np.float32] = self._entries["logit"]
        return logits


class Sampler(Handle):
    """A chain of llama.cpp's samplers. `temperature` 0: the likeliest token, whatever the rest says."""

    def __init__(
        self,
        model: TextModel,
        *,
        temperature: float,
        top_k: int,
        top_p: float,
        repeat_penalty: float,
        repeat_tokens: int,
        seed: int,
    ) -> None:
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        super().__init__(chain, llama_cpp.llama_sampler_free)
        if temperature == 0:
            self._add(llama_cpp.llama_sampler_init_greedy())
            return
        size = model.vocabulary_size
        self._add(llama_cpp.llama_sampler_init_penalties(size, repeat_tokens, repeat_penalty, 0.0, 0.0))
        self._add(llama_cpp.llama_sampler_init_top_k(top_k))
        self._add(llama_cpp.llama_sampler_init_top_p(top_p, 1))
        self._add(llama_cpp.llama_sampler_init_temp(temperature))
        self._add(llama_cpp.llama_sampler_init_dist(seed))

    def select(self, candidates: Candidates) -> int:
        llama_cpp.llama_sampler_apply(self.pointer, ctypes.byref(candidates.array))
        return candidates.selected

    def accept(self, token: int) -> None:
        llama_cpp.llama_sampler_accept(self.pointer, token)

    def _add(self, sampler: Any) -> None:
        llama_cpp.llama_sampler_chain_add(self.pointer, sampler)  # the chain frees it


class Grammar(Handle):
    """A GBNF grammar at the place where the accepted tokens have led."""

    def __init__(self, model: TextModel, gbnf: str) -> None:
        pointer = llama_cpp.llama_sampler_init_grammar(model.vocabulary, gbnf.encode(), b"root")
        if not pointer:
            raise EngineError(f"The grammar is not one llama.cpp understands: {library.complaint()}.")
        super().__init__(pointer, llama_cpp.llama_sampler_free)

    def restrict(self, candidates: Candidates) -> None:
        """Sets the logit of every token that may not come next to minus infinity."""
        llama_cpp.llama_sampler_apply(self.pointer, ctypes.byref(candidates.array))

    def accept(self, token: int) -> None:
        llama_cpp.llama_sampler_accept(self.pointer, token)
