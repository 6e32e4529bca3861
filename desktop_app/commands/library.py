"""The library's file, and what is in it."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desktop_app import paths
from desktop_app.commands.common import as_json, explained, print_json
from desktop_app.paths import printable

if TYPE_CHECKING:
    from indexer.library.types import Photo


@click.group()
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
    from indexer.library.care import back_up, new_backup

    source = paths.library_file(paths.home())
    if not source.exists():
        raise click.ClickException(f"There is no library at {source} yet.")
    target = file or new_backup(source, datetime.now())
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
