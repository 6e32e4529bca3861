"""Measures the text reader on pages drawn with their text known: errors by script, what size is worth, and costs.

A character error is the least number of letters to insert, leave out or replace on the way from what was read to what
is written, over the letters that are written (Levenshtein's distance; spaces do not count).
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import msgspec
import numpy as np
from PIL import Image
from rapidfuzz.distance import LCSseq, Levenshtein

from engine import views
from engine.client import EngineClient
from engine.evaluation.memory import MemoryWatch
from engine.hardware import processor, usable_cores
from engine.messages import Reading, Setup
from engine.pocket.camera import photographed
from engine.pocket.pages import Page, page
from engine.pocket.scripts import SCRIPTS, Script

Size = tuple[int, int]  # width, height in pixels
Told = Callable[[str], None]

PAGE: Size = (1200, 1600)  # 1.9 megapixels, about forty lines of
LETTER_PX = 24
CAMERA: Size = (3024, 4032)  # 12 megapixels
SMALL_PRINT_PX = (16, 24, 32)  # heights of letters at the camera's size
SIZES = {"12 MP": 4032, "3 MP": 2000, "2 MP": 1633}  # longest sides; the indexer reads at 2000
COST_LETTER_PX = 72
COST_PX = (1000, 1633, 2000, 3266, 4032)


class ScriptError(msgspec.Struct, frozen=True):
    """Character errors on words and on letters in no order; `letters`: how many were written in both.

    `unread`: the share of the lines found that the reader itself says it could not read.
    """

    script: str
    languages: tuple[str, ...]
    letters: int
    words: float
    strings: float
    unread: float


class Detail(msgspec.Struct, frozen=True):
    """The share of the letters that were read, in order, by the size a photo of 12 megapixels was brought to."""

    letter_px: int
    found: dict[str, float]


class Cost(msgspec.Struct, frozen=True):
    """Of one page of `lines` lines in a process of its own, which holds `idle_bytes` before it reads."""

    megapixels: float
    lines: int
    seconds: float
    peak_bytes: int
    idle_bytes: int


class ReaderResult(msgspec.Struct, frozen=True):
    """`pages` of each script, half of them of words and half of letters in no order, drawn from `seed`."""

    reader: str
    processor: str
    cores: int
    pages: int
    seed: int
    scripts: tuple[ScriptError, ...]
    detail: tuple[Detail, ...]
    cost: tuple[Cost, ...]


def measure(pages: int, seed: int = 0, told: Told = lambda _line: None) -> ReaderResult:
    """`pages`: of each script and kind of text. Raises FontMissing, EngineError."""
    with closing(EngineClient(Setup(reader=True))) as reader:
        name = reader.start().reader or ""
        scripts = []
        for script in SCRIPTS:
            found = _error(reader, script, pages, seed)
            told(f"{script.name}: {found.words:.1%} wrong in words, {found.strings:.1%} of letters in no order")
            scripts.append(found)
        detail = []
        for letter_px in SMALL_PRINT_PX:
            detail.append(_detail(reader, letter_px, pages, seed))
            shares = ", ".join(f"{share:.0%} at {size}" for size, share in detail[-1].found.items())
            told(f"letters of {letter_px} px at 12 megapixels: {shares} were read")
    cost = []
    for longest_px in COST_PX:
        cost.append(_cost(longest_px, seed))
        told(f"{cost[-1].megapixels:.1f} megapixels: {cost[-1].seconds:.2f} s, {cost[-1].peak_bytes / 1e6:,.0f} MB")
    return ReaderResult(name, processor(), usable_cores(), 2 * pages, seed, tuple(scripts), tuple(detail), tuple(cost))


def _error(reader: EngineClient, script: Script, pages: int, seed: int) -> ScriptError:
    errors, letters, found, unread = [], 0, 0, 0
    for strings in (False, True):
        pairs = []
        for drawn in _drawn(script, pages, seed, strings=strings):
            reading = _reading(reader, drawn.image)
            pairs.append((drawn.lines, _texts(reading)))
            letters += len(plain(drawn.lines))
            found += len(reading.lines) + len(reading.unread)
            unread += len(reading.unread)
        errors.append(character_error(pairs))
    words, in_no_order = errors
    return ScriptError(script.name, script.languages, letters, words, in_no_order, unread / max(1, found))


def _drawn(script: Script, pages: int, seed: int, *, strings: bool) -> Iterator[Page]:
    rng = np.random.default_rng([seed, SCRIPTS.index(script), strings])
    for _ in range(pages):
        drawn = page(rng, script, PAGE, LETTER_PX, strings=strings)
        yield Page(photographed(drawn.image, rng), drawn.lines)


def _detail(reader: EngineClient, letter_px: int, pages: int, seed: int) -> Detail:
    rng = np.random.default_rng([seed, letter_px])
    found = dict.fromkeys(SIZES, 0)
    written = 0
    for _ in range(pages):
        drawn = page(rng, SCRIPTS[0], CAMERA, letter_px, strings=True)
        photo = photographed(drawn.image, rng)
        truth = plain(drawn.lines)
        written += len(truth)
        for size, longest_px in SIZES.items():
            read = plain(_texts(_reading(reader, _resized(photo, longest_px))))
            found[size] += LCSseq.similarity(truth, read)
    return Detail(letter_px, {size: letters / written for size, letters in found.items()})


def _cost(longest_px: int, seed: int) -> Cost:
    """The same page at every size, so that only the size differs; the second reading counts."""
    rng = np.random.default_rng([seed, 0])
    drawn = page(rng, SCRIPTS[0], CAMERA, COST_LETTER_PX, strings=False)
    photo = _resized(photographed(drawn.image, rng), longest_px)
    with closing(EngineClient(Setup(reader=True))) as reader:
        reader.start()
        pid = reader.status.pid
        assert pid is not None
        with MemoryWatch(pid) as watch:
            idle_bytes = watch.memory.peak_bytes
            _reading(reader, photo)
            started = time.monotonic()
            _reading(reader, photo)
            seconds = time.monotonic() - started
            peak_bytes = watch.memory.peak_bytes
    return Cost(photo.width * photo.height / 1e6, len(drawn.lines), seconds, peak_bytes, idle_bytes)


def _resized(image: Image.Image, longest_px: int) -> Image.Image:
    factor = longest_px / max(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)


def _reading(reader: EngineClient, image: Image.Image) -> Reading:
    return reader.read(views.picture_of(image)).reading


def _texts(reading: Reading) -> tuple[str, ...]:
    return tuple(line.text for line in reading.lines)


def character_error(pages: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Of pages' lines as they are written and as they were read; more than 1 where more is read than there is."""
    pairs = [(plain(written), plain(read)) for written, read in pages]
    wrong = sum(int(Levenshtein.distance(written, read)) for written, read in pairs)
    return wrong / sum(len(written) for written, _ in pairs)


