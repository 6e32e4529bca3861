"""The command line: results on stdout (as JSON with --json), progress and trouble on stderr."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import click
import msgspec

from desktop_app import paths
from desktop_app.paths import printable

if TYPE_CHECKING:
    from engine.messages import ModelFiles
    from engine.seals import Seal
    from engine.slicing import SlicePlan
    from indexer.library.types import Hit, Photo
    from indexer.progress import Report

P = ParamSpec("P")
R = TypeVar("R")

BENCH_PARTS = ("rounds", "in-turn", "chat-while-indexing", "levers")

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")


def print_json(value: object) -> None:
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """Any of our values: dates as ISO 8601, paths as text, dataclasses and structs as objects."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Turns what can go wrong for a person into one sentence on stderr and exit status 1."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        from engine.errors import EngineError
        from indexer.library.database import LibraryError
        from indexer.worker import Trouble

        try:
            return command(*arguments, **options)
        except (EngineError, LibraryError, Trouble) as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # whoever reads us has enough: click ends quietly
            raise
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise click.ClickException(f"{error.strerror or error}{where}") from error

    return run


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tintype", message="Tintype %(version)s")
@click.pass_context
def tintype(context: click.Context) -> None:
    """A private photo assistant. Without a command, opens the window.

    Everything it writes is in one folder, which the environment variable TINTYPE_HOME moves.
    """
    if context.invoked_subcommand is None:
        show_window()


@explained
def show_window() -> None:
    from desktop_app.gui import run

    sys.exit(run(paths.home()))


@tintype.command()
@explained
def demo() -> None:
    """Index the sample photos, search, ask in three languages and open the window.

    Without a screen, the window is drawn offscreen and saved as a picture.
    """
    from desktop_app.demo import run

    run(paths.home() / "demo")


class Folder(click.ParamType[Path]):
    """A folder that is there. An empty argument, as of a script's unset variable, is none."""

    name = "FOLDER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if not value or not Path(value).is_dir():
            self.fail(f"There is no folder {value or 'without a name'}.", param, ctx)
        return Path(value)


class Language(click.ParamType[str]):
    """A language's code (BCP 47)."""

    name = "LANGUAGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from babel import Locale, UnknownLocaleError

        try:
            return str(Locale.parse(value, sep="-" if "-" in value else "_").language)
        except (UnknownLocaleError, ValueError):
            self.fail(f"{value} is no language that is known.", param, ctx)


