"""Pictures and what is said of them as the network takes them in, in batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine import views
from engine.messages import Turn
from engine.pocket import things
from engine.pocket.language import DESCRIBE, Exchange, description, exchanges
from engine.pocket.network import Dimensions, Pocket, normalised
from engine.pocket.palette import NAMES as COLOUR_NAMES
from engine.pocket.truth import KINDS, Example, Truth
from engine.pocket.vocabulary import END, END_TURN, number
from engine.prompts import POCKET, Markup, View, compose
from engine.slicing import SlicePlan, SliceRule, plan

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VIEW_ROW = -1  # stands in `tokens` where a row of a view goes
MOST_COUNT = 8

RULE = SliceRule(Dimensions.view_px, Dimensions.patch_px, most_slices=9, queries=Dimensions.queries)


@dataclass(frozen=True)
class Labels:
    """What is true of each picture, in numbers; of a thing that is not there, the colour is -1."""

    kind: Tensor  # pictures
    colour: Tensor  # pictures
    counts: Tensor  # pictures x things
    thing_colours: Tensor  # pictures x things


@dataclass(frozen=True)
class Batch:
    """`views`: of each size those of all pictures, bytes; `tokens` and `learnt`: pictures x rows.

    `learnt` marks the tokens that the model is to say itself.
    """

    views: tuple[Tensor, ...]
    tokens: Tensor
    learnt: Tensor
    labels: Labels

    def to(self, device: torch.device) -> Batch:
        labels = Labels(*(part.to(device) for part in vars(self.labels).values()))
        moved = tuple(part.to(device) for part in self.views)
        return Batch(moved, self.tokens.to(device), self.learnt.to(device), labels)


def batch(
    examples: Sequence[Example], most_slices: int, talks: Sequence[Sequence[Exchange]], tokenizer: Tokenizer
) -> Batch:
    """Examples of one size, each with what is talked about it."""
    slicing = plan(*examples[0].image.size, RULE, most_slices)
    tokens, learnt = padded(slicing, talks, tokenizer)
    views_of_all = cut([example.image for example in examples], slicing)
    return Batch(views_of_all, tokens, learnt, labels([example.truth for example in examples]))


def padded(slicing: SlicePlan, talks: Sequence[Sequence[Exchange]], tokenizer: Tokenizer) -> tuple[Tensor, Tensor]:
    """Conversations side by side, the shorter ones filled up: tokens, and which of them the model says."""
    lines = [encoded(slicing, talk, tokenizer) for talk in talks]
    longest = max(len(tokens) for tokens, _ in lines)
    tokens = torch.full((len(lines), longest), number(tokenizer, END))
    learnt = torch.zeros(len(lines), longest, dtype=torch.bool)
    for row, (said, marks) in enumerate(lines):
        tokens[row, : len(said)] = torch.tensor(said)
        learnt[row, : len(marks)] = torch.tensor(marks)
    return tokens, learnt


def cut(images: Sequence[Image.Image], slicing: SlicePlan) -> tuple[Tensor, ...]:
    """The overviews of all pictures, and if there are slices those, one picture's after another's."""
    overviews, slices = [], []
    for image in images:
        overview, *others = views.cut(views.picture_of(image), slicing)
        overviews.append(overview)
        slices += others
    return tuple(torch.from_numpy(np.stack(part)) for part in (overviews, slices) if part)


def seen(model: Pocket, batch_views: Sequence[Tensor]) -> Tensor:
    """The rows of each picture's views in the order of its prompt: pictures x rows x width."""
    pictures = len(batch_views[0])
    parts = [model.see(normalised(part)) for part in batch_views]
    return torch.cat([part.reshape(pictures, -1, part.shape[-1]) for part in parts], dim=1)


def encoded(slicing: SlicePlan, talk: Sequence[Exchange], tokenizer: Tokenizer) -> tuple[list[int], list[bool]]:
    """A conversation about one picture as the engine composes it: its tokens, and which of them the model says."""
    tokens: list[int] = []
    learnt: list[bool] = []

    def add(more: Sequence[int], said: bool = False) -> None:
        tokens.extend(more)
        learnt.extend([said] * len(more))

    history = [turn for exchange in talk[:-1] for turn in turns(exchange)]
    parts = compose(POCKET, slicing, talk[-1].question, history)
    is_answer = False
    for part in parts:
        if isinstance(part, View):
            add([VIEW_ROW] * Dimensions.queries)
        elif isinstance(part, Markup) and is_answer and part.text.startswith(END_TURN):
            end, *rest = tokenizer.encode(part.text).ids
            add([end], said=True)
            add(rest)
        else:
            add(tokenizer.encode(part.text).ids, said=is_answer and not isinstance(part, Markup))
        if isinstance(part, Markup):
            is_answer = part.text == POCKET.open_assistant
    add(tokenizer.encode(talk[-1].answer).ids, said=True)
    add([number(tokenizer, END_TURN)], said=True)
    return tokens, learnt


def turns(exchange: Exchange) -> Iterator[Turn]:
    yield Turn("user", exchange.question)
    yield Turn("assistant", exchange.answer)


def labels(truths: Sequence[Truth]) -> Labels:
    counts = torch.zeros(len(truths), len(things.NAMES), dtype=torch.long)
    colours = torch.full_like(counts, -1)
    for row, truth in enumerate(truths):
        for thing in truth.things:
            number = things.NAMES.index(thing.name)
            counts[row, number] = min(thing.count, MOST_COUNT)
            colours[row, number] = COLOUR_NAMES.index(thing.colour)
    kinds = torch.tensor([KINDS.index(truth.kind) for truth in truths])
    mostly = torch.tensor([COLOUR_NAMES.index(truth.colour) for truth in truths])
    return Labels(kinds, mostly, counts, colours)


def a_talk(rng: np.random.Generator, truth: Truth, questions: int) -> list[Exchange]:
    """A description and questions, in any order."""
    talk = [Exchange(DESCRIBE, description(truth)), *exchanges(rng, truth, questions)]
    rng.shuffle(talk)
    return talk
