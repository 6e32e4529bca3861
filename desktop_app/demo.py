"""Shows what Tintype does on the sample photos: index, search, ask in three languages, open the window."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from textwrap import indent

import click
from PIL import Image

from desktop_app import gui
from desktop_app.app import App, opened
from desktop_app.screenshots import SAMPLES, photograph, show_answer
from desktop_app.stop import stopping
from desktop_app.terminal import progress_shown
from desktop_app.window import MainWindow
from engine.client import EngineClient
from engine.messages import Picture, Setup
from engine.random_weights import VERSIONS, write_tiny
from indexer.library.search import search
from indexer.library.types import Hit

SEARCHES = ("coffee", "Lisbon")
QUESTIONS = (
    "¿Dónde está el recibo de la lavadora?",
    "كم صورة التقطت في القاهرة؟",
    "2024年在东京拍的照片",
)
# What a version of the architecture is called by those who made it.
TITLES = {"2": "Llama3-V 2.5", "3": "2.6", "5": "4.0", "6": "4.5", "4_6": "4.6"}


def run(home: Path) -> None:
    """Prints what happens step by step; without a screen it ends with a picture of the window under `home`."""
    step("Looking at the sample photos with the embedded pocket model and the text reader")
    with progress_shown() as show, stopping() as stop, opened(home, on_progress=show) as app:
        app.indexer.add_folder(SAMPLES)
        report = app.indexer.run(stop=stop)
        known = report.photos - report.new
        click.echo(f"  {report.photos} photos in {report.seconds:.0f} s ({report.new} new, {known} known before)")
        for failure in report.failed:
            click.echo(f"  {failure.path}: {failure.reason}")
        for words in SEARCHES:
            step(f"Searching for {words}")
            reading = app.assistant.read(words)
            print_photos(search(app.library.connect(), reading.query, limit=3))
        for question in QUESTIONS:
            print_answer(app, question)
    answer_with_random_weights()
    show_window(home)


def step(title: str) -> None:
    click.secho(f"\n{title}", bold=True)


def print_photos(hits: Iterable[Hit]) -> None:
    for number, hit in enumerate(hits, 1):
        click.echo(f"  [{number}] {Path(hit.path).relative_to(SAMPLES)}\n      {hit.caption}")


def print_answer(app: App, question: str) -> None:
    step(f"Asking: {question}")
    started = time.monotonic()
    answer = app.assistant.answer(question)
    took_ms = (time.monotonic() - started) * 1000
    click.echo(indent(answer.text, "  "))
    for number, hit in enumerate(answer.photos, 1):
        click.echo(f"  [{number}] {Path(hit.path).relative_to(SAMPLES)}")
    click.echo(f"  ({took_ms:.0f} ms, in {answer.language})")


def answer_with_random_weights() -> None:
    """Takes one photo down the whole path of every real architecture, with weights that know nothing."""
    step("The path of the real models, with tiny random weights: the words are noise")
    (sample,) = sample_pictures(1)
    picture = Picture(sample.width, sample.height, sample.tobytes())
    with tempfile.TemporaryDirectory() as folder:
        for version in VERSIONS:
            client = EngineClient(Setup(model=write_tiny(Path(folder), version)))
            try:
                client.start()
                started = time.monotonic()
                with closing(client.ask([picture], "?")) as answer:
                    noise = "".join(islice(answer, 24))
                seconds = time.monotonic() - started
            finally:
                client.close()
            shown = "".join(letter if letter.isalnum() else "·" for letter in noise)
            click.echo(f"  MiniCPM-V {TITLES[version]:<12} {seconds:.1f} s  {shown}")


def show_window(home: Path) -> None:
    if gui.has_screen():
        step("Opening the window; close it to end the demo")
        gui.run(home)
        return
    picture = home / "window.png"
    gui.application()
    with opened(home) as app:
        window = MainWindow(app.library, app.indexer, app.assistant, app.engines, home=home)
        window.show()
        show_answer(window, QUESTIONS[0])
        photograph(window, picture)
        window.close()
    step("There is no screen, so the window was drawn offscreen")
    click.echo(f"  {picture}")


def sample_pictures(count: int) -> list[Image.Image]:
    """The first `count` sample photos that are JPEGs, decoded."""
    return [Image.open(path).convert("RGB") for path in sorted(SAMPLES.rglob("*.jpg"))[:count]]
