"""Writes the vocabulary of a language model into a GGUF file: byte pairs, split into words as Qwen2's are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gguf import GGUFWriter, TokenType


def add_vocabulary(
    writer: GGUFWriter,
    tokens: Sequence[str],
    merges: Iterable[tuple[str, str]],
    markup: Iterable[str],
    *,
    begin: str,
    end: str,
    pad: str,
) -> None:
    """All `tokens` by their numbers, of which `markup` is no text; `begin`, `end` and `pad` are three of that."""
    known = frozenset(markup)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in known else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(tokens.index(begin))
    writer.add_eos_token_id(tokens.index(end))
    writer.add_pad_token_id(tokens.index(pad))
    writer.add_add_bos_token(False)
