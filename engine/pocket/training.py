"""Trains the pocket model from nothing, by the paper's recipe in miniature; what is done survives an end at any time.

1. *labels*: tower and resampler learn to see, by what is true of pictures in one view (kind, colour, counts, and what
   is on each patch). MiniCPM-V starts from a trained tower and language model; there is neither here.
2. *slices*: the same with up to nine slices, so that more views help (the paper's second and third phase).
3. *language*: the decoder learns to describe what the others see, then all learn together.
4. *instructions*: questions and answers in several languages, in conversations (the paper's supervised fine-tuning).

Alignment (RLAIF-V in miniature) is engine.pocket.preference. Source: arXiv 2408.01800, section 4.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from engine.pocket import language, things
from engine.pocket.chance import one_of
from engine.pocket.encoding import MOST_COUNT, Batch, Labels, a_talk, batch, looked_at
from engine.pocket.language import DESCRIBE, Exchange
from engine.pocket.material import Material
from engine.pocket.network import Dimensions, Pocket
from engine.pocket.palette import NAMES as COLOUR_NAMES
from engine.pocket.pictures import SIZES, picture
from engine.pocket.truth import KINDS
from engine.pocket.vocabulary import build

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
_SAVE_EVERY_S = 300.0
_SAY_EVERY_S = 30.0
_WARM_UP = 200  # steps
_SMOOTHING = 0.99

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Phase:
    """`samples`: pictures to learn from; `slices`: how many at most, chosen anew for each batch.

    `scale`: how large they are drawn, which is the time that drawing takes. `decoder` and `eyes`: which parts learn;
    `labels`: the weight of what is true in numbers, beside what is said. `questions`: how many a conversation has
    beside the description.
    """

    name: str
    samples: int
    batch: int
    rate: float
    slices: tuple[int, ...] = (1,)
    scale: float = 1.0
    eyes: bool = True
    decoder: bool = False
    labels: float = 1.0
    questions: int = 0


# Batches are small: on two cores time goes by pictures, and as many of them teach more in more steps. Most pictures are
# seen in one view, which costs a fifth of what up to ten of them do; the eyes rest where the decoder has most to learn.
PHASES = (
    Phase("labels", 140_000, 16, 6e-4, scale=0.5),
    Phase("slices", 12_000, 8, 2e-4, slices=(1, 4, 9)),
    Phase("decoder", 7_000, 16, 1e-3, scale=0.5, eyes=False, decoder=True, labels=0.0),
    Phase("language", 5_000, 12, 3e-4, slices=(1, 1, 1, 4, 9), decoder=True, labels=0.3),
    Phase("instructions", 4_000, 12, 6e-4, slices=(1, 1, 1, 4, 9), eyes=False, decoder=True, labels=0.0, questions=3),
)


class Heads(nn.Module):
    """What is true of a picture, read off its views, and what is where; only for training."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        width = of.width
        self.norm = nn.LayerNorm(width)
        self.kind = nn.Linear(width, len(KINDS))
        self.colour = nn.Linear(width, len(COLOUR_NAMES))
        self.counts = nn.Linear(width, len(things.NAMES) * (MOST_COUNT + 1))
        self.colours = nn.Linear(width, len(things.NAMES) * len(COLOUR_NAMES))
        self.places = nn.Linear(of.tower_width, len(things.NAMES) + 1)
        self.place_colours = nn.Linear(of.tower_width, len(COLOUR_NAMES))

    def forward(self, rows: Tensor, patches: Tensor, labels: Labels) -> tuple[Tensor, dict[str, float]]:
        """The loss, and the share that is right of each.

        `rows`: pictures x rows x width; `patches`: of the overviews, pictures x patches x tower width.
        """
        x = self.norm(rows).mean(dim=1)
        kind, colour = self.kind(x), self.colour(x)
        counts = self.counts(x).view(len(x), len(things.NAMES), -1)
        colours = self.colours(x).view(len(x), len(things.NAMES), -1)
        there = labels.counts > 0
        loss = functional.cross_entropy(kind, labels.kind) + functional.cross_entropy(colour, labels.colour)
        loss = loss + functional.cross_entropy(counts[~there], labels.counts[~there])
        if there.any():  # one in twenty, and as important as the others together
            loss = loss + functional.cross_entropy(counts[there], labels.counts[there])
            loss = loss + functional.cross_entropy(colours[there], labels.thing_colours[there])
        places, taken = self.places(patches), labels.places > 0
        loss = loss + functional.cross_entropy(places[~taken], labels.places[~taken])
        if taken.any():
            loss = loss + functional.cross_entropy(places[taken], labels.places[taken])
            loss = loss + functional.cross_entropy(self.place_colours(patches)[taken], labels.place_colours[taken])
        right = {
            "kind": _share(kind.argmax(-1) == labels.kind),
            "colour": _share(colour.argmax(-1) == labels.colour),
            "counts": _share((counts.argmax(-1) == labels.counts)[there]),
            "thing_colours": _share((colours.argmax(-1) == labels.thing_colours)[there]),
            "places": _share((places.argmax(-1) == labels.places)[taken]),
        }
        return loss, {name: value for name, value in right.items() if not math.isnan(value)}


