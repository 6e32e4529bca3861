"""The command line: results on stdout (as JSON with --json), progress and trouble on stderr."""

from __future__ import annotations

import sys

import click

from desktop_app import paths
from desktop_app.commands import library, machine, measure, models, photos
from desktop_app.commands.common import explained


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


for command in (
    *(photos.index, photos.look, photos.search, photos.ask, photos.rest),
    *(library.library, models.models),
    *(machine.doctor, machine.plan),
    *(measure.evaluate, measure.bench),
):
    tintype.add_command(command)
