"""What an answer claims of a picture, one claim at a time, and which claims are true (as RLAIF-V takes answers apart).

Source: RLAIF-V, arXiv 2405.17220, section 3: an answer is divided into atomic claims, each is judged by itself, and the
answer is as good as it has few wrong ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine.pocket import things
from engine.pocket.truth import UNKNOWN, Truth


@dataclass(frozen=True)
class Claim:
    """One statement; `about`: kind, colour, or of a thing: thing, count, thing colour."""

    about: str
    true: bool


def claims(answer: str, truth: Truth) -> list[Claim]:
    """The claims of a description (language.description); what is no description claims nothing right.

    To say "unknown" is no claim about what is there, so it is not counted.
    """
    said = _parsed(answer)
    if said is None:
        return [Claim("form", False)]
    kind, colour, found = said
    made = [] if kind == UNKNOWN else [Claim("kind", kind == truth.kind)]
    made.append(Claim("colour", colour == truth.colour))
    there = {thing.name: thing for thing in truth.things}
    named: set[str] = set()
    for each in found:
        count, _, rest = each.partition(" ")
        tint, _, name = rest.partition(" ")
        thing = None if name in named else there.get(name)  # what is said twice is there once at most
        named.add(name)
        made.append(Claim("thing", thing is not None and name in things.NAMES))
        if thing is not None:
            made.append(Claim("count", count == str(thing.count)))
            made.append(Claim("thing colour", tint == thing.colour))
    return made


def wrong(made: list[Claim]) -> int:
    return sum(not claim.true for claim in made)


def missed(answer: str, truth: Truth) -> int:
    """How much is there and not named: sorts of things, whatever their number and colour, and a kind called unknown."""
    kind, _, found = _parsed(answer) or ("", "", ())
    said = {each.rpartition(" ")[2] for each in found}
    return sum(thing.name not in said for thing in truth.things) + (kind == UNKNOWN != truth.kind)


def _parsed(answer: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Kind, colour and things of a description; None where it is none."""
    try:
        said = json.loads(answer)
        return str(said["kind"]), str(said["color"]), tuple(map(str, said["things"]))
    except (ValueError, KeyError, TypeError):
        return None
