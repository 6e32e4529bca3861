"""A loaded model that describes pictures and answers about them, one request at a time."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import cast

import msgspec

from engine import models, tower, views
from engine.errors import Cancelled, ContextFull
from engine.gguf_header import read_header
from engine.llama.context import TextContext
from engine.llama.text import TextModel
from engine.llama.vision import TowerSize
from engine.messages import Answered, Ask, Describe, Described, ModelFiles, Token, TowerRuntime, Turn, Working
from engine.prompts import Markup, Part, View, compose
from engine.sampling import GREEDY, Chooser
from engine.schema import is_choosing
from engine.slicing import SlicePlan, SliceRule, plan
from engine.tower import Tower

Send = Callable[[msgspec.Struct], None]
_Prompt = list[list[int] | View]


@contextmanager
def opened(
    files: ModelFiles,
    *,
    threads: int,
    context_tokens: int,
    runtime: TowerRuntime = "auto",
    cache: Path | None = None,
) -> Iterator[Looker]:
    """Loads a model for the length of a `with`; `runtime` and `cache`: see engine.tower. Raises ModelUnusable."""
    models.check(files)
    vision = read_header(Path(files.vision))
    rule = models.slice_rule(vision, models.spec(files.name).slicing.most_slices)
    size = TowerSize(rule.view_px, models.merged_patch_px(vision))
    with ExitStack() as stack:  # frees the context, then the tower, then the model
        model = stack.enter_context(TextModel(Path(files.text)))
        opening = tower.opened(Path(files.vision), model, size=size, threads=threads, runtime=runtime, cache=cache)
        opened_tower = stack.enter_context(opening)
        context = stack.enter_context(TextContext(model, size_tokens=context_tokens, threads=threads))
        yield Looker(models.spec(files.name), rule, model, opened_tower, context)


@dataclass(frozen=True)
class _Step:
    """One token of an answer: the whole characters it completes, and whether the model means to stop with it."""

    token: int
    text: str
    ends: bool


class Looker:
    """Takes a picture and a prompt to an answer. Not for two threads at once."""

    def __init__(
        self, spec: models.CatalogueModel, rule: SliceRule, model: TextModel, tower: Tower, context: TextContext
    ) -> None:
        self._spec = spec
        self._rule = rule
        self._model = model
        self._tower = tower
        self._context = context

    @property
    def tower_runtime(self) -> str:
        return self._tower.runtime

    def describe(self, request: Describe, send: Send, cancelled: Event) -> Described:
        """What the model's task asks of a picture. Raises EngineError."""
        started = time.monotonic()
        task = self._spec.task
        slicing = self._read_prompt(request, task.instruction(request.language), (), send, cancelled)
        steps, answer, confidence = 0, "", 1.0
        with Chooser(self._model, GREEDY, task.form.gbnf()) as chooser:
            for step in self._steps(chooser, request.max_tokens):
                steps += 1
                if is_choosing(answer, "kind"):
                    confidence *= chooser.probability(step.token, self._context.logits())
                answer += step.text
                send(Working(request.id))
        seen = task.interpret(task.form.parse(answer))
        return Described(
            id=request.id,
            caption=seen.caption,
            tags=seen.tags,
            kind=seen.kind,
            colour=seen.colour,
            text=seen.text,
            confidence=confidence if seen.kind else 0.0,
            views=slicing.views,
            all_views=plan(request.picture.width, request.picture.height, self._rule).views,
            tokens=steps,
            seconds=time.monotonic() - started,
        )

    def ask(self, request: Ask, send: Send, cancelled: Event) -> Answered:
        """Answers freely, sending each piece as it comes. Raises EngineError."""
        started = time.monotonic()
        self._read_prompt(request, request.question, request.history, send, cancelled)
        steps, answer, complete = 0, "", False
        with Chooser(self._model, self._spec.sampling) as chooser:
            for step in self._steps(chooser, request.max_tokens):
                steps += 1
                complete = step.ends
                if step.text:
                    answer += step.text
                    send(Token(request.id, step.text))
        return Answered(request.id, answer, steps, time.monotonic() - started, complete)

    def _read_prompt(
        self, request: Describe | Ask, text: str, history: Sequence[Turn], send: Send, cancelled: Event
    ) -> SlicePlan:
        """Takes picture and text in, in as many views as there is room for, and says which."""
        views.check(request.picture)
        slicing, prompt = self._fitting(request, text, history)
        cut = views.cut(request.picture, self._handed_over(slicing))
        self._context.clear(cancelled.is_set)
        for part in prompt:
            if isinstance(part, View):
                self._look(cut[part.index], cancelled)
            else:
                self._context.read_tokens(part)
            send(Working(request.id))
        return slicing

    def _look(self, pixels: views.Pixels, cancelled: Event) -> None:
        if cancelled.is_set():
            raise Cancelled("Cancelled.")
        self._context.read_view(self._tower.encode(pixels))

    def _fitting(self, request: Describe | Ask, text: str, history: Sequence[Turn]) -> tuple[SlicePlan, _Prompt]:
        """The plan of most views that leaves room for the answer, and its prompt. Raises ContextFull."""
        width, height = request.picture.width, request.picture.height
        most_slices = request.max_views - 1
        while True:
            slicing = plan(width, height, self._rule, most_slices)
            prompt = self._tokenised(compose(self._spec.dialect, slicing, text, history))
            words = sum(len(part) for part in prompt if not isinstance(part, View))
            if words + slicing.tokens + request.max_tokens <= self._context.size_tokens:
                return slicing, prompt
            if slicing.views == 1:
                raise ContextFull("The question and what was said before are too long for this model.")
            most_slices = slicing.views - 2

    def _tokenised(self, parts: Sequence[Part]) -> _Prompt:
        """The parts as tokens, neighbouring ones joined, between the views."""
        prompt: _Prompt = [[]]
        for number, part in enumerate(parts):
            if isinstance(part, View):
                prompt += [part, []]
                continue
            tokens = self._model.tokens(part.text, special=isinstance(part, Markup), first=number == 0)
            cast(list[int], prompt[-1]).extend(tokens)
        return prompt

    def _handed_over(self, slicing: SlicePlan) -> SlicePlan:
        """The plan at the sizes from which the tower makes the sizes planned."""
        size = None if slicing.slice is None else self._tower.carrier(slicing.slice)
        return replace(slicing, overview=self._tower.carrier(slicing.overview), slice=size)

    def _steps(self, chooser: Chooser, most_tokens: int) -> Iterator[_Step]:
        """Chooses token after token until the model stops, `most_tokens` are there, or the context is full."""
        characters = codecs.getincrementaldecoder("utf-8")("replace")
        for left in reversed(range(min(most_tokens, self._context.size_tokens - self._context.position))):
            token = chooser.choose(self._context.logits())
            ends = self._model.ends(token)
            yield _Step(token, "" if ends else characters.decode(self._model.piece(token)), ends)
            if ends or not left:
                return
            chooser.accept(token)
            self._context.read_tokens([token])
