"""Indexing photos, looking at them, finding them, asking about them."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from desktop_app import paths
from desktop_app.commands.common import Folder, as_json, explained, print_json
from desktop_app.paths import printable

if TYPE_CHECKING:
    from indexer.library.types import Hit, Photo, PhotoId
    from indexer.progress import Report


class Language(click.ParamType[str]):
    """A language's code (BCP 47)."""

    name = "LANGUAGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from babel import Locale, UnknownLocaleError

        try:
            return str(Locale.parse(value, sep="-" if "-" in value else "_").language)
        except (UnknownLocaleError, ValueError):
            self.fail(f"{value} is no language that is known.", param, ctx)


@click.command()
@click.argument("folders", nargs=-1, type=Folder())
@click.option("--retry", is_flag=True, help="Also try again what failed before.")
@click.option("--again", is_flag=True, help="Describe again what another model, prompt or language described.")
@click.option("--language", type=Language(), help="Describe in this language (BCP 47) from now on.")
@click.option(
    "--close/--quick",
    default=None,
    help="How closely to look from now on: also at fine detail, or at what each photo plainly needs (at first).",
)
@click.option(
    "--verify/--no-verify",
    default=None,
    help="Whether to ask the model of what it said, claim by claim, if it is true of the photo (at first).",
)
@click.option(
    "--write-back/--no-write-back",
    default=None,
    help="Whether to write what is known into XMP files beside the photos from now on (not, at first).",
)
@as_json
@explained
def index(
    folders: tuple[Path, ...],
    retry: bool,
    again: bool,
    language: str | None,
    close: bool | None,
    verify: bool | None,
    write_back: bool | None,
    as_json: bool,
) -> None:
    """Look at every photo in FOLDERS and below; without FOLDERS, in those chosen before.

    Ctrl+C stops after the photo at hand (exit status 130); the next `tintype index` goes on from there.

    \b
    JSON: {"photos", "new", "changed", "moved", "removed",
           "failed": [{"path", "reason"}], "seconds"}
    "photos" counts pictures, of which several files may hold the same; the others count files.
    """
    from desktop_app.app import opened
    from desktop_app.stop import stopping
    from desktop_app.terminal import progress_shown
    from engine.budget import Closeness
    from indexer import choices

    with progress_shown() as show, stopping() as stop, opened(paths.home(), on_progress=show) as app:
        for folder in folders:
            app.indexer.add_folder(folder.absolute())
        if retry:
            app.indexer.retry()
        with app.library.writing() as connection:
            if close is not None:
                choices.choose_closeness(connection, Closeness.CLOSE if close else Closeness.QUICK)
            if language is not None:
                choices.choose_caption_language(connection, language)
            if verify is not None:
                choices.choose_verifying(connection, verify)
        if again:
            app.indexer.describe_again()
        if write_back is not None:
            app.indexer.write_back(write_back)
        report = app.indexer.run(stop=stop)
    if as_json:
        print_json(report_fields(report))
    else:
        print_report(report)
    if stop.is_set():
        click.echo("Stopped before the end; `tintype index` goes on from here.", err=True)
        sys.exit(130)  # as the shell reports a program that Ctrl+C ended


def print_report(report: Report) -> None:
    click.echo(
        f"{report.photos} photos: {report.new} new, {report.changed} changed, {report.moved} moved, "
        f"{report.removed} removed, {len(report.failed)} failed, in {report.seconds:.0f} s."
    )
    for failure in report.failed:
        click.echo(f"  {printable(failure.path)}: {failure.reason}", err=True)


def report_fields(report: Report) -> dict[str, object]:
    failed = [{"path": printable(failure.path), "reason": failure.reason} for failure in report.failed]
    return {
        "photos": report.photos,
        "new": report.new,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
        "failed": failed,
        "seconds": round(report.seconds, 3),
    }


