"""What this machine does, and how a model would cut pictures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from desktop_app import paths
from desktop_app.commands.common import as_json, explained, print_json

if TYPE_CHECKING:
    from engine.slicing import SlicePlan


@click.command()
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


@click.command()
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
