"""Shows progress on a terminal: one line on stderr, redrawn; nothing where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
    track,
)
from rich.progress import Progress as Bar

from indexer.progress import Progress

T = TypeVar("T")


@contextmanager
def progress_shown() -> Iterator[Callable[[Progress], None]]:
    """A function that shows each Progress given to it, from any thread, until the end of the block."""
    console = Console(stderr=True)
    stage, rest = TextColumn("{task.fields[stage]:<8}"), TextColumn("{task.fields[rest]}")
    with Bar(
        stage, BarColumn(), MofNCompleteColumn(), rest, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None, stage="", rest="")

        def show(progress: Progress) -> None:
            left = "" if progress.seconds_left is None else f"about {duration(progress.seconds_left)} left"
            name = PurePath(progress.current_path or "").name
            stage = "loading" if progress.preparing else progress.stage or progress.state
            bar.update(
                task,
                completed=progress.done,
                total=progress.done + progress.left,
                stage=str(stage),
                rest=f"{left}  {name}".strip(),
            )

        yield show


def counted(stage: str, items: Iterable[T], total: int) -> Iterator[T]:
    """The items, while it is shown how many of `total` were taken and how long the others will take."""
    console = Console(stderr=True)
    yield from track(
        items, stage, total, console=console, transient=True, disable=not console.is_terminal, show_speed=False
    )


@contextmanager
def bytes_shown(stage: str) -> Iterator[Callable[[int, int], None]]:
    """A function that shows how many bytes of how many are done, until the end of the block."""
    console = Console(stderr=True)
    columns = (TextColumn(stage), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done_bytes, total_bytes: bar.update(task, completed=done_bytes, total=total_bytes)


def duration(seconds: float) -> str:
    """Seconds as a person says them: 40 s, 12 min, 3 h 20 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


class Growing:
    """A text that grows on the terminal as it comes; one that changes begins anew below. `quiet`: it is not shown."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._shown = ""

    def show(self, text: str) -> None:
        if not self._quiet:
            begun = text.startswith(self._shown)
            click.echo(text[len(self._shown) :] if begun else f"\n\n{text}", nl=False)
            self._shown = text

    def end(self) -> None:
        if not self._quiet:
            click.echo()
