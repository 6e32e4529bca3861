"""A loaded model that describes pictures and answers about them, as many at once as it is asked to."""

from __future__ import annotations

import codecs
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine import configuration, likeness, models, tower, views
from engine.descriptions import YesOrNo
from engine.embeddings import KeptEmbeddings
from engine.errors import ContextFull, ModelUnusable
from engine.gguf_header import read_header
from engine.llama.context import TextContext
from engine.llama.text import TextModel
from engine.llama.vision import TowerSize
from engine.messages import (
    Answered,
    Ask,
    Claim,
    Configuration,
    Describe,
    Described,
    ModelFiles,
    Picture,
    Setup,
    Token,
    Turn,
    Working,
)
from engine.parts import Parts, chosen_loading
from engine.prompts import Markup, Part, View, Words, compose
from engine.sampling import GREEDY, Chooser
from engine.scheduler import Kept, Scheduler, Sight, Unit
from engine.schema import is_choosing
from engine.slicing import SlicePlan, SliceRule, plan
from engine.tower import Tower

AT_ONCE_IN_TURN = 8  # the more are in flight, the more seldom the parts change places

Send = Callable[[msgspec.Struct], None]


@contextmanager
def opened(setup: Setup) -> Iterator[Looker]:
    """Loads the model of a set-up for the length of a `with`. Raises ModelUnusable."""
    if setup.model is None:
        raise ModelUnusable("There is no model to look with.")
    models.check(setup.model)
    cache = Path(setup.cache) if setup.cache else None
    chosen = setup.configuration or configuration.chosen(setup.model, threads=setup.threads, cache=cache)
    loading = chosen_loading(setup.loading, setup.model, chosen)
    if loading == "in turn" and setup.configuration is None:
        chosen = configuration.sparing(chosen)
    parts = Parts(
        partial(_opened_tower, setup.model, setup, setup.threads or chosen.threads),
        partial(_opened_context, setup.model, chosen),
        together=loading == "together",
    )
    with closing(parts), TextModel(Path(setup.model.text), vocabulary_only=True) as words:
        first_tower = parts.tower()
        if parts.together:
            parts.context()
        kept = None if cache is None else KeptEmbeddings(cache / "embeddings", setup.kept_bytes)
        at_once = chosen.sequences if parts.together else AT_ONCE_IN_TURN
        with Scheduler(words, parts, most_patient=chosen.sequences, embeddings=kept) as scheduler:
            yield Looker(
                models.spec(setup.model.name),
                _slice_rule(setup.model),
                words,
                first_tower,
                scheduler,
                configuration=chosen,
                loading=loading,
                at_once=at_once,
            )


def _slice_rule(files: ModelFiles) -> SliceRule:
    return models.slice_rule(read_header(Path(files.vision)), models.spec(files.name).slicing.most_slices)


def _opened_tower(files: ModelFiles, setup: Setup, threads: int) -> AbstractContextManager[Tower]:
    size = TowerSize(_slice_rule(files).view_px, models.merged_patch_px(read_header(Path(files.vision))))
    cache = Path(setup.cache) if setup.cache else None
    return tower.opened(Path(files.vision), size=size, threads=threads, runtime=setup.tower, cache=cache)


@contextmanager
def _opened_context(files: ModelFiles, chosen: Configuration) -> Iterator[TextContext]:
    with TextModel(Path(files.text), repack=chosen.repack) as model, TextContext(model, chosen) as context:
        yield context


@dataclass(frozen=True)
class _Said:
    """What stands before the model beside pictures; notes and history are shortened where there is no room for all."""

    text: str
    history: tuple[Turn, ...] = ()
    notes: tuple[str, ...] = ()
    instruction: str = ""
    begun: str = ""

    @property
    def whole(self) -> str:
        return "\n".join([*self.notes, "", self.text]) if self.notes else self.text


@dataclass(frozen=True)
class _Prompt:
    """What a request puts before the model; `room`: rows that it and its answer may take in the context.

    `before_pictures`, `with_pictures`: how many units stand before its views, and with them; 0 where it has none.
    """

    plans: tuple[SlicePlan, ...]
    units: tuple[Unit, ...]
    room: int

    @property
    def sights(self) -> list[Sight]:
        return [unit for unit in self.units if isinstance(unit, Sight)]

    @property
    def before_pictures(self) -> int:
        return min(self._places, default=0)

    @property
    def with_pictures(self) -> int:
        return max(self._places, default=-1) + 1

    @property
    def _places(self) -> list[int]:
        return [place for place, unit in enumerate(self.units) if isinstance(unit, Sight)]


