"""The language model's weights and its vocabulary."""

from __future__ import annotations

import ctypes
from pathlib import Path

from llama_cpp import llama_cpp

from engine.errors import EngineError, ModelUnusable
from engine.llama import library
from engine.llama.library import Handle

_ROTATED_IN_3D = (llama_cpp.LLAMA_ROPE_TYPE_MROPE, llama_cpp.LLAMA_ROPE_TYPE_IMROPE)  # MiniCPM-V 4.6


class TextModel(Handle):
    """A text GGUF in memory. Raises ModelUnusable where llama.cpp will not have it."""

    def __init__(self, path: Path) -> None:
        library.load()
        pointer = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not pointer:
            raise ModelUnusable(f"{path.name} cannot be used as a language model: {library.complaint()}.")
        super().__init__(pointer, llama_cpp.llama_model_free)
        self.vocabulary = llama_cpp.llama_model_get_vocab(pointer)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self.embedding_size: int = llama_cpp.llama_model_n_embd_inp(pointer)
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

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; none for markup. A character may be spread over several."""
        buffer = ctypes.create_string_buffer(256)
        count = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(count, 0)]

    def ends(self, token: int) -> bool:
        """Whether the model means to stop with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))
