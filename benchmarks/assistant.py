"""Puts what `tintype eval assistant --json` measured into docs/assistant.md, from results/assistant.json."""

from __future__ import annotations

import json

from drawing import DOCS, RESULTS, put

from desktop_app.assistant import evaluation

PAGE = DOCS / "assistant.md"


def main() -> None:
    result = json.loads((RESULTS / "assistant.json").read_text(encoding="utf-8"))
    put(PAGE, "assistant.py", [*evaluation.table(result), ""])


if __name__ == "__main__":
    main()
