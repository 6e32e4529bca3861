"""The language model's weights and its vocabulary."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp
from numpy.typing import NDArray

from engine.errors import EngineError, ModelUnusable
from engine.llama import library
from engine.llama.library import Handle
from engine.token_embeddings import TokenEmbeddings

_ROTATED_IN_3D = (llama_cpp.LLAMA_ROPE_TYPE_MROPE, llama_cpp.LLAMA_ROPE_TYPE_IMROPE)  # MiniCPM-V 4.6


class TextModel(Handle):
    """A text GGUF in memory. Raises ModelUnusable where llama.cpp will not have it.

    `repack`: the weights are laid out anew for this processor, in memory of their own; else the file is mapped, which
    the system may drop and read again. `vocabulary_only`: it knows its tokens and has no weights, so nothing can be
    computed with it.
    """

    def __init__(self, path: Path, *, repack: bool = True, vocabulary_only: bool = False) -> None:
        library.load()
        parameters = llama_cpp.llama_model_default_params()
        parameters.use_extra_bufts = repack
        if repack:  # a mapped file would stay in memory beside what was made of it
            parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_NONE
        parameters.vocab_only = vocabulary_only
        pointer = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not pointer:
            raise ModelUnusable(f"{path.name} cannot be used as a language model: {library.complaint()}.")
        super().__init__(pointer, llama_cpp.llama_model_free)
        self.vocabulary = llama_cpp.llama_model_get_vocab(pointer)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self._embeddings = TokenEmbeddings(path)
        self.embedding_size = self._embeddings.width
        recurrent = llama_cpp.llama_model_is_recurrent(pointer) or llama_cpp.llama_model_is_hybrid(pointer)
        self.rolls_back = not recurrent  # a recurrent state has no past to go back to
        self.position_planes = 4 if llama_cpp.llama_model_rope_type(pointer) in _ROTATED_IN_3D else 1

    def tokens(self, text: str, *, special: bool, first: bool = False) -> list[int]:
        """Tokens of `text`. `special`: markup such as <image> counts; `first`: it opens a prompt."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 2
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), buffer, room, first, special)
        if count < 0:
            raise EngineError("The text could not be split into the model's tokens.")
        return list(buffer[:count])

    def embed(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """The tokens as the model takes them in: tokens x embedding size."""
        return self._embeddings.rows(tokens)

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; none for markup. A character may be spread over several."""
        buffer = ctypes.create_string_buffer(256)
        count = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(count, 0)]

    def ends(self, token: int) -> bool:
        """Whether the model means to stop with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))