@click.command()
@click.argument("photos", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all-views", is_flag=True, help="In all views, however few would do.")
@as_json
@explained
def look(photos: tuple[Path, ...], all_views: bool, as_json: bool) -> None:
    """Look at PHOTOS of the library again, now, and say what is seen.

    \b
    JSON: {"photos": [{"path", "caption", "text", "views", "all_views", "reason"}]}
    "text" is what the model read, "reason" why it was given as many views: plain, detail, text or asked.
    """
    from desktop_app.app import opened
    from desktop_app.stop import stopping
    from indexer.library import photos as known

    with stopping() as stop, opened(paths.home()) as app:
        conn = app.library.connect()
        wanted = known_photos(conn, photos)
        app.indexer.look_at(wanted, closely=all_views, stop=stop)
        if stop.is_set():
            sys.exit(130)
        rows = [looked_fields(path, known.get(conn, photo)) for path, photo in zip(photos, wanted, strict=True)]
    if as_json:
        print_json({"photos": rows})
        return
    for row in rows:
        click.echo(f"{row['path']}: {row['views']} of {row['all_views']} views ({row['reason']})\n    {row['caption']}")


def known_photos(conn: sqlite3.Connection, wanted: Sequence[Path]) -> list[PhotoId]:
    """The library's photos in those files. Raises UsageError where one is not in it."""
    from indexer.library import files

    found = [files.photo_at(conn, os.path.abspath(path)) for path in wanted]  # noqa: PTH100 (links stay links)
    for path, photo in zip(wanted, found, strict=True):
        if photo is None:
            raise click.UsageError(f"{path} is not in the library. Add its folder with: tintype index FOLDER")
    return [photo for photo in found if photo is not None]


def looked_fields(path: Path, photo: Photo) -> dict[str, object]:
    """Raises ClickException with the sentence on why nothing was seen."""
    seen = photo.description
    if seen is None or photo.failures:
        reasons = photo.failures or ("It could not be opened just now.",)
        raise click.ClickException(f"{printable(str(path))}: {' '.join(reasons)}")
    return {
        "path": printable(str(path)),
        "caption": seen.caption,
        "text": seen.text,
        "views": seen.views,
        "all_views": seen.all_views,
        "reason": seen.views_reason,
    }


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Find photos like this picture, which need not be in the library, instead of WORDS.",
)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10**6), help="Show at most this many photos."
)
@as_json
@explained
def search(words: tuple[str, ...], like: Path | None, limit: int, as_json: bool) -> None:
    """Find photos by words, dates and places, best first; or those like a picture.

    \b
    JSON: {"photos": [{"path", "caption", "text", "score"}]}
    """
    from desktop_app.app import opened
    from indexer.library import search as searching

    if bool(words) == bool(like):
        raise click.UsageError("Say what to search for: WORDS, or a picture with --like.")
    with opened(paths.home()) as app:
        conn = app.library.connect()
        if like is not None:
            hits = searching.hits(conn, app.indexer.like_file(like.absolute())[:limit])
        else:
            reading = app.assistant.read(" ".join(words))
            found = searching.search(conn, reading.query, limit=limit, order=reading.order)
            hits = [] if reading.is_empty else found
    if as_json:
        print_json({"photos": [hit_fields(hit) for hit in hits]})
        return
    if not hits:
        click.echo("No photo matches.", err=True)
    for hit in hits:
        click.echo(f"{printable(hit.path)}\n    {hit.caption}")


