"""Measures a pocket model on pictures of seeds and fonts that are new to it: what it claims, and what is wrong.

The files are run as Tintype runs every model; only the grammar is left out, so that the model's own words are judged.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import numpy as np
from PIL import Image, ImageOps

from engine import models, views
from engine.evaluation import album
from engine.gguf_header import read_header
from engine.hardware import processor, usable_cores
from engine.llama.context import TextContext
from engine.llama.text import TextModel
from engine.llama.vision import TowerSize
from engine.looker import Looker
from engine.messages import Ask, Configuration, Describe
from engine.parts import Parts
from engine.pocket import language
from engine.pocket.claims import claims, missed
from engine.pocket.language import DESCRIBE, WORDS
from engine.pocket.material import unseen_material
from engine.pocket.pictures import LONG_PX, SIZES, picture
from engine.pocket.task import POCKET
from engine.pocket.truth import DOCUMENTS, SCENES, UNKNOWN, Example
from engine.sampling import GREEDY
from engine.scheduler import Scheduler
from engine.tower import Towers

Runtime = Literal["onnx", "ggml"]
Told = Callable[[str], None]

VIEWS = (1, 2, 5, 10)
MOST_SLICES = 9
_UNSEEN = 1_000_000_007  # the first number of every seed here; training has small ones
_ABOUT = ("kind", "colour", "thing", "count", "thing colour")
_NOISES = 40
_READABLE = (".jpg", ".jpeg", ".png", ".webp")


class ByViews(msgspec.Struct, frozen=True):
    """Descriptions in at most so many views. `right`: of the claims about each, the share that is true.

    `claims` and `missed`: of a picture, the claims made and the sorts of things not named, on the mean; `wrong`: the
    share of all claims that are wrong.
    """

    most_views: int
    right: dict[str, float]
    claims: float
    wrong: float
    missed: float
    seconds: float


class Verified(msgspec.Struct, frozen=True):
    """Descriptions whose things were asked for again, one by one, by yes or no.

    `things`: named of a picture, on the mean; `wrong`: the share of them that are not there (CHAIR's share of objects);
    both also of those that are left, and `kept`: the share of the right ones among these. `slower`: how much longer a
    description took with it than without.
    """

    things: float
    wrong: float
    things_left: float
    wrong_left: float
    kept: float
    slower: float


class PocketResult(msgspec.Struct, frozen=True):
    """`pictures`: how many, of every kind alike, drawn from `seed`.

    `unknown`: the share that is called unknown, of drawn nothing, of pure noise, and of a person's photographs, where
    there are some; `known`: of pictures of something. `samples`: of the sample photos, which are drawn otherwise, the
    share whose kind in Tintype's terms is right, and the share called unknown. `questions`: the share answered truly,
    by language.
    """

    folder: str
    size_bytes: int
    runtime: str
    processor: str
    cores: int
    pictures: int
    seed: int
    by_views: tuple[ByViews, ...]
    unknown: dict[str, float]
    known: float
    samples: dict[str, float]
    questions: dict[str, float]
    verified: Verified


def measure(
    folder: Path,
    *,
    each: int,
    seed: int = 0,
    runtime: Runtime = "onnx",
    photos: Path | None = None,
    told: Told = lambda _line: None,
) -> PocketResult:
    """`each`: pictures of every kind. Raises FontMissing, EngineError."""
    text, vision = (folder / f"pocket-{part}.gguf" for part in ("text", "mmproj"))
    shown = list(_examples(each, seed))
    with opened(text, vision, runtime) as looker:
        by_views = []
        for most_views in VIEWS:
            by_views.append(_described(looker, shown, most_views))
            told(f"at most {most_views} views: {by_views[-1].wrong:.1%} of {by_views[-1].claims:.1f} claims are wrong")
        unknown, known = _unknown(looker, each, seed, shown, photos)
        told(f"called unknown: {', '.join(f'{share:.0%} of {name}' for name, share in unknown.items())}")
        samples = _samples(looker)
        told(f"of the sample photos: {', '.join(f'{share:.0%} {what}' for what, share in samples.items())}")
        questions = _questions(looker, shown, seed)
        verified = _verified(looker, shown)
        told(f"of things named {verified.wrong:.1%} are not there, {verified.wrong_left:.1%} of those it stands by")
    return PocketResult(
        folder.name,
        text.stat().st_size + vision.stat().st_size,
        runtime,
        processor(),
        usable_cores(),
        len(shown),
        seed,
        tuple(by_views),
        unknown,
        known,
        samples,
        questions,
        verified,
    )


@contextmanager
def opened(text: Path, vision: Path, runtime: Runtime) -> Iterator[Looker]:
    """The model of two files, whatever is published of it. Raises ModelUnusable."""
    spec = replace(models.spec("pocket"), sampling=GREEDY, task=POCKET)
    header = read_header(vision)
    rule = models.slice_rule(header, MOST_SLICES)
    size = TowerSize(rule.view_px, models.merged_patch_px(header))
    configuration = Configuration(usable_cores(), sequences=1, context_tokens=2048)
    with ExitStack() as stack:
        cache = stack.enter_context(TemporaryDirectory())
        towers = Towers(vision, size=size, threads=usable_cores(), cache=Path(cache))
        tower = stack.enter_context(towers.chosen(runtime))
        model = stack.enter_context(TextModel(text))
        context = stack.enter_context(TextContext(model, configuration))
        parts = Parts(lambda: nullcontext(tower), lambda: nullcontext(context), together=True)
        scheduler = stack.enter_context(Scheduler(model, parts, most_patient=1))
        yield Looker(spec, rule, model, tower, scheduler, configuration=configuration, loading="together", at_once=1)


def _examples(each: int, seed: int) -> Iterator[Example]:
    material = unseen_material()
    for number, kind in enumerate((*DOCUMENTS, *SCENES)):
        for turn in range(each):
            key = [_UNSEEN, seed, number, turn]
            yield picture(key, material, SIZES[(number + turn) % len(SIZES)], kind)


def _described(looker: Looker, shown: Sequence[Example], most_views: int) -> ByViews:
    right, made = Counter[str](), Counter[str]()
    overlooked = 0
    started = time.monotonic()
    for example in shown:
        answer = _answer(looker, example.image, DESCRIBE, most_views)
        for claim in claims(answer, example.truth):
            made[claim.about] += 1
            right[claim.about] += claim.true
        overlooked += missed(answer, example.truth)
    seconds = time.monotonic() - started
    total = made.total()
    return ByViews(
        most_views,
        {about: right[about] / made[about] for about in _ABOUT if made[about]},
        total / len(shown),
        1 - right.total() / total,
        overlooked / len(shown),
        seconds / len(shown),
    )


def _unknown(
    looker: Looker, each: int, seed: int, shown: Sequence[Example], photos: Path | None
) -> tuple[dict[str, float], float]:
    material = unseen_material()
    drawn = [
        picture([_UNSEEN, seed, 99, turn], material, SIZES[turn % len(SIZES)], UNKNOWN).image
        for turn in range(4 * each)
    ]
    rng = np.random.default_rng([_UNSEEN, seed])
    noise = [Image.fromarray(rng.integers(0, 256, (360, 480, 3), np.uint8)) for _ in range(_NOISES)]
    sets = {"drawn": drawn, "noise": noise}
    if photos is not None and (taken := list(_photographs(photos))):
        sets["photos"] = taken
    shares = {name: _share_unknown(looker, images) for name, images in sets.items()}
    return shares, _share_unknown(looker, [example.image for example in shown])


def _samples(looker: Looker) -> dict[str, float]:
    known = album.samples()
    right, unknown = 0, 0
    for path, truth in known.items():
        with Image.open(path) as image:
            answer = _answer(looker, image.convert("RGB"), DESCRIBE, MOST_SLICES + 1)
        kind = POCKET.interpret(POCKET.form.parse(answer)).kind
        right += kind == truth["kind"]
        unknown += not kind
    return {"right": right / len(known), "unknown": unknown / len(known)}


def _share_unknown(looker: Looker, images: Sequence[Image.Image]) -> float:
    answers = [_answer(looker, image, DESCRIBE, MOST_SLICES + 1) for image in images]
    return sum(f'"kind":"{UNKNOWN}"' in answer for answer in answers) / len(answers)


def _photographs(folder: Path) -> Iterator[Image.Image]:
    """Those of the folder that Pillow opens, at the size of what is drawn."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _READABLE:
            with Image.open(path) as image:
                upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((LONG_PX, LONG_PX), Image.Resampling.BICUBIC)
            yield upright


def _questions(looker: Looker, shown: Sequence[Example], seed: int) -> dict[str, float]:
    """One question about each picture in each language."""
    right: dict[str, list[bool]] = defaultdict(list)
    for number, example in enumerate(shown):
        for code, words in WORDS.items():
            rng = np.random.default_rng([_UNSEEN, seed, number])
            exchange = language.a_question(rng, example.truth, words)
            answer = _answer(looker, example.image, exchange.question, MOST_SLICES + 1)
            right[code].append(answer.strip() == exchange.answer)
    return {code: sum(each) / len(each) for code, each in right.items()}


def _verified(looker: Looker, shown: Sequence[Example]) -> Verified:
    named, left = Counter[bool](), Counter[bool]()  # by whether it is there
    seconds = {False: 0.0, True: 0.0}  # by whether it was verified
    for example in shown:
        there = {thing.name for thing in example.truth.things}
        for verify in (False, True):
            request = Describe(1, views.picture_of(example.image), max_views=1, verify=verify)
            described = looker.describe(request, lambda _reply: None, threading.Event())
            seconds[verify] += described.seconds
        named.update(thing.name in there for thing in described.things)
        left.update(claim.text in there for claim in described.claims if claim.is_held)
    return Verified(
        named.total() / len(shown),
        named[False] / max(named.total(), 1),
        left.total() / len(shown),
        left[False] / max(left.total(), 1),
        left[True] / max(named[True], 1),
        seconds[True] / seconds[False],
    )


def _answer(looker: Looker, image: Image.Image, question: str, most_views: int) -> str:
    request = Ask(1, (views.picture_of(image),), question, max_views=most_views, max_tokens=96)
    return looker.ask(request, lambda _reply: None, threading.Event()).text


def table(result: PocketResult) -> Iterator[str]:
    """The result as Markdown tables."""
    yield f"| at most | {' | '.join(_ABOUT)} | claims | wrong | missed | seconds |"
    yield f"|---|{'---:|' * (len(_ABOUT) + 4)}"
    for way in result.by_views:
        right = " | ".join(f"{way.right[about]:.1%}" if about in way.right else "" for about in _ABOUT)
        rest = f"{way.claims:.1f} | {way.wrong:.1%} | {way.missed:.2f} | {way.seconds:.3f}"
        yield f"| {way.most_views} views | {right} | {rest} |"
    yield ""
    yield "| called unknown | share |"
    yield "|---|---:|"
    for name, share in (result.unknown | {"pictures of something": result.known}).items():
        yield f"| {name} | {share:.1%} |"
    yield ""
    yield "| sample photos | share |"
    yield "|---|---:|"
    for name, share in result.samples.items():
        yield f"| {name} | {share:.1%} |"
    yield ""
    held = result.verified
    yield "| things named | not there | left when verified | not there | right ones kept | time |"
    yield "|---:|---:|---:|---:|---:|---:|"
    yield (
        f"| {held.things:.2f} | {held.wrong:.1%} | {held.things_left:.2f} | {held.wrong_left:.1%} | {held.kept:.1%} "
        f"| {held.slower:.2f} x |"
    )
    yield ""
    yield "| questions in | answered truly |"
    yield "|---|---:|"
    for code, share in result.questions.items():
        yield f"| {code} | {share:.1%} |"