def _share(right: Tensor) -> float:
    return float(right.float().mean()) if len(right) else math.nan


def said_loss(model: Pocket, rows: Tensor, tokens: Tensor, learnt: Tensor) -> tuple[Tensor, float]:
    """The loss of what the model is to say, and the share of those tokens that it finds likeliest."""
    logits = model(tokens, rows)[:, :-1]
    wanted, marks = tokens[:, 1:], learnt[:, 1:]
    loss = functional.cross_entropy(logits[marks], wanted[marks])
    return loss, _share(logits[marks].argmax(-1) == wanted[marks])


class Stream(IterableDataset[Batch]):
    """The batches of a phase from one on: always the same, however many workers draw them."""

    def __init__(self, phase: Phase, seed: int, start: int, material: Material, tokenizer: Tokenizer) -> None:
        self.phase, self.seed, self.start, self.material, self.tokenizer = phase, seed, start, material, tokenizer

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        torch.set_num_threads(1)
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in range(self.start + first, math.ceil(self.phase.samples / self.phase.batch), step):
            yield drawn(self.phase, self.seed, number, self.material, self.tokenizer)


def drawn(phase: Phase, seed: int, number: int, material: Material, tokenizer: Tokenizer) -> Batch:
    """A batch by its number: pictures of one size in one way to slice them."""
    key = [seed, [each.name for each in PHASES].index(phase.name), number]
    rng = np.random.default_rng(key)
    width, height = one_of(rng, SIZES)
    size = round(width * phase.scale), round(height * phase.scale)
    slices = one_of(rng, phase.slices)
    examples = [picture([*key, row], material, size) for row in range(phase.batch)]
    talks: list[list[Exchange]]
    if phase.questions:
        talks = [a_talk(rng, example.truth, phase.questions) for example in examples]
    else:
        talks = [[Exchange(DESCRIBE, language.description(example.truth))] for example in examples]
    return batch(examples, slices, talks, tokenizer)


