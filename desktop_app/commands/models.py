"""The models: what there is, getting it, checking it, choosing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desktop_app import paths
from desktop_app.commands.common import as_json, explained, print_json

if TYPE_CHECKING:
    from engine.seals import Seal


@click.group()
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
        chosen = app.engines.model.name
    folder = paths.models_folder(paths.home())
    here = {files.name for files in known.here(folder)}
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
        for model in known.known(folder)
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
        for files in known.here(folder)
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
    from indexer import choices
    from indexer.library.database import Library

    here = known.here(paths.models_folder(paths.home()))
    if name not in {files.name for files in here}:
        raise click.UsageError(f"{name} is not on this machine. There are: {', '.join(files.name for files in here)}.")
    library = Library(paths.library_file(paths.home()))
    with library.writing() as connection:
        choices.choose_model(connection, name)
    library.close()
    click.echo(f"{name} looks at your photos from now on.")