@tintype.command()
@click.argument("folders", nargs=-1, type=Folder())
@click.option("--retry", is_flag=True, help="Also try again what failed before.")
@click.option("--again", is_flag=True, help="Describe again what another model, prompt or language described.")
@click.option("--language", type=Language(), help="Describe in this language (BCP 47) from now on.")
@click.option(
    "--close/--quick",
    default=None,
    help="How closely to look from now on: also at fine detail, or at what each photo plainly needs (at first).",
)
@as_json
@explained
def index(
    folders: tuple[Path, ...], retry: bool, again: bool, language: str | None, close: bool | None, as_json: bool
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
    from indexer.library import settings

    with progress_shown() as show, stopping() as stop, opened(paths.home(), on_progress=show) as app:
        for folder in folders:
            app.indexer.add_folder(folder.absolute())
        if retry:
            app.indexer.retry()
        with app.library.writing() as connection:
            if close is not None:
                settings.set(connection, "closeness", Closeness.CLOSE if close else Closeness.QUICK)
            if language is not None:
                settings.set(connection, "caption_language", language)
        if again:
            app.indexer.describe_again()
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


@tintype.command()
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
    from indexer.library import files
    from indexer.library import photos as known

    with stopping() as stop, opened(paths.home()) as app:
        conn = app.library.connect()
        found = [files.photo_at(conn, os.path.abspath(path)) for path in photos]  # noqa: PTH100 (links stay links)
        for path, photo in zip(photos, found, strict=True):
            if photo is None:
                raise click.UsageError(f"{path} is not in the library. Add its folder with: tintype index FOLDER")
        wanted = [photo for photo in found if photo is not None]
        app.indexer.look_at(wanted, closely=all_views, stop=stop)
        if stop.is_set():
            sys.exit(130)
        rows = [looked_fields(path, known.get(conn, photo)) for path, photo in zip(photos, wanted, strict=True)]
    if as_json:
        print_json({"photos": rows})
        return
    for row in rows:
        click.echo(f"{row['path']}: {row['views']} of {row['all_views']} views ({row['reason']})\n    {row['caption']}")


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


@tintype.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10**6), help="Show at most this many photos."
)
@as_json
@explained
def search(words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find photos by words, dates and places, best first.

    \b
    JSON: {"photos": [{"path", "caption", "text", "score"}]}
    """
    from desktop_app.app import opened
    from indexer.library.search import search as find

    with opened(paths.home()) as app:
        reading = app.assistant.read(" ".join(words))
        hits = [] if reading.is_empty else find(app.library.connect(), reading.query, limit=limit, order=reading.order)
    if as_json:
        print_json({"photos": [hit_fields(hit) for hit in hits]})
        return
    if not hits:
        click.echo("No photo matches.", err=True)
    for hit in hits:
        click.echo(f"{printable(hit.path)}\n    {hit.caption}")


def hit_fields(hit: Hit) -> dict[str, object]:
    return {"path": printable(hit.path), "caption": hit.caption, "text": hit.text, "score": hit.score + 0.0}


@tintype.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--language", default="en", help="Assumed where the question alone does not tell (BCP 47).")
@as_json
@explained
def ask(question: tuple[str, ...], language: str, as_json: bool) -> None:
    """Ask about your photos in your own language; the answer cites photos by number.

    \b
    JSON: {"answer", "language", "photos": [{"path", "caption", "text", "score"}],
           "query": {"intent", "terms", "taken_from", "taken_to", "country_codes", "cities", "kinds"}}
    """
    from desktop_app.app import opened

    with opened(paths.home()) as app:
        answer = app.assistant.answer(" ".join(question), prior=language)
    if as_json:
        query = msgspec.to_builtins(answer.reading.query, enc_hook=str) | {"intent": str(answer.reading.intent)}
        photos = [hit_fields(hit) for hit in answer.photos]
        print_json({"answer": answer.text, "language": answer.language, "photos": photos, "query": query})
        return
    click.echo(answer.text)
    for number, hit in enumerate(answer.photos, 1):
        click.echo(f"  [{number}] {printable(hit.path)}")


@tintype.command()
@click.option("--battery", type=click.IntRange(0, 100), help="Percent below which it rests, without mains.")
@click.option("--heat", type=click.IntRange(0, 150), help="Degrees Celsius from which on it rests.")
@click.option("--busy", type=click.IntRange(0, 100), help="Percent of all processors taken by others, likewise.")
@as_json
@explained
def rest(battery: int | None, heat: int | None, busy: int | None, as_json: bool) -> None:
    """Show and choose when the window's indexing leaves the machine alone; 0 means never for that reason.

    What you look at or ask about is worked on all the same, and so is `tintype index`.

    \b
    JSON: {"limits": {"battery_percent", "heat_c", "busy_percent"},
           "now": {"battery_percent" or null on mains, "hottest_c" or null, "busy_percent"}}
    """
    import time

    from indexer import rest as resting
    from indexer.library.database import Library

    meter = resting.Meter()
    time.sleep(0.2)  # in which it is seen how busy the machine is
    now = meter()
    named = {"battery_percent": battery, "heat_c": heat, "busy_percent": busy}
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


def _said(value: float | None, unit: str) -> str:
    return "now not said" if value is None else f"now {value:.0f} {unit}"


@tintype.group()
def library() -> None:
    """The library's file: whether it is sound, copies of it, and what it knows in a form other programs read."""


@library.command()
@as_json
@explained
def check(as_json: bool) -> None:
    """Read all of the library and say what is wrong with it (exit status 1), if anything.

    \b
    JSON: {"path", "sound", "complaints": [sentence]}
    """
    from indexer.library.care import complaints
    from indexer.library.database import Library

    with closing(Library(paths.library_file(paths.home()))) as opened:
        found = complaints(opened.connect())
    if as_json:
        print_json({"path": opened.path, "sound": not found, "complaints": found})
    else:
        click.echo("\n".join(found) or f"The library {opened.path} is sound.")
    sys.exit(1 if found else 0)


@library.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@as_json
@explained
def backup(file: Path | None, as_json: bool) -> None:
    """Copy the library into FILE, or into the folder `backups` beside it; Tintype may be running.

    The copy is a library: put it in the place of the other to go back to it.

    \b
    JSON: {"path", "bytes"}
    """
    from indexer.library.care import back_up
    from indexer.library.database import backups_folder

    source = paths.library_file(paths.home())
    if not source.exists():
        raise click.ClickException(f"There is no library at {source} yet.")
    target = file or backups_folder(source) / f"{source.stem}-{datetime.now():%Y-%m-%d-%H%M%S}{source.suffix}"
    back_up(source, target)
    if as_json:
        print_json({"path": target, "bytes": target.stat().st_size})
    else:
        click.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


@library.command()
@as_json
@explained
def alike(as_json: bool) -> None:
    """List photos that look alike: copies at another size, edits, the frames of a burst.

    \b
    JSON: [[{"path", "taken_at", "width", "height", "other_paths"}, ...], ...]
    The group with the newest photo comes first, and in it the largest picture.
    """
    from indexer import likeness
    from indexer.library import photos
    from indexer.library.database import Library

    with closing(Library(paths.library_file(paths.home()))) as opened:
        conn = opened.connect()
        known = photos.looks(conn)
        groups = [
            sorted((alike_fields(photos.get(conn, known[index][0])) for index in group), key=_pixels, reverse=True)
            for group in likeness.alike([look for _, look in known])
        ]
    if as_json:
        print_json(groups)
        return
    if not groups:
        click.echo("No two photos look alike.", err=True)
    for group in groups:
        click.echo("\n".join(f"{row['path']}  {row['width']} x {row['height']}" for row in group) + "\n")


def alike_fields(photo: Photo) -> dict[str, Any]:
    path, *others = map(printable, photo.paths)
    facts = photo.facts
    return {
        "path": path,
        "taken_at": facts.taken_at,
        "width": facts.width,
        "height": facts.height,
        "other_paths": others,
    }


def _pixels(row: dict[str, Any]) -> int:
    return int(row["width"] * row["height"])


@library.command(name="write-back")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@as_json
@explained
def write_back_library(dry_run: bool, as_json: bool) -> None:
    """Write captions, tags and your own words into XMP files beside the photos, for other programs.

    What others wrote there stays, and so do the photos. Writing again replaces what Tintype wrote, and nothing else.

    \b
    JSON: {"new", "changed", "same", "failed": [{"path", "failure"}, ...]}
    """
    from desktop_app.terminal import counted
    from indexer.decode import Decoder
    from indexer.library import photos
    from indexer.library.database import Library
    from indexer.writing_back import What, write_back

    counts, failed = Counter[What](), []
    with closing(Library(paths.library_file(paths.home()))) as opened, closing(Decoder()) as decoder:
        total = photos.count(opened.connect())
        for outcome in counted("writing", write_back(opened, decoder, dry=dry_run), total):
            counts[outcome.what] += 1
            if outcome.what is What.FAILED:
                failed.append({"path": printable(outcome.path), "failure": outcome.failure})
            elif dry_run and not as_json and outcome.what is not What.SAME:
                click.echo(f"{outcome.what}: {printable(outcome.path)}")
    if as_json:
        print_json({what.value: counts[what] for what in What} | {"failed": failed})
    else:
        for each in failed:
            click.echo(f"{each['path']}: {each['failure']}", err=True)
        told = ", ".join(f"{counts[what]:,} {what}" for what in What)
        click.echo(f"Sidecars: {told}." + (" Nothing was written." if dry_run else ""))
    sys.exit(1 if failed else 0)


@library.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@explained
def export_library(file: Path) -> None:
    """Write what is known of every photo into FILE, which ends in .json or .csv.

    In a CSV file a text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    from desktop_app import export
    from indexer.library.care import everything
    from indexer.library.database import Library

    with closing(Library(paths.library_file(paths.home()))) as opened:
        try:
            count = export.write(everything(opened.connect()), file)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    click.echo(f"{file}: {count:,} photos")


@tintype.group()
def models() -> None:
    """The models: what there is, what is here, and which one looks at the photos."""


@models.command("list")
@as_json
@explained
def list_models(as_json: bool) -> None:
    """List every model Tintype knows, and whether it is on this machine.

    \b
    JSON: [{"name", "title", "licence", "languages", "download_bytes", "memory_bytes", "stops",
            "sampling": {...}, "quantisations": [name, ...], "installed", "chosen"}]
    """
    from desktop_app.app import opened
    from engine import models as known

    with opened(paths.home()) as app:
        chosen = app.model.name
    folder = paths.models_folder(paths.home())
    here = {known.embedded().name, *(files.name for files in known.installed(folder))}
    published = {model.name for model in known.catalogue()}
    listed = [*known.catalogue(), *(known.spec(name) for name in sorted(here - published))]
    rows = [
        {
            "name": model.name,
            "title": model.title,
            "licence": model.licence,
            "languages": model.languages,
            "download_bytes": model.download_bytes,
            "memory_bytes": model.memory_bytes,
            "stops": model.dialect.stops,
            "sampling": model.sampling,
            "quantisations": model.published_names,
            "installed": model.name in here,
            "chosen": model.name == chosen,
        }
        for model in listed
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "chosen" if row["chosen"] else "here" if row["installed"] else ""
        click.echo(f"{row['name']:<24} {gigabytes(row['memory_bytes']):>8} memory  {state:<7} {row['title']}")


@models.command("readers")
@as_json
@explained
def list_readers(as_json: bool) -> None:
    """List the further models of the text reader, each for scripts that the one it carries has not learnt.

    Each is one ONNX file, published with RapidOCR; `tintype models import FILE` takes it in.

    \b
    JSON: [{"name", "title", "licence", "languages", "file", "installed"}]
    """
    from engine import recognisers

    installed = recognisers.installed(paths.models_folder(paths.home()))
    rows = [
        {
            "name": each.name,
            "title": each.title,
            "licence": recognisers.LICENCE,
            "languages": each.languages,
            "file": each.file.name,
            "installed": each in installed,
        }
        for each in recognisers.catalogue()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "here" if row["installed"] else ""
        click.echo(f"{row['name']:<18} {state:<5} {row['file']:<34} {row['languages']}")


def gigabytes(size_bytes: object) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if isinstance(size_bytes, int) else "?"


@models.command("import")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("vision", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@explained
def import_model(text: Path, vision: Path | None) -> None:
    """Check the GGUF files TEXT and VISION (mmproj) that you have, and keep them as a model of yours.

    Several quantisations of one model can be kept: each has its own name. A further model of the text reader is one
    ONNX file, TEXT (see `tintype models readers`); photos with lines that could not be read are then read again.
    """
    from desktop_app.terminal import bytes_shown
    from engine import models as known
    from engine import recognisers
    from indexer.library import jobs
    from indexer.library.database import Library

    folder = paths.models_folder(paths.home())
    total_bytes = text.stat().st_size + (vision.stat().st_size if vision else 0)
    with bytes_shown("reading") as show:
        if vision is None:
            reader = recognisers.import_file(text, folder, lambda done: show(done, total_bytes))
            with closing(Library(paths.library_file(paths.home()))) as library, library.writing() as connection:
                count = jobs.read_again(connection)
            ready = f"{reader.name} is ready: {reader.languages}. Photos that are read again from now on: {count}"
        else:
            files = known.import_files(text, vision, folder, lambda done: show(done, total_bytes))
            ready = f"{files.name} is ready. Let it look at your photos with: tintype models use {files.name}"
    click.echo(ready)


@models.command("recommend")
@as_json
@explained
def recommend_model(as_json: bool) -> None:
    """Say which model suits this machine best, and why.

    \b
    JSON: {"name", "why"}
    """
    from engine.hardware import survey
    from engine.recommendation import recommend

    recommendation = recommend(survey())
    if as_json:
        print_json(recommendation)
        return
    click.echo(f"{recommendation.name}: {recommendation.why}")


@models.command("download")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Agree without being asked.")
@as_json
@explained
def download_model(name: str, yes: bool, as_json: bool) -> None:
    """Fetch the model NAME from where its authors publish it: the only time Tintype uses the network.

    Shows what will be fetched, its size and licence, and asks first. Ctrl+C stops; what came is kept, and the same
    command goes on from there.

    \b
    JSON: {"name", "text", "vision"}
    """
    from desktop_app.stop import stopping
    from desktop_app.terminal import bytes_shown
    from engine import fetching
    from engine import models as known

    model = known.spec(name)
    for address, file in zip(fetching.addresses(model), (model.text, model.vision), strict=True):
        click.echo(f"{gigabytes(file.about_bytes):>8}  {address}", err=True)
    click.echo(f"{model.short_title}: {gigabytes(model.download_bytes)}, licence: {model.licence}.", err=True)
    if not yes and not click.confirm("Fetch it over the network?", err=True):
        raise click.ClickException("Nothing was fetched.")
    with bytes_shown("fetching") as show, stopping() as stop:
        files = fetching.fetch(
            model,
            paths.models_folder(paths.home()),
            consented=True,
            on_progress=lambda progress: show(progress.done_bytes, progress.total_bytes),
            cancel=stop,
        )
    if as_json:
        print_json(files)
        return
    click.echo(f"{name} is ready. Let it look at your photos with: tintype models use {name}")


@models.command("verify")
@click.argument("name", required=False)
@as_json
@explained
def verify_models(name: str | None, as_json: bool) -> None:
    """Read all of the model NAME, or of every model here, and compare it with what was published or imported.

    \b
    JSON: [{"model", "file", "size_bytes", "sha256", "published"}]
    Exit status 1 where a file is damaged.
    """
    from engine import models as known
    from engine import recognisers

    folder = paths.models_folder(paths.home())
    here = {
        files.name: partial(verified, files.name, (files.text, files.vision), partial(known.verify, files))
        for files in (known.embedded(), *known.installed(folder))
    }
    for each in recognisers.installed(folder):
        path = recognisers.file_of(folder, each.name)
        here[each.name] = partial(verified, each.name, (path,), partial(recognisers.verify, path, each))
    if name is not None and name not in here:
        raise click.UsageError(f"{name} is not on this machine. There are: {', '.join(here)}.")
    rows: list[dict[str, object]] = []
    for model, verify in here.items() if name is None else [(name, here[name])]:
        rows += [
            {
                "model": model,
                "file": file,
                "size_bytes": seal.size_bytes,
                "sha256": seal.sha256,
                "published": seal.published,
            }
            for file, seal in verify().items()
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "as published" if row["published"] else "unchanged since it came; not a published file that is known"
        click.echo(f"{row['model']:<24} {row['file']:<20} {state}")


def verified(
    name: str, files: Iterable[str | Path], verify: Callable[[Callable[[int], None]], dict[str, Seal]]
) -> dict[str, Seal]:
    """What `verify` finds in the files, while it is shown how far it is."""
    from desktop_app.terminal import bytes_shown

    total_bytes = sum(Path(file).stat().st_size for file in files)
    with bytes_shown(name) as show:
        return verify(lambda done: show(done, total_bytes))


@models.command("random")
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json
@explained
def write_random_model(name: str, folder: Path, as_json: bool) -> None:
    """Write a model of NAME's dimensions with random weights into FOLDER, to measure speed with: its words are noise.

    It takes up to 6.5 GB of disk.

    \b
    JSON: {"name", "text", "vision"}
    """
    from engine.random_weights import write_true

    versions = random_versions()
    if name not in versions:
        raise click.UsageError(f"There are dimensions of {', '.join(versions)}.")
    files = write_true(folder, versions[name])
    if as_json:
        print_json(files)
        return
    click.echo(f"{files.text}\n{files.vision}")


def random_versions() -> dict[str, str]:
    """The models whose dimensions random weights can have, and their versions."""
    from engine import models as known
    from engine.random_weights import TRUE_VERSIONS

    return {known.of_version(version).name: version for version in TRUE_VERSIONS}


@models.command("use")
@click.argument("name")
@explained
def use_model(name: str) -> None:
    """Let the model NAME look at photos from now on; what others wrote stays until it has looked."""
    from engine import models as known
    from indexer.library import settings
    from indexer.library.database import Library

    here = [known.embedded(), *known.installed(paths.models_folder(paths.home()))]
    if name not in {files.name for files in here}:
        raise click.UsageError(f"{name} is not on this machine. There are: {', '.join(files.name for files in here)}.")
    library = Library(paths.library_file(paths.home()))
    with library.writing() as connection:
        settings.set(connection, "model", name)
    library.close()
    click.echo(f"{name} looks at your photos from now on.")


@tintype.command()
@as_json
@explained
def doctor(as_json: bool) -> None:
    """Say what this machine has and what is wrong with the installation, each with its remedy.

    Takes a few seconds; the first time with a large model minutes, since it is measured on this machine first.

    \b
    JSON: {"machine": {...}, "versions": {...}, "model": {...},
           "checks": [{"name", "ok", "detail", "remedy"}]}
    Exit status 1 when a check fails.
    """
    from desktop_app.doctor import examine

    diagnosis = examine(paths.home())
    if as_json:
        print_json(diagnosis)
    else:
        for line in diagnosis.lines():
            click.echo(line)
    if not diagnosis.healthy:
        sys.exit(1)


class Size(click.ParamType[tuple[int, int]]):
    """WIDTHxHEIGHT in pixels."""

    name = "WIDTHxHEIGHT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        width, _, height = value.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            self.fail(f"{value} is not a size such as 4032x3024.", param, ctx)
        return int(width), int(height)


@tintype.command()
@click.argument("sizes", nargs=-1, required=True, type=Size())
@click.option("--model", default="minicpm-v-4.5", show_default=True, help="A name of `tintype models list`.")
@click.option("--max-slices", type=click.IntRange(1), help="At most this many slices; the model's own limit otherwise.")
@as_json
@explained
def plan(sizes: tuple[tuple[int, int], ...], model: str, max_slices: int | None, as_json: bool) -> None:
    """Show how photos of SIZES (WIDTHxHEIGHT) are cut into views for a model.

    \b
    JSON: [{"width", "height", "overview": [w, h], "grid": [columns, rows] or null,
            "refined": [w, h] or null, "slice": [w, h] or null, "tokens"}]
    """
    from engine import models as known
    from engine.slicing import plan as cut_plan

    rule = known.spec(model).slicing
    plans = [cut_plan(width, height, rule, max_slices) for width, height in sizes]
    rows = [plan_fields(*size, plan) for size, plan in zip(sizes, plans, strict=True)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo("  ".join(f"{name} {value}" for name, value in row.items() if value is not None))


def plan_fields(width: int, height: int, plan: SlicePlan) -> dict[str, object]:
    fields = {"overview": plan.overview, "grid": plan.grid, "refined": plan.refined, "slice": plan.slice}
    return {"width": width, "height": height, **fields, "tokens": plan.tokens}


@tintype.group(name="eval")
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


@tintype.group(invoke_without_command=True)
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
    """Measure the library: opening, pages, search, an unchanged rescan, and the facts of photos.

    Makes up a library of as many photos in a temporary folder, which takes a minute or two, and removes it again.

    \b
    JSON: {"photos", "processor", "cores", "library_bytes", "made_in_s", "opening_s", "counting_s",
           "page" and "search": {"median_s", "p95_s"}, "rescan_s",
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
    part = file.with_name(f"{file.name}.part")
    part.write_text(f"{text}\n", "utf-8")
    part.replace(file)


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
            chosen = app.model
        yield chosen