class _Writing:
    """An answer that is being written: what the scheduler asks of a task, on the scheduler's thread."""

    def __init__(
        self,
        request: Describe | Ask,
        prompt: _Prompt,
        words: TextModel,
        chooser: Chooser,
        send: Send,
        cancelled: Event,
    ) -> None:
        self.prompt = prompt.units
        self.room = prompt.room
        self.urgent = isinstance(request, Ask)
        self.opening = prompt.with_pictures if self.urgent else prompt.before_pictures
        self.opens: Kept = "picture" if self.urgent else "instruction"
        self.cancelled = cancelled
        self.text = ""
        self.tokens = 0
        self.complete = False  # whether the model meant to stop
        self._request = request
        self._words = words
        self._chooser = chooser
        self._send = send
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")

    def progress(self) -> None:
        self._send(Working(self._request.id))

    def choose(self, logits: NDArray[np.float32]) -> int | None:
        token = self._chooser.choose(logits)
        self.tokens += 1
        self.complete = self._words.ends(token)
        self._write("" if self.complete else self._characters.decode(self._words.piece(token)), token, logits)
        if self.complete or self.tokens == self._request.max_tokens:
            return None
        self._chooser.accept(token)
        return token

    def _write(self, piece: str, _token: int, _logits: NDArray[np.float32]) -> None:
        """Takes in the whole characters that a token completes, and the logits it was chosen by."""
        self.text += piece


class _Description(_Writing):
    """`confidence`: the probability of the kind that was written."""

    confidence = 1.0

    def _write(self, piece: str, token: int, logits: NDArray[np.float32]) -> None:
        if is_choosing(self.text, "kind"):
            self.confidence *= self._chooser.probability(token, logits)
        super()._write(piece, token, logits)
        self.progress()


class _Answer(_Writing):
    """Sent piece by piece."""

    def _write(self, piece: str, token: int, logits: NDArray[np.float32]) -> None:
        super()._write(piece, token, logits)
        if piece:
            self._send(Token(self._request.id, piece))


class _Judgement:
    """A yes or no about a picture, taken from how likely each is to come first; for the scheduler, as _Writing is."""

    urgent = False
    opens: Kept = "judged"

    def __init__(
        self, prompt: _Prompt, asked: YesOrNo, words: TextModel, working: Callable[[], None], over: Event
    ) -> None:
        self.prompt = prompt.units
        self.opening = prompt.with_pictures
        self.room = prompt.room
        self.cancelled = over
        self.likely = 0.0
        self.progress = working
        self._yes, self._no = (
            [words.tokens(form, special=False)[0] for form in forms] for forms in (asked.yes, asked.no)
        )

    def choose(self, logits: NDArray[np.float32]) -> None:
        weights = np.exp(logits - logits.max())
        yes, no = (float(weights[list(set(tokens))].sum()) for tokens in (self._yes, self._no))
        self.likely = yes / (yes + no)


