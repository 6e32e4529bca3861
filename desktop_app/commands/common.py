"""What the commands share: results as JSON, errors as sentences, folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
import msgspec

if TYPE_CHECKING:
    pass

P = ParamSpec("P")
R = TypeVar("R")

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


class Folder(click.ParamType[Path]):
    """A folder that is there. An empty argument, as of a script's unset variable, is none."""

    name = "FOLDER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if not value or not Path(value).is_dir():
            self.fail(f"There is no folder {value or 'without a name'}.", param, ctx)
        return Path(value)
