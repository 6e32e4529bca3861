"""What the scripts here share: tables in Markdown, plots in SVG, and putting them into a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs"

# Greys that stand out on white and on black.
TEXT, RULE = "#7d7d7d", "#a0a0a0"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def svg(width: int, height: int, shapes: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" fill="{TEXT}">\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


def put(page: Path, script: str, lines: Iterable[str]) -> None:
    """Replaces what stands in the page between the marks of a script in this folder."""
    begin, end = f"<!-- written by benchmarks/{script} -->\n", "<!-- end -->"
    before, _, rest = page.read_text().partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n" + "\n".join(lines) + f"{end}{after}")