def plain(lines: Sequence[str]) -> str:
    """All lines' letters, signs and digits, without spaces, in Unicode's compatible form."""
    return "".join(unicodedata.normalize("NFKC", "".join(lines)).split())


def table(result: ReaderResult) -> Iterator[str]:
    """The result as Markdown tables."""
    yield "| script | languages | letters | error on words | in no order | lines unread |"
    yield "|---|---|---:|---:|---:|---:|"
    for each in result.scripts:
        languages = ", ".join(each.languages)
        errors = f"{each.words:.1%} | {each.strings:.1%} | {each.unread:.0%}"
        yield f"| {each.script} | {languages} | {each.letters:,} | {errors} |"
    yield ""
    yield f"| letters at 12 MP | {' | '.join(f'read at {size}' for size in SIZES)} |"
    yield f"|---|{'---:|' * len(SIZES)}"
    for size in result.detail:
        yield f"| {size.letter_px} px | {' | '.join(f'{size.found[name]:.1%}' for name in SIZES)} |"
    yield ""
    yield "| megapixels | lines | seconds | seconds a megapixel | most memory | before reading |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for cost in result.cost:
        each_s = cost.seconds / cost.megapixels
        memory = f"{cost.peak_bytes / 1e6:,.0f} MB | {cost.idle_bytes / 1e6:,.0f} MB"
        yield f"| {cost.megapixels:.1f} | {cost.lines} | {cost.seconds:.2f} | {each_s:.2f} | {memory} |"