def hit_fields(hit: Hit) -> dict[str, object]:
    return {"path": printable(hit.path), "caption": hit.caption, "text": hit.text, "score": hit.score + 0.0}


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--language", default="en", help="Assumed where the question alone does not tell (BCP 47).")
@click.option(
    "--photo",
    "about",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask about this photo of the library, or about several beside each other.",
)
@as_json
@explained
def ask(question: tuple[str, ...], language: str, about: tuple[Path, ...], as_json: bool) -> None:
    """Ask about your photos in your own language; the answer cites photos by number.

    A model that can talk adds what words alone do not tell, where one is in use: what photos show, or an account.

    \b
    JSON: {"answer", "language", "photos": [{"path", "caption", "text", "score"}],
           "query": {"intent", "terms", "taken_from", "taken_to", "country_codes", "cities", "kinds"}}
          {"answer"} with --photo
    """
    from desktop_app.app import opened
    from desktop_app.terminal import Growing

    asked, growing = " ".join(question), Growing(quiet=as_json)
    with opened(paths.home()) as app:
        if about:
            said = ""
            for piece in app.assistant.look_again(known_photos(app.library.connect(), about), asked):
                growing.show(said := said + piece)
        else:
            for answer in app.assistant.answers(asked, prior=language):
                growing.show(answer.text)
    growing.end()
    if about:
        if as_json:
            print_json({"answer": said})
    elif as_json:
        query = msgspec.to_builtins(answer.reading.query, enc_hook=str) | {"intent": str(answer.reading.intent)}
        photos = [hit_fields(hit) for hit in answer.photos]
        print_json({"answer": answer.text, "language": answer.language, "photos": photos, "query": query})
    else:
        for number, hit in enumerate(answer.photos, 1):
            click.echo(f"  [{number}] {printable(hit.path)}")


class Hours(click.ParamType[tuple[int, int]]):
    """From one hour of the day to another, as 22-7."""

    name = "FROM-TO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if value == "always":
            return 0, 0
        hours = [int(part) for part in value.split("-") if part.isdecimal() and int(part) <= 24]
        if len(hours) != 2 or value.count("-") != 1:
            self.fail(f"{value} is neither two hours such as 22-7 nor always.", param, ctx)
        return hours[0] % 24, hours[1] % 24


@click.command()
@click.option("--battery", type=click.IntRange(0, 100), help="Percent below which it rests, without mains.")
@click.option("--heat", type=click.IntRange(0, 150), help="Degrees Celsius from which on it rests.")
@click.option("--busy", type=click.IntRange(0, 100), help="Percent of all processors taken by others, likewise.")
@click.option("--hours", type=Hours(), help="When it may work, as 22-7; always: at any time.")
@as_json
@explained
def rest(battery: int | None, heat: int | None, busy: int | None, hours: tuple[int, int] | None, as_json: bool) -> None:
    """Show and choose when the window's indexing leaves the machine alone; 0 means never for that reason.

    What you look at or ask about is worked on all the same, and so is `tintype index`.

    \b
    JSON: {"limits": {"battery_percent", "heat_c", "busy_percent", "from_h", "to_h"},
           "now": {"battery_percent" or null on mains, "hottest_c" or null, "busy_percent", "hour"}}
    """
    import time

    from indexer import rest as resting
    from indexer.library.database import Library

    meter = resting.Meter()
    time.sleep(0.2)  # in which it is seen how busy the machine is
    now = meter()
    from_h, to_h = hours or (None, None)
    named = {"battery_percent": battery, "heat_c": heat, "busy_percent": busy, "from_h": from_h, "to_h": to_h}
    asked = {name: value for name, value in named.items() if value is not None}
    with closing(Library(paths.library_file(paths.home()))) as opened:
        limits = replace(resting.limits(opened.connect()), **asked)
        if asked:
            with opened.writing() as connection:
                resting.choose(connection, limits)
    if as_json:
        print_json({"limits": limits, "now": now})
        return
    click.echo(f"Below {limits.battery_percent} % of battery: {_said(now.battery_percent, '%')}")
    click.echo(f"From {limits.heat_c} degrees on: {_said(now.hottest_c, 'degrees')}")
    click.echo(f"From {limits.busy_percent} % taken by others on: {_said(now.busy_percent, '%')}")
    always = limits.from_h == limits.to_h
    click.echo("At any hour" if always else f"Outside {limits.from_h}:00 to {limits.to_h}:00: now {now.hour}:00")


def _said(value: float | None, unit: str) -> str:
    return "now not said" if value is None else f"now {value:.0f} {unit}"
