"""How a language model is best run on this machine."""

from __future__ import annotations

from pathlib import Path

from engine.gguf_header import GgufHeader, read_header
from engine.hardware import usable_cores
from engine.messages import Configuration, ModelFiles

_CONTEXTS_TOKENS = (8192, 4096)  # the first one whose keys and values take no more than this:
_LARGE_CONTEXT_BYTES = 300_000_000
_BYTES = {"f16": 2.0, "q8_0": 34 / 32}  # of one number; q8_0 has a scale of 2 bytes for 32


def chosen(files: ModelFiles, *, threads: int | None = None) -> Configuration:
    """The configuration for a model; `threads`: None: as many as there are physical cores. Raises ModelUnusable."""
    found = Configuration(threads or usable_cores())
    token_bytes = key_value_bytes(read_header(Path(files.text)), found)
    *larger, least = _CONTEXTS_TOKENS
    tokens = next((tokens for tokens in larger if tokens * token_bytes <= _LARGE_CONTEXT_BYTES), least)
    return Configuration(found.threads, context_tokens=tokens)


def key_value_bytes(text: GgufHeader, configuration: Configuration) -> float:
    """What the keys and values of one token take, by what a text file says of its layers of attention."""
    heads = text.value("attention.head_count")
    width = text.value("embedding_length") // heads
    widths = text.value("attention.key_length", width) + text.value("attention.value_length", width)
    layers = text.value("block_count") // text.value("full_attention_interval", 1)
    return float(layers * text.value("attention.head_count_kv", heads) * widths * _BYTES[configuration.kv])
