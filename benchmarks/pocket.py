"""Turns what is kept of the pocket model's training and evaluation into tables and a plot in docs/pocket-model.md.

`results/pocket-training.jsonl` is the log of `make train-pocket`, `results/pocket-*.json` are of `tintype eval pocket`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from drawing import DOCS, RESULTS, RULE, put, svg, table

PAGE = DOCS / "pocket-model.md"
PLOT = DOCS / "pocket-model" / "curves.svg"
LOG = RESULTS / "pocket-training.jsonl"
WIDTH_PX, HEIGHT_PX, LEFT_PX, TOP_PX, RIGHT_PX, BOTTOM_PX = 760, 340, 48, 40, 150, 30
# What is drawn of each line of the log, as a share that is right; the colours are told apart on white and on black.
CURVES = (
    ("kind", "kind", "#3d8fc4"),
    ("colour", "colour", "#d0873b"),
    ("counts", "how many of a thing", "#5aa469"),
    ("thing_colours", "a thing's colour", "#b0639f"),
    ("places", "what is on a patch", "#8a8f3c"),
    ("tokens", "next token", "#c45b52"),
)
# The files, and how each is called; the first is as training left it, the second what is shipped.
WAYS = (
    ("before", "Q8_0, before alignment"),
    ("q8_0", "Q8_0, aligned: shipped"),
    ("q8_0-ggml", "Q8_0, tower on ggml"),
    ("q4_0", "Q4_0"),
    ("f32", "F32"),
)
CLAIMS = ("kind", "colour", "thing", "count", "thing colour")

Result = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """A line of the log; `pictures`: all that were seen until then, in all phases."""

    pictures: int
    line: dict[str, Any]


def main() -> None:
    points, borders = read(LOG)
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(curves(points, borders))
    results = {}
    for name, title in WAYS:
        if (path := RESULTS / f"pocket-{name}.json").exists():
            results[title] = json.loads(path.read_text())
    put(PAGE, "pocket.py", tables(points, results))


def read(log: Path) -> tuple[list[Point], list[tuple[int, str]]]:
    """The points, and where each phase begins."""
    points: list[Point] = []
    borders: list[tuple[int, str]] = []
    for text in log.read_text().splitlines():
        line = json.loads(text)
        if not borders or borders[-1][1] != line["phase"]:
            borders.append((points[-1].pictures if points else 0, line["phase"]))
        points.append(Point(borders[-1][0] + line["samples"], line))
    return points, borders


def tables(points: Sequence[Point], results: dict[str, Result]) -> Iterator[str]:
    last_of_phase = {point.line["phase"]: point.line for point in points}
    yield table(
        ["phase", "pictures", *(title for _, title, _ in CURVES)],
        [
            [
                phase,
                f"{line['samples']:,}",
                *(percent(line[field]) if field in line else "" for field, _, _ in CURVES),
            ]
            for phase, line in last_of_phase.items()
        ],
    )
    yield from ("", "![How it learnt](pocket-model/curves.svg)", "")
    if not results:
        return
    any_result = next(iter(results.values()))
    yield f"{any_result['pictures']} pictures of seed {any_result['seed']} on {any_result['processor']}."
    yield ""
    yield table(
        ["in all views", "MB", *(f"{about} right" for about in CLAIMS), "claims", "wrong", "missed", "s a picture"],
        [[title, megabytes(result), *claimed(result["by_views"][-1])] for title, result in results.items()],
    )
    shipped = results.get(dict(WAYS)["q8_0"], any_result)
    yield ""
    yield table(
        ["shipped, at most", *(f"{about} right" for about in CLAIMS), "claims", "wrong", "missed", "s a picture"],
        [[f"{way['most_views']} views", *claimed(way)] for way in shipped["by_views"]],
    )
    yield ""
    names = list(shipped["unknown"])
    yield table(
        ["called unknown", *names, "pictures of something", "samples", "samples of the right kind"],
        [
            [
                title,
                *(percent(result["unknown"].get(name)) for name in names),
                percent(result["known"]),
                percent(result["samples"]["unknown"]),
                percent(result["samples"]["right"]),
            ]
            for title, result in results.items()
        ],
    )
    yield ""
    codes = list(shipped["questions"])
    yield table(
        ["questions answered truly", *codes],
        [[title, *(percent(result["questions"][code]) for code in codes)] for title, result in results.items()],
    )
    yield ""


def claimed(way: dict[str, Any]) -> list[str]:
    right = [percent(way["right"].get(about)) for about in CLAIMS]
    return [*right, f"{way['claims']:.1f}", percent(way["wrong"]), f"{way['missed']:.2f}", f"{way['seconds']:.3f}"]


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def megabytes(result: Result) -> str:
    return f"{result['size_bytes'] / 1e6:.1f}"


def curves(points: Sequence[Point], borders: Sequence[tuple[int, str]]) -> str:
    last = points[-1].pictures
    room_x, room_y = WIDTH_PX - LEFT_PX - RIGHT_PX, HEIGHT_PX - TOP_PX - BOTTOM_PX

    def place(pictures: float, share: float) -> tuple[float, float]:
        return LEFT_PX + room_x * pictures / last, TOP_PX + room_y * (1 - share)

    shapes = ['<text x="0" y="16" font-weight="600">Shares that are right, on pictures not seen before</text>']
    for fifths in range(6):
        x, y = place(0, fifths / 5)
        shapes.append(f'<text x="{x - 8:.0f}" y="{y + 4:.0f}" text-anchor="end">{fifths * 20} %</text>')
        shapes.append(f'<path d="M{x:.1f} {y:.1f}h{room_x}" stroke="{RULE}" stroke-opacity="0.35"/>')
    for start, phase in borders:
        x, y = place(start, 1)
        shapes.append(f'<path d="M{x:.1f} {y:.1f}v{room_y}" stroke="{RULE}" stroke-dasharray="3 3"/>')
        shapes.append(f'<text x="{x + 4:.0f}" y="{y - 6:.0f}" font-size="11">{escape(phase)}</text>')
    for number, (field, title, colour) in enumerate(CURVES):
        drawn = [place(point.pictures, point.line[field]) for point in points if field in point.line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        shapes.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        x, y = WIDTH_PX - RIGHT_PX + 14, TOP_PX + 14 + number * 20
        shapes.append(f'<text x="{x}" y="{y}" fill="{colour}">{escape(title)}</text>')
    shapes.append(f'<text x="{LEFT_PX}" y="{HEIGHT_PX - 8}">{last:,} pictures</text>')
    return svg(WIDTH_PX, HEIGHT_PX, shapes)


if __name__ == "__main__":
    main()
