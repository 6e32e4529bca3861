from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.descriptions import FULL, KINDS, POCKET, POCKET_KINDS, PROMPT_VERSION
from engine.schema import Choice, Form, Phrases, Text, Texts, is_choosing
from indexer.captions import WORDINGS
from indexer.library.types import Kind

FORM = Form({"kind": Choice(("a", "b")), "caption": Text(20), "tags": Texts(2, 5), "text": Text()})
ANSWER = {"kind": "b", "caption": 'say "hi" \\ \n', "tags": ["x", "yz"], "text": "日本"}
WRITTEN = json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":"))


def test_the_grammar_spells_every_field_in_order() -> None:
    rules = FORM.gbnf().splitlines()
    order = r'"{" "\"kind\":" kind "," "\"caption\":" caption "," "\"tags\":" tags "," "\"text\":" text "}"'
    assert rules[0] == f"root ::= {order}"
    assert rules[1] == r'kind ::= "\"a\"" | "\"b\""'
    assert rules[4] == r'text ::= "\"" character* "\""'


def test_a_phrase_is_made_of_one_word_of_each_sort() -> None:
    rules = Form({"seen": Phrases(2, (("1", "2"), ("dog", "cat")))}).gbnf().splitlines()
    phrase = r'"\"" ( "1" | "2" ) " " ( "dog" | "cat" ) "\""'
    assert rules[1] == f'seen ::= "[" ( {phrase} ( "," {phrase} ){{0,1}} )? "]"'


def test_a_whole_answer_is_read() -> None:
    assert FORM.parse(WRITTEN) == ANSWER


@given(st.integers(0, len(WRITTEN)))
def test_an_answer_cut_off_anywhere_keeps_what_was_said(end: int) -> None:
    fields = FORM.parse(WRITTEN[:end])
    assert fields.keys() == ANSWER.keys()
    assert ANSWER["caption"].startswith(fields["caption"])
    assert ANSWER["text"].startswith(fields["text"])
    assert fields["kind"] in ("", "b")
    assert all(any(tag.startswith(start) for tag in ANSWER["tags"]) for start in fields["tags"])


def test_noise_is_an_empty_answer() -> None:
    assert FORM.parse("?") == {"kind": "", "caption": "", "tags": [], "text": ""}


def test_choosing_lasts_from_the_opening_quote_to_the_closing_one() -> None:
    states = {'{"kind"': False, '{"kind":': False, '{"kind":"': True, '{"kind":"a': True, '{"kind":"a"': False}
    assert {answer: is_choosing(answer, "kind") for answer in states} == states


def test_kinds_are_those_of_the_library() -> None:
    assert set(KINDS) == {kind.value for kind in Kind} - {Kind.UNKNOWN.value}


def test_everything_the_pocket_model_can_say_is_in_our_terms() -> None:
    for kind in POCKET_KINDS:
        seen = POCKET.interpret({"kind": kind, "color": "red", "text": ""})
        assert seen.kind in KINDS
        assert bool(seen.tags) == (seen.kind == "photo")
        assert set(seen.tags) <= WORDINGS["en"].subjects.keys()
        assert (seen.caption, seen.text, seen.colour) == ("", "", "red")


def test_the_instruction_is_in_the_language_of_the_caption() -> None:
    assert "auf Deutsch" in FULL.order("de").instruction
    assert FULL.order("zh-Hant").instruction == FULL.order("zh").instruction
    assert "in Swahili." in FULL.order("sw").instruction
    assert "in xx-nonsense." in FULL.order("xx-nonsense").instruction
    assert all(all(kind in FULL.order(language).instruction for kind in KINDS) for language in ("en", "ar", "hi", "fi"))


def test_tags_are_trimmed_and_said_once() -> None:
    seen = FULL.interpret({"kind": "photo", "caption": " a ", "tags": ["sea ", "sea", " "], "text": ""})
    assert (seen.caption, seen.tags) == ("a", ("sea",))


def test_descriptions_carry_a_version_of_what_was_asked() -> None:
    assert PROMPT_VERSION >= 1
