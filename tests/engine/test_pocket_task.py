from __future__ import annotations

import json

import pytest

from engine.descriptions import KINDS as TINTYPE_KINDS
from engine.messages import Thing
from engine.pocket import language
from engine.pocket.task import MOST_SORTS, POCKET
from engine.pocket.truth import KINDS, SCENES, UNKNOWN, Truth
from engine.pocket.truth import Thing as Drawn
from indexer.captions import WORDINGS, Sight, compose
from indexer.library.types import Kind


def said(kind: str = "beach", colour: str = "brown", *things: str) -> dict[str, object]:
    return {"kind": kind, "color": colour, "things": list(things)}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != UNKNOWN])
def test_every_kind_it_knows_is_in_our_terms_and_told_apart_in_every_language(kind: str) -> None:
    seen = POCKET.interpret(said(kind, "red"))
    assert seen.kind in TINTYPE_KINDS
    assert (seen.kind, seen.tags) == ("photo", (kind,)) or kind not in SCENES
    assert (seen.caption, seen.text, seen.colour) == ("", "", "red")
    for wording in WORDINGS.values():
        assert all(tag in wording.subjects for tag in seen.tags)


def test_what_is_unknown_is_not_named() -> None:
    assert POCKET.interpret(said(UNKNOWN, "gray", "2 red umbrella")).kind == ""
    assert POCKET.interpret(said("", "")).kind == ""


def test_things_are_counted_coloured_and_searched_for() -> None:
    seen = POCKET.interpret(said("beach", "brown", "3 red umbrella", "1 brown dog"))
    assert seen.things == (Thing("umbrella", 3, "red"), Thing("dog", 1, "brown"))
    assert seen.tags == ("beach", "umbrella", "dog")


def test_things_said_twice_or_half_are_left_out() -> None:
    seen = POCKET.interpret(said("beach", "brown", "3 red umbrella", "1 blue umbrella", "1 bro"))
    assert seen.things == (Thing("umbrella", 3, "red"),)


def test_what_it_learns_to_say_has_the_form_it_is_asked_for() -> None:
    truth = Truth("beach", "brown", (Drawn("umbrella", 3, "red"), Drawn("dog", 1, "brown")))
    answer = language.description(truth)
    assert POCKET.form.parse(answer) == json.loads(answer)
    assert list(POCKET.form.fields) == list(json.loads(answer))
    assert len(truth.things) <= MOST_SORTS


@pytest.mark.parametrize("code", WORDINGS)
def test_every_thing_can_be_told_in_every_language(code: str) -> None:
    for name in language.WORDS["en"].things:
        caption = compose(Sight(Kind.PHOTO, (), "", (Thing(name, 2, "red"),)), [], code)
        assert f"2 × {WORDINGS[code].things[name]} (" in caption