class Looker:
    """Takes a picture and a prompt to an answer. Any thread may ask; what is asked at once is worked off together.

    `loading`: whether tower and language model are in memory together. `at_once`: how many requests are best in flight.
    """

    def __init__(
        self,
        spec: models.CatalogueModel,
        rule: SliceRule,
        words: TextModel,
        tower: Tower,
        scheduler: Scheduler,
        *,
        configuration: Configuration,
        loading: Literal["together", "in turn"],
        at_once: int,
    ) -> None:
        """Of `words` only the vocabulary is used, and `tower` may have been closed."""
        self.configuration = configuration
        self.loading = loading
        self.at_once = at_once
        self._spec = spec
        self._rule = rule
        self._words = words
        self._tower = tower
        self._scheduler = scheduler

    @property
    def tower_runtime(self) -> str:
        return self._tower.runtime

    def describe(self, request: Describe, send: Send, cancelled: Event) -> Described:
        """What the model's task asks of a picture. Raises EngineError."""
        started = time.monotonic()
        task = self._spec.task
        order = task.order(request.language)
        prompt = self._prompt(request, [request.picture], _Said(order.request, instruction=order.instruction))
        sampling = replace(self._spec.sampling, seed=request.attempt) if request.attempt else GREEDY
        with Chooser(self._words, sampling, task.form.gbnf()) as chooser:
            description = _Description(request, prompt, self._words, chooser, send, cancelled)
            self._scheduler.submit(description).result()
        seen = task.interpret(task.form.parse(description.text))
        asked = task.questions(seen) if request.verify else {}
        return Described(
            id=request.id,
            caption=seen.caption,
            tags=seen.tags,
            kind=seen.kind,
            colour=seen.colour,
            text=seen.text,
            confidence=description.confidence if seen.kind else 0.0,
            views=prompt.plans[0].views,
            all_views=plan(request.picture.width, request.picture.height, self._rule).views,
            tokens=description.tokens,
            seconds=time.monotonic() - started,
            things=seen.things,
            claims=self._verified(request, prompt, asked, send, cancelled),
            vector=likeness.vector(prompt.sights[0].embeddings),
        )

    def _verified(
        self, request: Describe, described: _Prompt, asked: Mapping[str, YesOrNo], send: Send, cancelled: Event
    ) -> tuple[Claim, ...]:
        """Asks about each claim by itself, all at once, of the views that were described. Raises EngineError."""
        sights = described.sights
        judged = {}
        for claim, question in asked.items():
            units = self._tokenised(compose(self._spec.dialect, described.plans, question.text))
            room = described.plans[0].tokens + sum(isinstance(unit, int) for unit in units) + 1
            if room <= self.configuration.context_tokens:
                seen = tuple(sights[unit.index] if isinstance(unit, View) else unit for unit in units)
                prompt = _Prompt(described.plans, seen, room)
                working = partial(send, Working(request.id))
                judged[claim] = _Judgement(prompt, question, self._words, working, cancelled)
        for done in [self._scheduler.submit(judgement) for judgement in judged.values()]:
            done.result()
        return tuple(Claim(claim, judgement.likely) for claim, judgement in judged.items())

    def ask(self, request: Ask, send: Send, cancelled: Event) -> Answered:
        """Answers freely, sending each piece as it comes. Raises EngineError."""
        started = time.monotonic()
        said = _Said(request.question, request.history, request.notes, begun=request.begun)
        prompt = self._prompt(request, request.pictures, said)
        sampling, grammar = (GREEDY, request.grammar) if request.grammar else (self._spec.sampling, None)
        with Chooser(self._words, sampling, grammar) as chooser:
            for token in self._words.tokens(request.begun, special=False) if grammar else ():
                chooser.accept(token)
            answer = _Answer(request, prompt, self._words, chooser, send, cancelled)
            self._scheduler.submit(answer).result()
        text = request.begun + answer.text
        return Answered(request.id, text, answer.tokens, time.monotonic() - started, answer.complete)

    def _prompt(self, request: Describe | Ask, pictures: Sequence[Picture], said: _Said) -> _Prompt:
        """All that is said and what was begun of the answer, in as many views as leave room for the rest of it.

        Where there is no room for everything, it goes without the last notes first, then without the smallest slices,
        and last without the oldest turns. Raises ContextFull, PictureUnusable.
        """
        for picture in pictures:
            views.check(picture)
        most_slices = request.max_views - 1
        while True:
            plans = [plan(picture.width, picture.height, self._rule, most_slices) for picture in pictures]
            parts = [*compose(self._spec.dialect, plans, said.whole, said.history, said.instruction), Words(said.begun)]
            units = self._tokenised(parts)
            words = sum(isinstance(unit, int) for unit in units)
            room = words + sum(each.tokens for each in plans) + request.max_tokens
            most_views = max((each.views for each in plans), default=0)
            if room <= self.configuration.context_tokens:
                return _Prompt(tuple(plans), self._seen(units, pictures, plans), room)
            if said.notes:
                said = replace(said, notes=said.notes[:-1])
            elif most_views > 1:
                most_slices = most_views - 2
            elif said.history:
                said = replace(said, history=said.history[2:])
            else:
                raise ContextFull("The question is too long for this model.")

    def _seen(
        self, units: Sequence[int | View], pictures: Sequence[Picture], plans: Sequence[SlicePlan]
    ) -> tuple[Unit, ...]:
        """The units with the views cut out of the pictures, whose own pixels are let go."""
        cut = []
        for picture, slicing in zip(pictures, plans, strict=True):
            cut.append(views.cut(picture, self._handed_over(slicing)))
            picture.let_go()
        return tuple(self._sight(cut[unit.picture][unit.index]) if isinstance(unit, View) else unit for unit in units)

    def _tokenised(self, parts: Sequence[Part]) -> list[int | View]:
        """The parts as tokens, and the views between them."""
        units: list[int | View] = []
        for number, part in enumerate(parts):
            if isinstance(part, View):
                units.append(part)
            else:
                units += self._words.tokens(part.text, special=isinstance(part, Markup), first=number == 0)
        return units

    def _handed_over(self, slicing: SlicePlan) -> SlicePlan:
        """The plan at the sizes from which the tower makes the sizes planned."""
        size = None if slicing.slice is None else self._tower.carrier(slicing.slice)
        return replace(slicing, overview=self._tower.carrier(slicing.overview), slice=size)

    def _sight(self, pixels: views.Pixels) -> Sight:
        digest = hashlib.blake2b(f"{self._tower.identity} {pixels.shape}".encode(), digest_size=16)
        digest.update(pixels.tobytes())
        return Sight(digest.digest(), pixels)
