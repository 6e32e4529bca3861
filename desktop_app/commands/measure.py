"""Measuring: what the small models know, and how fast Tintype is."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from desktop_app import paths
from desktop_app.commands.common import Folder, as_json, explained, json_text, print_json
from desktop_app.commands.models import random_versions
from engine.whole_files import whole

if TYPE_CHECKING:
    from engine.messages import ModelFiles

BENCH_PARTS = ("rounds", "in-turn", "chat-while-indexing", "levers")


@click.group(name="eval")
def evaluate() -> None:
    """Measure how well pictures are understood, on pictures drawn here with their truth known."""


@evaluate.command(name="pocket")
@click.argument("folder", type=Folder())
@click.option("--each", default=6, show_default=True, type=click.IntRange(1), help="Pictures of every kind.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Another one draws other pictures.")
@click.option("--runtime", default="onnx", show_default=True, type=click.Choice(["onnx", "ggml"]), help="Of the tower.")
@click.option("--photos", type=Folder(), help="Photographs, none of which it can know.")
@as_json
@explained
def eval_pocket(
    folder: Path, each: int, seed: int, runtime: Literal["onnx", "ggml"], photos: Path | None, as_json: bool
) -> None:
    """Measure the pocket model whose two GGUF files `make train-pocket` wrote into FOLDER.

    \b
    JSON: {"folder", "size_bytes", "runtime", "processor", "cores", "pictures", "seed",
           "by_views": [{"most_views", "right": {"kind", "colour", "thing", "count", "thing colour"},
                         "claims", "wrong", "missed", "seconds"}],
           "unknown": {"drawn", "noise", "photos"}, "known", "samples": {"right", "unknown"},
           "questions": {language: share}}
    """
    from engine.evaluation import pocket

    result = pocket.measure(
        folder, each=each, seed=seed, runtime=runtime, photos=photos, told=lambda line: click.echo(line, err=True)
    )
    if as_json:
        print_json(result)
        return
    for line in pocket.table(result):
        click.echo(line)


@evaluate.command(name="reader")
@click.option("--pages", default=2, show_default=True, type=click.IntRange(1), help="Of each script and kind of text.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Another one draws other pages.")
@as_json
@explained
def eval_reader(pages: int, seed: int, as_json: bool) -> None:
    """Measure the text reader: character errors by script, what small print is worth, time and memory.

    \b
    JSON: {"reader", "processor", "cores", "pages", "seed",
           "scripts": [{"script", "languages", "letters", "words", "strings", "unread"}],
           "detail": [{"letter_px", "found": {"12 MP", "3 MP", "2 MP"}}],
           "cost": [{"megapixels", "lines", "seconds", "peak_bytes", "idle_bytes"}]}
    "words" and "strings" are character errors, on words and on letters in no order; "unread" is the share of the lines
    found that the reader itself says it cannot read.
    """
    from engine.evaluation import reader

    result = reader.measure(pages, seed, lambda line: click.echo(line, err=True))
    if as_json:
        print_json(result)
        return
    for line in reader.table(result):
        click.echo(line)


@evaluate.command(name="assistant")
@click.option(
    "--questions", "folder", type=Folder(), help="Of library.toml, questions and dates; tests/assistant if not."
)
@click.option("--language", "codes", multiple=True, help="Only this one (BCP 47); may be repeated.")
@as_json
@explained
def eval_assistant(folder: Path | None, codes: tuple[str, ...], as_json: bool) -> None:
    """Measure how questions are understood and answered without a language model, language by language.

    \b
    JSON: {"languages": [{"language", "questions", "dates", "identified", "intents", "photos", "recall_at_5",
                          "answered_in_language", "dates_right", "failures"}],
           ... the same shares over all languages, "identified_of_three_words", "answer_p95_s"}
    "identified": the language is told for somebody whose own is English. "photos": exactly those that fit are found.
    """
    import tempfile

    from desktop_app.assistant import evaluation

    folder = folder or Path(__file__).parents[2] / "tests" / "assistant"
    with tempfile.TemporaryDirectory() as home:
        chosen = codes or evaluation.languages(folder)
        result = evaluation.measure(folder, Path(home), chosen, lambda line: click.echo(line, err=True))
    if as_json:
        print_json(result)
        return
    for line in evaluation.table(result):
        click.echo(line)
    for each in result["languages"]:
        for failure in each["failures"]:
            click.echo(f"{each['language']}: {failure}", err=True)


@click.group(invoke_without_command=True)
@click.option("--weights", type=Folder(), help="A folder of `tintype models random`.")
@click.option("--model", help="A model that is here; the chosen one otherwise.")
@click.option("--random", "imitated", help="Random weights of this model's dimensions, written and removed again.")
@click.option(
    "--what", default="all", show_default=True, help=f"Any of {', '.join(BENCH_PARTS)}, joined by commas; or all."
)
@click.option(
    "--photos", default=10, show_default=True, type=click.IntRange(1), help="In a set; a fifth are documents."
)
@click.option("--few", default=2, show_default=True, type=click.IntRange(1), help="Photos where all views are taken.")
@click.option("--handler-photos", default=1, show_default=True, type=click.IntRange(1), help="In a round.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Take the median of this many.")
@click.option("--tokens", default=64, show_default=True, type=click.IntRange(1), help="The most in a description.")
@click.option("--questions", default=3, show_default=True, type=click.IntRange(1), help="For each wait while indexing.")
@click.option("--handler-threads", type=click.IntRange(1), help="As many as Tintype's otherwise.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Keep the JSON here, after each round and part."
)
@as_json
@click.pass_context
@explained
def bench(
    context: click.Context,
    /,
    weights: Path | None,
    model: str | None,
    imitated: str | None,
    what: str,
    out: Path | None,
    as_json: bool,
    **counts: int,
) -> None:
    """Measure the engine against llama-cpp-python's own handler, in the same run, and against what must be.

    Measures the chosen model, or random weights. What runs, what it found, and about how long the rest will take is
    said on stderr. Ctrl+C ends it; the result then has what was measured so far. `tintype bench library` measures the
    library instead.

    \b
    The parts, in their order:
      rounds               both sides in turns: a mixed set by need and the same views, photos an hour; a second
                           question; peak memory. The handler describes one photo, which stands for all
      in-turn              peak memory with vision and language loaded one after the other; brings the rounds
      chat-while-indexing  the first token of an answer, against idle; needs no handler
      levers               what each lever gives; brings the rounds

    \b
    JSON: {"model", "measured_at", "seconds", "machine", "versions", "engine", "handler_threads", "costs", "rounds",
           "photos" and "same_views": {"ratio", "ratios", "tintype": {...}, "handler": {...}, "floor": {...}, ...},
           "second_question": {"ratio", "ratios", ...}, "memory" and "memory_in_turn": {"ratio", ...},
           "chat_while_indexing": {"fresh": {"ratio", ...}, "seen": {...}, ...},
           "levers": [{"name", "gain", "ratio", ...}]}
    "rounds" says how many were finished. What was not asked for or not reached is null.
    """
    if context.invoked_subcommand is not None:
        return
    from engine.evaluation import report
    from engine.evaluation.bench import Options, measure

    parts = BENCH_PARTS if what == "all" else tuple(what.split(","))
    if unknown := set(parts) - set(BENCH_PARTS):
        raise click.UsageError(f"{', '.join(sorted(unknown))} cannot be measured. There are: {', '.join(BENCH_PARTS)}.")
    result, stopped = None, False
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a clock stops it as Ctrl+C does
    with measured_model(weights, model, imitated) as files:
        try:
            for result in measure(files, Options(parts=parts, **counts), lambda line: click.echo(line, err=True)):
                if out is not None:
                    keep(json_text(result), out)
        except KeyboardInterrupt:
            stopped = True
            click.echo(f"Stopped after {result.rounds if result else 0} rounds.", err=True)
    if result is not None and as_json:
        print_json(result)
    elif result is not None:
        for line in report.lines(result):
            click.echo(line)
    if stopped:
        sys.exit(130)


@bench.command(name="library")
@click.option("--photos", default=100_000, show_default=True, type=click.IntRange(200), help="In a library made up.")
@click.option("--large", default=24, show_default=True, type=click.IntRange(1), help="Photos of 12 megapixels to open.")
@as_json
@explained
def bench_library(photos: int, large: int, as_json: bool) -> None:
    """Measure the library: opening, pages, search, answers, an unchanged rescan, and the facts of photos.

    Makes up a library of as many photos in a temporary folder, which takes a minute or two, and removes it again.

    \b
    JSON: {"photos", "processor", "cores", "library_bytes", "made_in_s", "opening_s", "counting_s",
           "page", "search", "answer" and "like": {"median_s", "p95_s"}, "first_answer_s", "rescan_s",
           "facts_a_second", "pillow_a_second", "facts_ratio", "window_bytes"}
    """
    from desktop_app import library_bench

    with tempfile.TemporaryDirectory() as folder:
        result = library_bench.measure(Path(folder), photos, large, lambda line: click.echo(line, err=True))
    if as_json:
        print_json(result)
        return
    for line in library_bench.table(result):
        click.echo(line)


def keep(text: str, file: Path) -> None:
    """Writes the file anew, so that it is whole at any time."""
    with whole(file) as part:
        part.write_text(f"{text}\n", "utf-8")


@contextmanager
def measured_model(folder: Path | None, name: str | None, imitated: str | None) -> Iterator[ModelFiles]:
    """The one model that was named in one of three ways, or the chosen one. Raises UsageError, EngineError."""
    from desktop_app.app import opened
    from engine import models as known
    from engine.messages import ModelFiles
    from engine.random_weights import write_true

    if sum(choice is not None for choice in (folder, name, imitated)) > 1:
        raise click.UsageError("Choose one of --weights, --model and --random.")
    if folder is not None:
        found = [sorted(folder.glob(pattern)) for pattern in ("random-*-text.gguf", "random-*-mmproj.gguf")]
        if [len(files) for files in found] != [1, 1]:
            raise click.UsageError(f"{folder} does not hold one model of `tintype models random`.")
        (text,), (vision,) = found
        yield ModelFiles(text.name.removesuffix("-text.gguf"), str(text.absolute()), str(vision.absolute()))
    elif imitated is not None:
        version = random_versions().get(imitated)
        if version is None:
            raise click.UsageError(f"There are dimensions of {', '.join(random_versions())}.")
        with tempfile.TemporaryDirectory() as written:
            click.echo(f"random weights of {imitated} are written", err=True)
            yield write_true(Path(written), version)
    elif name is not None:
        here = [known.embedded(), *known.installed(paths.models_folder(paths.home()))]
        files = next((files for files in here if files.name == name), None)
        if files is None:
            raise click.UsageError(f"{name} is not on this machine. There are: {', '.join(f.name for f in here)}.")
        yield files
    else:
        with opened(paths.home()) as app:
            chosen = app.engines.model
        yield chosen
