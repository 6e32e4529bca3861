"""How a language model is best run on this machine, by a short measurement when it is first seen here.

The paper's configuration search (MiniCPM-V, arXiv:2408.01800): whether weights are laid out anew, flash attention,
threads, and how many photos share a step are tried on the model itself. What was measured is kept, for this machine,
model file and llama.cpp, and never measured again while these are the same.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec
import psutil
from msgspec.structs import replace

from engine.gguf_header import GgufHeader, read_header
from engine.hardware import free_memory_bytes, processor, usable_cores, usable_processors
from engine.messages import Configuration, ModelFiles
from engine.whole_files import whole

if TYPE_CHECKING:
    from engine.llama.text import TextModel

PART_OF_FREE_MEMORY = 0.6  # the rest is for pictures, what is computed in between, and other programs
PHOTO_ROWS, PHOTO_STEPS = 85, 64  # of a typical photo: rows of its prompt that no other has, and words of its answer

_CONTEXTS_TOKENS = (8192, 4096)  # the first one whose keys and values take no more than this:
_LARGE_CONTEXT_BYTES = 300_000_000
_SPARING_TOKENS, _SPARING_ROWS, _SPARING_SEQUENCES = 4096, 128, 4
_BYTES = {"f16": 2.0, "q8_0": 34 / 32}  # of one number; q8_0 has a scale of 2 bytes for 32

_EDITION = 3  # of the measurement: a higher one measures anew
_WORTH_MEASURING_BYTES = 50_000_000  # smaller weights answer at once however they are run
_SEQUENCES = (1, 2, 4, 8, 16)
_MOST_RECURRENT = 4  # of a model that does not roll back: each has a state of 20 MB, and no step can be left
_PREFILL_ROWS = 64
_TIMES = 2  # each is measured, and the better one counts
_TRIED_TOKENS = 512  # room for what a trial reads; more would cost memory and show nothing
_AS_GOOD = 1.05  # times as long as the best is as good: what takes less memory is then preferred
_MOST_S = 60.0  # after that no further way is tried
_UNDISTURBED = 0.8  # of the time of its cores a trial must have had, or it says nothing of them


class Disturbed(Exception):
    """Other programs kept the cores from what was to be measured."""


class Trial(msgspec.Struct, frozen=True):
    """One way to run a model, as measured: tokens read a second, and seconds a step by how many sequences share it."""

    configuration: Configuration
    prefill_tokens_s: float
    step_s: dict[int, float]

    def photo_s(self, sequences: int) -> float:
        """What a typical photo takes of the time when so many are described together, or sometimes half as many."""
        row_s = fmean(self.step_s[count] / count for count in {sequences, max(1, sequences // 2)})
        return PHOTO_ROWS / self.prefill_tokens_s + PHOTO_STEPS * row_s

    @property
    def sequences(self) -> int:
        """How many are best described together: where more gain next to nothing."""
        best_s = min(map(self.photo_s, self.step_s))
        return min(sequences for sequences in self.step_s if self.photo_s(sequences) <= _AS_GOOD * best_s)

    @property
    def best(self) -> Configuration:
        return replace(self.configuration, sequences=self.sequences)

    @property
    def best_photo_s(self) -> float:
        return self.photo_s(self.sequences)


class Subject(msgspec.Struct, frozen=True):
    """What was measured: when any of it changes, it is measured again."""

    processor: str
    processors: int
    memory_gb: int
    threads: int | None
    size_bytes: int
    mtime_ns: int
    llama_cpp: str
    edition: int = _EDITION


class Search(msgspec.Struct, frozen=True):
    """All that was tried, in the order tried: what takes less memory first."""

    subject: Subject
    trials: tuple[Trial, ...]

    def best(self, fits: Callable[[Configuration], bool] = lambda _configuration: True) -> Trial | None:
        """The trial to go by, of those that fit into memory now."""
        trials = [trial for trial in self.trials if fits(trial.configuration)]
        best_s = min((trial.best_photo_s for trial in trials), default=0.0)
        return next((trial for trial in trials if trial.best_photo_s <= _AS_GOOD * best_s), None)


def chosen(files: ModelFiles, *, threads: int | None = None, cache: Path | None = None) -> Configuration:
    """The configuration for a model; `threads`: None: as many as are best. Raises ModelUnusable.

    Measured where that is worth it and can be kept in `cache`; else, and as long as other programs disturb the
    measurement, a sound guess.
    """
    text = Path(files.text)
    header = read_header(text)
    guess = _guess(text, header, threads or usable_cores())
    if cache is None or text.stat().st_size < _WORTH_MEASURING_BYTES:
        return guess

    def fits(configuration: Configuration) -> bool:
        return needed_bytes(text, header, configuration) <= PART_OF_FREE_MEMORY * free_memory_bytes()

    search = kept(files, threads=threads, cache=cache)
    if search is None:
        try:
            search = Search(_subject(text, threads), tuple(_trials(text, guess, threads, fits)))
        except Disturbed:
            return guess
        _keep(search, text, cache)
    best = search.best(fits)
    return best.best if best else guess


def sparing(configuration: Configuration) -> Configuration:
    """The same in less memory, for where tower and language model are loaded in turn because it is short."""
    return replace(
        configuration,
        repack=False,
        kv="q8_0",
        sequences=min(configuration.sequences, _SPARING_SEQUENCES),
        context_tokens=min(configuration.context_tokens, _SPARING_TOKENS),
        batch_rows=_SPARING_ROWS,
    )


def kept(files: ModelFiles, *, threads: int | None = None, cache: Path) -> Search | None:
    """What was measured of a model on this machine, if it was."""
    text = Path(files.text)
    with suppress(OSError, msgspec.DecodeError):
        search = msgspec.json.decode(_kept_in(text, cache).read_bytes(), type=Search)
        if search.subject == _subject(text, threads):
            return search
    return None


def key_value_bytes(text: GgufHeader, configuration: Configuration) -> float:
    """What the keys and values of one token take, by what a text file says of its layers of attention."""
    heads = text.value("attention.head_count")
    width = text.value("embedding_length") // heads
    widths = text.value("attention.key_length", width) + text.value("attention.value_length", width)
    layers = text.value("block_count") // text.value("full_attention_interval", 1)
    return float(layers * text.value("attention.head_count_kv", heads) * widths * _BYTES[configuration.kv])


def needed_bytes(text: Path, header: GgufHeader, configuration: Configuration) -> float:
    """What a text file takes in memory: its weights, and keys and values."""
    return text.stat().st_size + configuration.context_tokens * key_value_bytes(header, configuration)


def _guess(text: Path, header: GgufHeader, threads: int) -> Configuration:
    """What is right for most: keys and values of 8 bits only where memory is short."""
    guess = Configuration(threads)
    token_bytes = key_value_bytes(header, guess)
    *larger, least = _CONTEXTS_TOKENS
    tokens = next((tokens for tokens in larger if tokens * token_bytes <= _LARGE_CONTEXT_BYTES), least)
    guess = replace(guess, context_tokens=tokens)
    lean = replace(guess, repack=False)
    is_short = needed_bytes(text, header, lean) > PART_OF_FREE_MEMORY * free_memory_bytes()
    return replace(lean, kv="q8_0") if is_short else guess


# ---- the search


def _trials(
    text: Path, guess: Configuration, threads: int | None, fits: Callable[[Configuration], bool]
) -> Iterator[Trial]:
    """Changes one thing after another and keeps what was best, so that the weights are loaded twice at most."""
    from engine.llama.text import TextModel

    ends_at = time.monotonic() + _MOST_S
    lean = replace(guess, repack=False, sequences=max(_SEQUENCES))
    fewer = max(usable_processors() // 2, min(2, usable_cores()))  # a second core always helps
    counts = [threads] if threads else sorted({usable_cores(), fewer}, reverse=True)
    with TextModel(text, repack=False) as model:
        tried = [_measured(model, replace(lean, threads=count)) for count in counts]
        best = min(tried, key=lambda trial: trial.best_photo_s)
        if lean.kv == "f16" and time.monotonic() < ends_at:  # llama.cpp keeps values of 8 bits with it only
            tried.append(_measured(model, replace(best.configuration, flash_attention=False)))
            best = min(tried, key=lambda trial: trial.best_photo_s)
    yield from tried
    large = replace(best.configuration, repack=True)
    if fits(large) and time.monotonic() < ends_at:
        with TextModel(text, repack=True) as model:
            yield _measured(model, large)


def _measured(model: TextModel, configuration: Configuration) -> Trial:
    """Reads a prompt, then takes steps in which more and more sequences go on from it. Raises Disturbed."""
    from engine.llama.context import Piece, TextContext

    rows = model.embed([token % model.vocabulary_size for token in range(_PREFILL_ROWS)])
    with TextContext(model, replace(configuration, context_tokens=_TRIED_TOKENS)) as context:
        warm_rows = rows[: max(_SEQUENCES)]
        context.read([Piece(0, 0, warm_rows)])
        prefill_s = math.inf
        for _ in range(_TIMES):
            context.forget(0)
            computed_s = -time.process_time()
            read_s = _seconds(lambda: context.read([Piece(0, 0, rows)]))
            computed_s += time.process_time()
            if computed_s < _UNDISTURBED * read_s * configuration.threads:
                raise Disturbed
            prefill_s = min(prefill_s, read_s)
        counts = [count for count in _SEQUENCES if context.rolls_back or count <= _MOST_RECURRENT]
        positions = [0] * max(_SEQUENCES)
        if context.rolls_back:
            positions = [len(rows)] * max(_SEQUENCES)
            for sequence in range(1, max(_SEQUENCES)):
                context.share(0, sequence, len(rows))
        else:
            context.forget(0)

        def step_s(count: int) -> float:
            pieces = [Piece(each, positions[each], rows[:1]) for each in range(count)]
            for each in range(count):
                positions[each] += 1
            return _seconds(lambda: context.read(pieces))

        steps = {count: min(step_s(count) for _ in range(_TIMES)) for count in counts}
    return Trial(configuration, len(rows) / prefill_s, steps)


def _seconds(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


# ---- what is kept


def _subject(text: Path, threads: int | None) -> Subject:
    state = text.stat()
    return Subject(
        processor(),
        usable_processors(),
        round(psutil.virtual_memory().total / 2**30),
        threads,
        state.st_size,
        state.st_mtime_ns,
        metadata.version("llama-cpp-python"),
    )


def _kept_in(text: Path, cache: Path) -> Path:
    return cache / f"configuration-{hashlib.sha256(str(text.resolve()).encode()).hexdigest()[:16]}.json"


def _keep(search: Search, text: Path, cache: Path) -> None:
    """Where there is no room for it, it is measured again next time."""
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        with whole(_kept_in(text, cache)) as part:
            part.write_bytes(msgspec.json.encode(search))
