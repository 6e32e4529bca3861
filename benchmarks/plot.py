"""Turns benchmarks/results/*.json into the tables of docs/performance.md and the plots beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from drawing import DOCS, RESULTS, RULE, put, svg, table

PAGE = DOCS / "performance.md"
PLOTS = DOCS / "performance"

Result = dict[str, Any]

BAR = "#3d8fc4"  # stands out on white and on black
ROW_PX, BAR_PX, LABEL_PX, WIDTH_PX = 30, 18, 320, 760


@dataclass(frozen=True)
class Aim:
    """What was aimed at: `value` or better; `field`: finds what was measured in a `part` of a result."""

    what: str
    value: float
    higher_is_better: bool
    part: str
    field: Callable[[Result], float]

    def cell(self, result: Result) -> str:
        if result[self.part] is None:
            return "not measured"
        measured = self.field(result[self.part])
        reached = measured >= self.value if self.higher_is_better else measured <= self.value
        return f"{measured:.2f}x, {'reached' if reached else 'not reached'}"


CHAT = "chat_while_indexing"
AIMS = (
    Aim("Photos an hour, mixed set, views by need", 10, True, "photos", lambda part: part["ratio"]),
    Aim("Photos an hour, the same views", 3, True, "same_views", lambda part: part["ratio"]),
    Aim("Peak memory", 0.5, False, "memory", lambda part: part["ratio"]),
    Aim("Peak memory, loaded in turn", 0.5, False, "memory_in_turn", lambda part: part["ratio"]),
    Aim("First token of a second question, times sooner", 20, True, "second_question", lambda part: part["ratio"]),
    Aim("First token while indexing, a new photo", 1.3, False, CHAT, lambda part: part["fresh"]["ratio"]),
    Aim("First token while indexing, a photo seen", 1.3, False, CHAT, lambda part: part["seen"]["ratio"]),
)


def main() -> None:
    results = measured()
    if not results:
        raise SystemExit("There are no results: run benchmarks/run.sh first.")
    PLOTS.mkdir(exist_ok=True)
    for result in results:
        for part, plot in (("levers", levers_plot), ("memory", memory_plot)):
            if result[part] is not None:
                (PLOTS / f"{result['file']}-{part}.svg").write_text(plot(result))
    put(PAGE, "plot.py", tables(results))


def measured() -> list[Result]:
    """One result a model and machine, with the name of its `file`; the largest model first, the newest of it first."""
    results = [{"file": path.stem} | json.loads(path.read_text()) for path in RESULTS.glob("random-*.json")]
    results.sort(key=lambda result: result["measured_at"], reverse=True)
    return sorted(results, key=lambda result: -result["costs"]["parameters"])


def tables(results: Sequence[Result]) -> Iterator[str]:
    yield from aims_table(results)
    for result in results:
        yield from (f"### {name(result)}", "", where(result), "")
        if result["rounds"]:
            yield from (speed_table(result), "", profile_table(result), "")
        if result["second_question"] is not None or result[CHAT] is not None:
            yield from (waits_table(result), "")
        if result["memory"] is not None:
            yield from (memory_table(result), "", f"![Memory](performance/{result['file']}-memory.svg)", "")
        if result["levers"] is not None:
            yield from (levers_table(result), "", f"![Levers](performance/{result['file']}-levers.svg)", "")


def aims_table(results: Sequence[Result]) -> Iterator[str]:
    rows = [[aim.what, f"{aim.value:g}x", *(aim.cell(result) for result in results)] for aim in AIMS]
    yield table(["To the handler, or to idle", "aim", *(name(result) for result in results)], rows)
    yield ""


def speed_table(result: Result) -> str:
    rows = []
    for title, part in (("mixed set, views by need", "photos"), ("the same views", "same_views")):
        if result[part] is None:
            continue
        speed, floor = result[part], result[part]["floor"]
        ours, theirs = speed["tintype"], speed["handler"]
        rows.append(
            [
                title,
                f"{ours['photos_an_hour']:,.1f} ({speed['at_once']} at once)",
                f"{theirs['photos_an_hour']:,.1f}",
                f"{speed['ratio']:.2f} ({', '.join(f'{ratio:.2f}' for ratio in speed['ratios'])})",
                f"{ours['views']:.1f} / {theirs['views']:.1f}",
                f"{ours['tokens']:.0f} / {theirs['tokens']:.0f}{'' if speed['equal_length'] else ', unequal'}",
                floor_cell(floor),
            ]
        )
    heads = [
        "photos an hour",
        "Tintype",
        "handler",
        "ratio (rounds)",
        "views, ours / theirs",
        "tokens",
        "floor a photo",
    ]
    return table(heads, rows)


def levers_table(result: Result) -> str:
    rows = [
        [
            lever["name"],
            f"x {lever['gain']:.2f}",
            f"{lever['photos_an_hour']:,.1f}",
            f"{lever['views']:.1f}",
            str(lever["at_once"]),
            f"{lever['ratio']:.2f}",
        ]
        for lever in result["levers"]
    ]
    return table(["one more lever", "gain", "photos an hour", "views", "at once", "to the handler"], rows)


def profile_table(result: Result) -> str:
    """Where the least time of a photo goes, on our side."""
    costs, peaks = result["costs"], result["machine"]["peaks"]
    rows = []
    for title, part in (("views by need", "photos"), ("the same views", "same_views")):
        if result[part] is None:
            continue
        speed, ours = result[part], result[part]["tintype"]
        photo_s = 3600 / ours["photos_an_hour"]
        looked_s = ours["views"] * costs["view_operations"] / peaks["operations_per_s"]
        prompt_s = ours["views"] * costs["view_tokens"] * costs["token_operations"] / peaks["operations_per_s"]
        written_s = speed["floor"]["seconds"] - looked_s - prompt_s
        rows.append([title, *(f"{value:.2f} s" for value in (looked_s, prompt_s, written_s, photo_s))])
    return table(["the least a photo needs", "vision", "reading the prompt", "writing", "measured, in all"], rows)


def memory_table(result: Result) -> str:
    rows = [
        [title, megabytes(taken["peak_bytes"]), megabytes(taken["own_bytes"]), f"{ratio:.2f}"]
        for title, taken, ratio in memories(result)
    ]
    return table(["peak memory", "resident", "of it, no file's", "to the handler"], rows)


def memories(result: Result) -> Iterator[tuple[str, dict[str, int], float]]:
    """Title, memory and ratio to the handler, which comes first."""
    yield ("handler", result["memory"]["handler"], 1.0)
    for title, part in (("Tintype", "memory"), ("Tintype, loaded in turn", "memory_in_turn")):
        if result[part] is not None:
            yield (title, result[part]["tintype"], result[part]["ratio"])


def waits_table(result: Result) -> str:
    rows = []
    if (second := result["second_question"]) is not None:
        rows.append(
            [
                "second question; compared with the handler",
                seconds(second["tintype"]),
                seconds(second["handler"]),
                f"{second['ratio']:.1f} times sooner ({', '.join(f'{ratio:.1f}' for ratio in second['ratios'])})",
                floor_cell(second["floor"]),
            ]
        )
    if (chat := result[CHAT]) is not None:
        for title, part in ((f"new photo of {chat['views']} views", "fresh"), ("photo seen before", "seen")):
            busy = chat[part]
            rows.append(
                [
                    f"{title}; idle, then while {chat['in_flight']} are described",
                    seconds(busy["idle"]),
                    seconds(busy["indexing"]),
                    f"{busy['ratio']:.2f}",
                    floor_cell(busy["floor"]),
                ]
            )
    return table(["first token", "median (95 %)", "compared with", "ratio (rounds)", "floor"], rows)


def where(result: Result) -> str:
    machine, engine, chosen = result["machine"], result["engine"], result["engine"]["configuration"] or {}
    peaks = machine["peaks"]
    configuration = ", ".join(f"{key} {value}" for key, value in chosen.items()) or "llama.cpp's defaults"
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        f"{result['rounds']} rounds, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 1e9:.0f} GB; {peaks['operations_per_s'] / 1e9:,.0f} GFLOPS of float32, "
        f"{peaks['bytes_per_s'] / 1e9:.0f} GB/s. Vision on {engine['tower']}; {configuration}; "
        f"loading {engine['loading'] or 'together'}. The handler has {result['handler_threads']} threads. {versions}."
    )


def name(result: Result) -> str:
    title = result["title"].removeprefix("Random weights of the architecture of ").partition(":")[0]
    return f"{title} ({result['costs']['parameters'] / 1e9:.1f}B), {result['measured_at'][:10]}"


def floor_cell(floor: dict[str, float]) -> str:
    return f"{floor['seconds']:.2f} s, {floor['share']:.0%} reached"


def seconds(waits: dict[str, float]) -> str:
    return f"{waits['median_s']:.2f} s ({waits['p95_s']:.2f})"


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"


def levers_plot(result: Result) -> str:
    levers = result["levers"]
    handler = levers[0]["photos_an_hour"] / levers[0]["ratio"]
    rows = [("handler", handler, f"{handler:,.1f}")]
    rows += [
        (f"+ {lever['name']}", lever["photos_an_hour"], f"{lever['photos_an_hour']:,.1f} ({lever['ratio']:.1f}x)")
        for lever in levers
    ]
    return bars(f"Photos an hour, {name(result)}", rows)


def memory_plot(result: Result) -> str:
    rows = [(title, taken["peak_bytes"], megabytes(taken["peak_bytes"])) for title, taken, _ in memories(result)]
    return bars(f"Peak memory, {name(result)}", rows)


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """A bar chart as SVG: label, length and the words at the bar's end of each row; the first row is the baseline."""
    longest = max(value for _, value, _ in rows)
    room_px = WIDTH_PX - LABEL_PX - 130
    shapes = [f'<text x="0" y="16" font-weight="600">{escape(title)}</text>']
    for number, (label, value, words) in enumerate(rows):
        top = 30 + number * ROW_PX
        length, middle = max(1.0, room_px * value / longest), top + BAR_PX / 2 + 5
        shapes += [
            f'<text x="{LABEL_PX - 10}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LABEL_PX}" y="{top}" width="{length:.1f}" height="{BAR_PX}" rx="2"'
            f' fill="{BAR if number else RULE}"/>',
            f'<text x="{LABEL_PX + length + 8:.1f}" y="{middle:.0f}">{escape(words)}</text>',
        ]
    height = 36 + len(rows) * ROW_PX
    return svg(WIDTH_PX, height, shapes)


if __name__ == "__main__":
    main()
