"""The form an answer must take: a JSON object with fields in a fixed order, as a grammar that no token can break.

llama-cpp-python's own translation of JSON schemas admits control characters and escapes that make no character; the
character rule here does not, so that every finished answer is JSON. One that was cut off is closed, not lost.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_CHARACTER = r'character ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\/nt]'


@dataclass(frozen=True)
class Choice:
    """One of `values`."""

    values: tuple[str, ...]

    def rule(self) -> str:
        return " | ".join(_literal(f'"{value}"') for value in self.values)


@dataclass(frozen=True)
class Text:
    """Text of at most `most` characters; None: as long as the answer may be; 0: always empty."""

    most: int | None = None

    def rule(self) -> str:
        if self.most == 0:
            return _literal('""')
        count = "*" if self.most is None else f"{{0,{self.most}}}"
        return rf'"\"" character{count} "\""'


@dataclass(frozen=True)
class Texts:
    """A list of at most `most` texts of `length` characters each."""

    most: int
    length: int

    def rule(self) -> str:
        return _listed(rf'"\"" character{{1,{self.length}}} "\""', self.most)


@dataclass(frozen=True)
class Phrases:
    """A list of at most `most` texts: one of each of `words`, with spaces between."""

    most: int
    words: tuple[tuple[str, ...], ...]

    def rule(self) -> str:
        spoken = ' " " '.join(f"( {' | '.join(map(_literal, words))} )" for words in self.words)
        return _listed(rf'"\"" {spoken} "\""', self.most)


def _listed(item: str, most: int) -> str:
    return f'"[" ( {item} ( "," {item} ){{0,{most - 1}}} )? "]"'


@dataclass(frozen=True)
class Form:
    """Named fields in the order they are written."""

    fields: dict[str, Choice | Text | Texts | Phrases]

    def gbnf(self) -> str:
        """The grammar, in llama.cpp's notation."""
        members = [f"{_literal(json.dumps(name) + ':')} {name}" for name in self.fields]
        rules = [f"{name} ::= {field.rule()}" for name, field in self.fields.items()]
        root = '"{" ' + ' "," '.join(members) + ' "}"'
        return "\n".join([f"root ::= {root}", *rules, _CHARACTER])

    def parse(self, answer: str) -> dict[str, Any]:
        """The fields of an answer that keeps to the grammar, whole or cut off anywhere; those not reached are empty."""
        empty = {name: [] if isinstance(field, Texts | Phrases) else "" for name, field in self.fields.items()}
        return empty | _loads(answer)


def is_choosing(answer: str, name: str) -> bool:
    """Whether what comes next belongs to the value of the choice `name`."""
    return re.search(rf'"{name}":"[^"]*$', answer) is not None


def _loads(answer: str) -> dict[str, Any]:
    """Reads JSON whose end may be missing: the longest beginning of it that can be closed."""
    for end in range(len(answer), 0, -1):
        for closing in ("", "}", "]}", '"}', '"]}'):
            try:
                value = json.loads(answer[:end] + closing)
            except ValueError:
                continue
            return value if isinstance(value, dict) else {}
    return {}


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
