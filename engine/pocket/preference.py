"""RLAIF-V in miniature: the model learns from pairs of its own descriptions, one of which is truer than the other.

For each picture several descriptions are sampled and taken apart into claims, which the picture's truth judges. The one
that claims least wrongly and misses least is preferred to the one that does most. Direct preference optimisation (DPO,
arXiv 2305.18290) then makes the preferred ones likelier than the others, against the model as it was. Source: arXiv
2408.01800, section 4.3; RLAIF-V, arXiv 2405.17220.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.pocket.chance import one_of
from engine.pocket.claims import claims, missed, wrong
from engine.pocket.encoding import RULE, cut, encoded, padded, seen
from engine.pocket.language import DESCRIBE, Exchange
from engine.pocket.material import Material
from engine.pocket.network import Pocket
from engine.pocket.pictures import SIZES, picture
from engine.pocket.truth import Truth
from engine.pocket.vocabulary import END_TURN, number
from engine.slicing import SlicePlan, plan

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SAMPLES = 6  # descriptions of each picture
TEMPERATURE = 1.0
MOST_TOKENS = 90
_PICTURES = 24  # at a time
_BETA = 0.1
_RATE = 5e-5
_SAID_WEIGHT = 0.1  # of the preferred one's own likelihood, which DPO alone may let fall


@dataclass(frozen=True)
class Pair:
    """Two descriptions of one picture."""

    chosen: str
    rejected: str


def align(
    model: Pocket,
    tokenizer: Tokenizer,
    material: Material,
    *,
    rounds: int,
    seed: int,
    told: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> Pocket | None:
    """The model after `rounds` batches of pairs, of which only the decoder learns; None where `stop` ended it."""
    reference = copy.deepcopy(model).eval()
    model.train()
    optimiser = torch.optim.AdamW(model.decoder.parameters(), lr=_RATE, betas=(0.9, 0.98), weight_decay=0.0)
    for turn in range(rounds):
        if stop():
            return None
        rng = np.random.default_rng([seed, 900, turn])
        size = one_of(rng, SIZES)
        slicing = plan(*size, RULE, int(rng.choice((1, 4, 9))))
        examples = [picture([seed, 900, turn, row], material, size) for row in range(_PICTURES)]
        views = cut([example.image for example in examples], slicing)
        with torch.no_grad():
            rows = seen(model, views)
        said = sampled(model, tokenizer, slicing, rows)
        pairs = [best_and_worst(each, example.truth) for each, example in zip(said, examples, strict=True)]
        kept = [row for row, pair in enumerate(pairs) if pair is not None]
        if not kept:
            continue
        chosen, rejected = ([getattr(pairs[row], side) for row in kept] for side in ("chosen", "rejected"))
        talks = [[Exchange(DESCRIBE, answer)] for answer in (*chosen, *rejected)]
        tokens, marks = padded(slicing, talks, tokenizer)
        both = torch.cat([rows[kept], rows[kept]])
        now = log_likelihood(model, both, tokens, marks)
        with torch.no_grad():
            before = log_likelihood(reference, both, tokens, marks)
        gain = (now - before).view(2, -1)
        loss = -functional.logsigmoid(_BETA * (gain[0] - gain[1])).mean()
        lengths = marks[: len(kept)].sum(dim=1)
        loss = loss - _SAID_WEIGHT * (now[: len(kept)] / lengths).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.decoder.parameters(), 1.0)
        optimiser.step()
        preferred = float((gain[0] > gain[1]).float().mean())
        measured = f"{len(kept)} pairs, loss {float(loss.detach()):.3f}, preferred {preferred:.0%}"
        told(f"round {turn + 1} of {rounds}: {measured}")
    model.eval()
    return model


def sampled(model: Pocket, tokenizer: Tokenizer, slicing: SlicePlan, rows: Tensor) -> list[list[str]]:
    """SAMPLES descriptions of each picture; `rows`: pictures x rows of views x width."""
    prompt = _prompt(slicing, tokenizer)
    tokens = prompt.expand(len(rows) * SAMPLES, -1)
    answers = model.answers(
        tokens,
        rows.repeat_interleave(SAMPLES, dim=0),
        number(tokenizer, END_TURN),
        most=MOST_TOKENS,
        temperature=TEMPERATURE,
    )
    texts = [tokenizer.decode(answer, skip_special_tokens=True) for answer in answers]
    return [texts[first : first + SAMPLES] for first in range(0, len(texts), SAMPLES)]


def best_and_worst(said: Sequence[str], truth: Truth) -> Pair | None:
    """The pair to learn from; None where all are as wrong and miss as much.

    What is missed counts as what is wrong does: else it learns to say nothing.
    """
    scores: dict[str, tuple[int, int]] = {}
    for each in said:
        mistakes = wrong(claims(each, truth))
        scores[each] = mistakes + missed(each, truth), mistakes
    best, worst = min(scores, key=scores.__getitem__), max(scores, key=scores.__getitem__)
    return None if scores[best] == scores[worst] else Pair(best, worst)


def log_likelihood(model: Pocket, rows: Tensor, tokens: Tensor, marks: Tensor) -> Tensor:
    """Of each answer, given its picture: pictures."""
    logits = model(tokens, rows)[:, :-1].log_softmax(dim=-1)
    each = logits.gather(-1, tokens[:, 1:].clamp(min=0)[..., None])[..., 0]
    return (each * marks[:, 1:]).sum(dim=1)


def _prompt(slicing: SlicePlan, tokenizer: Tokenizer) -> Tensor:
    tokens, marks = encoded(slicing, [Exchange(DESCRIBE, "")], tokenizer)
    return torch.tensor([tokens[: marks.index(True)]])