class Trainer:
    """Goes through the phases, from where the checkpoint in `folder` is; `told` hears how far it is."""

    def __init__(
        self,
        folder: Path,
        material: Material,
        told: Told,
        *,
        seed: int = 0,
        workers: int = 1,
        phases: Sequence[Phase] = PHASES,
    ) -> None:
        self.folder, self.material, self.told, self.seed, self.workers = folder, material, told, seed, workers
        self.phases = phases
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(seed)
        self.tokenizer = build()
        self.model = Pocket(Dimensions(self.tokenizer.get_vocab_size())).to(self.device)
        self.heads = Heads(self.model.of).to(self.device)
        self.phase, self.step = 0, 0
        self._optimiser: torch.optim.AdamW | None = None
        self._means: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).exists():
            self._resume()

    def train(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Trains until all is done, or `stop` says so after a step; whether all is done."""
        while self.phase < len(self.phases):
            self._optimiser = self._optimiser or self._fresh_optimiser()
            if not self._train_phase(self.phases[self.phase], stop):
                self.save()
                return False
            self.phase, self.step, self._optimiser, self._means = self.phase + 1, 0, None, {}
            self.save()
        return True

    def _train_phase(self, phase: Phase, stop: Callable[[], bool]) -> bool:
        steps = math.ceil(phase.samples / phase.batch)
        stream = Stream(phase, self.seed, self.step, self.material, self.tokenizer)
        loader = DataLoader(
            stream, batch_size=None, num_workers=self.workers, prefetch_factor=4 if self.workers else None
        )
        saved = said = began = time.monotonic()
        begun_at = self.step
        for each in loader:
            self._learn(phase, each.to(self.device), self.step / steps)
            self.step += 1
            now = time.monotonic()
            if now - said > _SAY_EVERY_S or self.step == steps:
                said = now
                pace = (self.step - begun_at) / (now - began)
                self._say(phase, left_s=(steps - self.step) / pace, samples_s=pace * phase.batch)
            if now - saved > _SAVE_EVERY_S:
                saved = now
                self.save()
            if stop():
                return False
        return True

    def _learn(self, phase: Phase, each: Batch, done: float) -> None:
        rate = min(1.0, (self.step + 1) / _WARM_UP) * max(0.02, (1 + math.cos(math.pi * done)) / 2)
        assert self._optimiser is not None
        for group in self._optimiser.param_groups:
            group["lr"] = phase.rate * rate
        with torch.set_grad_enabled(phase.eyes):
            rows, patches = looked_at(self.model, each.views)
        measured: dict[str, float] = {}
        loss = torch.zeros((), device=self.device)
        if phase.labels:
            labels_loss, measured = self.heads(rows, patches, each.labels)
            loss = loss + phase.labels * labels_loss
        if phase.decoder:
            spoken, measured["tokens"] = said_loss(self.model, rows, each.tokens, each.learnt)
            loss = loss + spoken
            measured["said"] = float(spoken.detach())
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_((part for part in self._parts(phase) if part.grad is not None), 1.0)
        self._optimiser.step()
        for name, value in (measured | {"loss": float(loss.detach())}).items():
            before = self._means.get(name, value)
            self._means[name] = _SMOOTHING * before + (1 - _SMOOTHING) * value

    def _parts(self, phase: Phase) -> list[nn.Parameter]:
        learning: list[nn.Module] = [self.heads] if phase.labels else []
        if phase.eyes:
            learning += [self.model.tower, self.model.resampler]
        if phase.decoder:
            learning.append(self.model.decoder)
        return [weights for module in learning for weights in module.parameters()]

    def _fresh_optimiser(self) -> torch.optim.AdamW:
        phase = self.phases[self.phase]
        return torch.optim.AdamW(self._parts(phase), lr=phase.rate, betas=(0.9, 0.98), weight_decay=0.01)

    def _say(self, phase: Phase, *, left_s: float, samples_s: float) -> None:
        later = self.phases[self.phase + 1 :]
        line = {
            "phase": phase.name,
            "samples": min(phase.samples, self.step * phase.batch),
            "of": phase.samples,
            "phases_left": len(later),
            "samples_s": round(samples_s, 1),
            "left_s": round(left_s),
            **{name: round(value, 4) for name, value in self._means.items()},
        }
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self.told(line)

    def save(self) -> None:
        """Writes the checkpoint anew, so that a whole one is there at any time."""
        state = {
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "optimiser": self._optimiser.state_dict() if self._optimiser else None,
            "phase": self.phase,
            "step": self.step,
            "seed": self.seed,
            "means": self._means,
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, part)
        part.replace(self.folder / CHECKPOINT)

    def _resume(self) -> None:
        state = torch.load(self.folder / CHECKPOINT, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.heads.load_state_dict(state["heads"])
        self.phase, self.step, self.seed = state["phase"], state["step"], state["seed"]
        self._means = state["means"]
        if state["optimiser"]:
            self._optimiser = self._fresh_optimiser()
            self._optimiser.load_state_dict(state["optimiser"])
