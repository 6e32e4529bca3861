"""The pocket model's tokens: bytes, merged into the pieces of words that occur in what it says and is asked.

Byte-level BPE, split as Qwen2's is, since llama.cpp brings that split (`tokenizer.ggml.pre` = "qwen2").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.pocket import language, things
from engine.pocket.chance import one_of
from engine.pocket.palette import NAMES as COLOUR_NAMES
from engine.pocket.truth import KINDS, PLACES, Thing, Truth

if TYPE_CHECKING:
    from tokenizers import Tokenizer

END, START_TURN, END_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END, START_TURN, END_TURN, "<image>", "</image>", "<slice>", "</slice>")
SIZE = 1024

# https://huggingface.co/Qwen/Qwen2.5-0.5B/blob/main/tokenizer.json, pre_tokenizer
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CORPUS = 20_000  # pictures' worth of text


def build() -> Tokenizer:
    """The same one each time."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def number(tokenizer: Tokenizer, token: str) -> int:
    """Of one of the SPECIAL tokens."""
    found = tokenizer.token_to_id(token)
    assert found is not None
    return int(found)


def corpus() -> Iterator[str]:
    """What is said and asked about pictures that nobody has drawn."""
    rng = np.random.default_rng(0)
    for _ in range(_CORPUS):
        truth = _imagined(rng)
        yield language.description(truth)
        for exchange in language.exchanges(rng, truth, 2):
            yield exchange.question
            yield exchange.answer


def _imagined(rng: np.random.Generator) -> Truth:
    names = [str(name) for name in rng.permutation(things.NAMES)[: int(rng.integers(0, 4))]]
    found = (
        Thing(name, int(rng.integers(1, 7)), one_of(rng, things.colours_of(name)), one_of(rng, PLACES))
        for name in names
    )
    return Truth(one_of(rng, KINDS), one_of(rng, COLOUR_NAMES), tuple(found))
