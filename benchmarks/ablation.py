"""Measures what parts of the assistant are worth, by leaving each out: into docs/assistant.md.

Each way is measured in a process of its own, since words are kept once they are loaded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from drawing import DOCS, RESULTS, put, table

from desktop_app.assistant import evaluation, reading
from desktop_app.assistant.assistant import Assistant
from indexer import language, lexicon
from indexer.library.database import Library

PAGE = DOCS / "assistant.md"
KEPT = RESULTS / "ablation.json"
FOLDER = Path(__file__).parents[1] / "tests" / "assistant"
WAYS = {
    "": "all of it",
    "lexicon": "no word finds those of another language",
    "forms": "no plural or case ending is taken off or put on",
    "words": "the language is told by its letters alone",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=3, help="ask every such question of each language")
    parser.add_argument("--without", choices=WAYS, help="measure this one way here, and print it")
    chosen = parser.parse_args()
    if chosen.without is not None:
        sys.stdout.write(json.dumps(measured(chosen.without, chosen.every)))
        return
    results = {way: json.loads(_run(way, chosen.every)) for way in WAYS}
    KEPT.write_text(json.dumps(results, indent=1) + "\n")
    put(PAGE, "ablation.py", [*lines(results), ""])


def _run(way: str, every: int) -> str:
    command = [sys.executable, __file__, "--every", str(every), "--without", way]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def leave_out(part: str) -> None:
    """For the rest of this process."""
    if part == "lexicon":
        lexicon.translations = lambda _word, _code, _into: ()
    elif part == "forms":
        lexicon._inflections = lambda _code: ()
    elif part == "words":
        reading._language = lambda text, _words, prior, _today: language.detect(text, prior)


def measured(way: str, every: int) -> dict[str, float]:
    """Shares of all questions in all languages."""
    leave_out(way)
    with TemporaryDirectory() as folder:
        library = Library(Path(folder) / "library.db")
        names = evaluation.fill(library, FOLDER)
        assistant = Assistant(library)
        scores = [
            evaluation.score(assistant, names, FOLDER, code, every=every) for code in evaluation.languages(FOLDER)
        ]
        library.close()
    questions = sum(score.questions for score in scores)
    counted = ("identified", "intents", "photos", "recalled", "answered")
    shares = {name: sum(getattr(score, name) for score in scores) / questions for name in counted}
    return {"questions": questions, **shares}


def lines(results: dict[str, dict[str, float]]) -> Iterator[str]:
    columns = {
        "identified": "identified",
        "intents": "intent",
        "photos": "exactly the photos",
        "recalled": "recall at 5",
        "answered": "answered in it",
    }
    rows = [[WAYS[way], *(f"{result[name]:.1%}" for name in columns)] for way, result in results.items()]
    yield table(["", *columns.values()], rows)


if __name__ == "__main__":
    main()
