"""Pictures and what is said of them as the network takes them in, in batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
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
from engine.slicing import Size, SlicePlan, SliceRule, plan

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VIEW_ROW = -1  # stands in `tokens` where a row of a view goes
MOST_COUNT = 8
_DOTS = 4  # a side: where it is looked what is on a patch
_LEAST_COVERED = 0.2  # of a patch

RULE = SliceRule(Dimensions.view_px, Dimensions.patch_px, most_slices=9, queries=Dimensions.queries)


@dataclass(frozen=True)
class Labels:
    """What is true of each picture, in numbers; of a thing that is not there, the colour is -1.

    `places`: of each patch of the overview, row by row, which thing is there, from 1 on; 0 where none is.
    """

    kind: Tensor  # pictures
    colour: Tensor  # pictures
    counts: Tensor  # pictures x things
    thing_colours: Tensor  # pictures x things
    places: Tensor  # pictures x patches
    place_colours: Tensor  # pictures x patches


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
    return Batch(views_of_all, tokens, learnt, labels(examples, slicing.overview))


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
    return looked_at(model, batch_views)[0]


def looked_at(model: Pocket, batch_views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """As `seen`, and what the tower makes of the overviews: pictures x patches x tower width."""
    pictures = len(batch_views[0])
    patches = [model.tower(normalised(part)) for part in batch_views]
    parts = [model.compressed(made, *part.shape[1:3]) for made, part in zip(patches, batch_views, strict=True)]
    rows = torch.cat([part.reshape(pictures, -1, part.shape[-1]) for part in parts], dim=1)
    return rows, patches[0]


def encoded(slicing: SlicePlan, talk: Sequence[Exchange], tokenizer: Tokenizer) -> tuple[list[int], list[bool]]:
    """A conversation about one picture as the engine composes it: its tokens, and which of them the model says."""
    tokens: list[int] = []
    learnt: list[bool] = []

    def add(more: Sequence[int], said: bool = False) -> None:
        tokens.extend(more)
        learnt.extend([said] * len(more))

    history = [turn for exchange in talk[:-1] for turn in turns(exchange)]
    parts = compose(POCKET, [slicing], talk[-1].question, history)
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


def labels(examples: Sequence[Example], overview: Size) -> Labels:
    truths = [example.truth for example in examples]
    counts = torch.zeros(len(truths), len(things.NAMES), dtype=torch.long)
    colours = torch.full_like(counts, -1)
    for row, truth in enumerate(truths):
        for thing in truth.things:
            name = things.NAMES.index(thing.name)
            counts[row, name] = min(thing.count, MOST_COUNT)
            colours[row, name] = COLOUR_NAMES.index(thing.colour)
    kinds = torch.tensor([KINDS.index(truth.kind) for truth in truths])
    mostly = torch.tensor([COLOUR_NAMES.index(truth.colour) for truth in truths])
    numbers = torch.stack([torch.from_numpy(_things_on_patches(example, overview)) for example in examples])
    places, place_colours = torch.zeros_like(numbers), torch.full_like(numbers, -1)
    for row, truth in enumerate(truths):
        for place, thing in enumerate(truth.things, 1):
            there = numbers[row] == place
            places[row, there] = things.NAMES.index(thing.name) + 1
            place_colours[row, there] = COLOUR_NAMES.index(thing.colour)
    return Labels(kinds, mostly, counts, colours, places, place_colours)


def _things_on_patches(example: Example, overview: Size) -> NDArray[np.int64]:
    """The number of the thing that covers most of each patch, if it covers enough of it."""
    rows, columns = overview.height // RULE.align_px, overview.width // RULE.align_px
    if example.places is None:
        return np.zeros(rows * columns, np.int64)
    dotted = Image.fromarray(example.places).resize((columns * _DOTS, rows * _DOTS), Image.Resampling.NEAREST)
    dots = np.asarray(dotted).reshape(rows, _DOTS, columns, _DOTS).swapaxes(1, 2).reshape(rows * columns, -1)
    shares = np.stack([(dots == number).mean(axis=1) for number in range(len(example.truth.things) + 1)])
    shares[0] = _LEAST_COVERED  # none of them wins where no thing covers as much
    covered: NDArray[np.int64] = shares.argmax(axis=0)
    return covered


def a_talk(rng: np.random.Generator, truth: Truth, questions: int) -> list[Exchange]:
    """A description and questions, in any order."""
    talk = [Exchange(DESCRIBE, description(truth)), *exchanges(rng, truth, questions)]
    rng.shuffle(talk)
    return talk
