"""The pictures that the pocket model learns from, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.pocket import documents, language, material, scenes, things
from engine.pocket.claims import claims, missed, wrong
from engine.pocket.language import WORDS, description, exchanges
from engine.pocket.material import Material
from engine.pocket.palette import COLOURS, mostly
from engine.pocket.palette import NAMES as COLOUR_NAMES
from engine.pocket.pictures import SIZES, picture
from engine.pocket.scripts import Face
from engine.pocket.truth import DOCUMENTS, KINDS, PLACES, SCENES, UNKNOWN, Thing, Truth

MATERIAL = Material((Face("any.ttf"),))
BEACH = Truth("beach", "yellow", (Thing("umbrella", 3, "red", "left"), Thing("dog", 1, "brown", "right")))


pytestmark = pytest.mark.usefixtures("any_font")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_in_every_shape_and_the_same_for_the_same_seed(kind: str) -> None:
    for number, size in enumerate(SIZES):
        drawn, again = (picture([1, number], MATERIAL, size, kind) for _ in range(2))
        assert drawn.image.size == size and drawn.image.mode == "RGB"
        assert drawn.truth == again.truth and drawn.image.tobytes() == again.image.tobytes()
        assert drawn.truth.kind == kind
        assert drawn.truth.colour in COLOUR_NAMES
        assert bool(drawn.truth.lines) == (kind in DOCUMENTS)
        assert np.asarray(drawn.image).std() > 4
    assert (
        picture([1, 0], MATERIAL, SIZES[0], kind).image.tobytes()
        != picture([2, 0], MATERIAL, SIZES[0], kind).image.tobytes()
    )


def test_kinds_come_as_often_as_they_should() -> None:
    kinds = [picture([5, number], MATERIAL, (160, 120)).truth.kind for number in range(300)]
    assert 0.08 < kinds.count(UNKNOWN) / 300 < 0.24
    assert 0.25 < sum(kind in DOCUMENTS for kind in kinds) / 300 < 0.55
    assert len(set(kinds)) > 28


@pytest.mark.parametrize("kind", SCENES)
def test_what_is_true_of_a_scene_can_be_drawn_and_said(kind: str) -> None:
    scenery = scenes.SCENERY[kind]
    for seed in range(12):
        truth = scenes.scene(np.random.default_rng(seed), kind, (240, 180)).truth
        allowed = {sort.name: sort.most for sort in (*scenery.sorts, *scenery.main)}
        assert not scenery.main or truth.things
        assert sum(thing.count for thing in truth.things) <= 8
        for thing in truth.things:
            assert 1 <= thing.count <= allowed[thing.name]
            assert thing.colour in things.colours_of(thing.name)


@pytest.mark.parametrize("name", things.NAMES)
def test_a_thing_shows_in_its_colour_where_it_is_put(name: str) -> None:
    from engine.pocket.canvas import Canvas

    for colour in things.colours_of(name):
        ground = COLOURS["white" if colour in ("gray", "black", "blue") else "blue"]
        canvas = Canvas(np.random.default_rng(0), (200, 200), ground)
        things.DRAWINGS[name](canvas, 100, 150, 90, COLOURS[colour])
        pixels = np.asarray(canvas.image, int)
        changed = np.abs(pixels - ground).sum(axis=2) > 30
        rows, columns = np.nonzero(changed)
        assert 40 < rows.mean() < 160 and 60 < columns.mean() < 140
        assert (np.abs(pixels - COLOURS[colour]).sum(axis=2) < 30).sum() > 60


@pytest.mark.parametrize("name", COLOUR_NAMES)
def test_colours_have_their_names_in_any_light(name: str) -> None:
    for factor in (0.85, 1.0, 1.1):
        shade = tuple(min(255, round(value * factor)) for value in COLOURS[name])
        assert mostly(Image.new("RGB", (40, 30), shade)) == name


def test_the_sky_is_blue_and_a_dark_forest_green() -> None:
    assert mostly(Image.new("RGB", (9, 9), (150, 190, 235))) == "blue"
    assert mostly(Image.new("RGB", (9, 9), (38, 83, 42))) == "green"
    assert mostly(Image.new("RGB", (9, 9), (12, 14, 24))) == "black"


def test_document_is_written_in_lines_that_are_known() -> None:
    drawn = documents.document(np.random.default_rng(0), "receipt", (360, 480), MATERIAL)
    assert "TOTAL" in drawn.truth.lines
    assert drawn.truth.colour == "white"  # the paper, whatever lies under it


def test_where_a_thing_is_known_is_its_colour() -> None:
    drawn = scenes.scene(np.random.default_rng(3), "people", (240, 180))
    (person,) = drawn.truth.things
    assert drawn.places is not None and drawn.places.shape == (180, 240)
    assert set(np.unique(drawn.places)) == {0, 1}
    there = np.asarray(drawn.image)[drawn.places == 1]
    clothes = np.abs(there.astype(int) - COLOURS[person.colour]).max(axis=1) < 30
    assert clothes.mean() > 0.15
    assert 0.02 < (drawn.places == 1).mean() < 0.7


def test_photographs_are_shown_in_part_and_not_known(tmp_path: Path) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    Image.fromarray(tiles).resize((960, 640), Image.Resampling.NEAREST).save(tmp_path / "a.png")
    photographed = Material(MATERIAL.faces, (tmp_path / "a.png",))
    parts = [photographed.part(np.random.default_rng(number), (48, 36)) for number in range(8)]
    assert {part.size for part in parts} == {(48, 36)}
    assert len({part.tobytes() for part in parts}) == 8
    unknown = [picture([6, number], photographed, (160, 120), UNKNOWN) for number in range(40)]
    assert {each.truth.kind for each in unknown} == {UNKNOWN}
    receipt = picture([7, 1], photographed, (160, 120), "receipt")
    assert receipt.truth.lines


def test_missing_photographs_name_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(material, "_FOLDER", tmp_path)
    with pytest.raises(material.PhotographsMissing, match="install Debian's package lomiri-wallpapers"):
        material.training_material()


# ---- what is said


@pytest.mark.parametrize("code", WORDS)
def test_every_language_has_all_words(code: str) -> None:
    words = WORDS[code]
    assert len(words.kinds) == len(set(words.kinds)) == len(KINDS)
    assert len(words.colours) == len(set(words.colours)) == len(COLOUR_NAMES)
    assert len(words.things) == len(things.NAMES)
    assert len(words.places) == len(set(words.places)) == len(PLACES)
    for question in (words.count, words.colour_of, words.is_there, words.where):
        assert "{thing}" in question


def test_description_says_kind_colour_and_things() -> None:
    assert json.loads(description(BEACH)) == {
        "kind": "beach",
        "color": "yellow",
        "things": ["3 red umbrella", "1 brown dog"],
    }


def test_answers_are_true_and_nothing_is_known_of_the_unknown() -> None:
    said = {each.question: each.answer for each in exchanges(np.random.default_rng(0), BEACH, 8000)}
    assert said["What is this?"] == "Beach."
    assert said["How many: umbrella?"] == "3."
    assert said["How many: car?"] == "0."
    assert said["Which colour: dog?"] == "Brown."
    assert said["Welche Farbe: Hund?"] == "Braun."
    assert said["¿Qué se ve?"] == "Playa: 3 sombrilla (rojo), perro (marrón)."
    assert said["有没有：狗？"] == "有。"
    assert said["Où : chien ?"] == "Droite."
    assert said["Where: umbrella?"] == "I cannot tell."  # there are three
    unknown = replace(BEACH, kind=UNKNOWN, things=())
    for each in exchanges(np.random.default_rng(0), unknown, 200):
        words = next(words for words in WORDS.values() if each.question.startswith(_beginnings(words)))
        colour = each.question == words.colour
        assert colour or each.answer == words.unsure + words.stop


def _beginnings(words: language.Words) -> tuple[str, ...]:
    asked = (words.what, words.colour, words.describe, words.count, words.is_there, words.colour_of, words.where)
    return tuple(question.partition("{")[0] for question in asked)


# ---- claims


def test_truth_claims_nothing_wrong_and_misses_nothing() -> None:
    assert (wrong(claims(description(BEACH), BEACH)), missed(description(BEACH), BEACH)) == (0, 0)


@pytest.mark.parametrize(
    ("said", "expected", "overlooked"),
    [
        ('{"kind":"sea","color":"yellow","things":[]}', 1, 2),
        ('{"kind":"beach","color":"blue","things":["3 red umbrella"]}', 1, 1),
        ('{"kind":"beach","color":"yellow","things":["2 red umbrella","1 brown dog"]}', 1, 0),
        ('{"kind":"beach","color":"yellow","things":["3 blue umbrella","1 brown dog"]}', 1, 0),
        ('{"kind":"beach","color":"yellow","things":["3 red umbrella","1 brown dog","1 black cat"]}', 1, 0),
        ('{"kind":"beach","color":"yellow","things":["1 brown dog","1 brown dog"]}', 1, 1),
        ('{"kind":"unknown","color":"yellow","things":[]}', 0, 3),
        ("A beach.", 1, 2),
        ('{"kind":"beach"', 1, 2),
    ],
)
def test_wrong_claims_are_counted_one_by_one(said: str, expected: int, overlooked: int) -> None:
    assert (wrong(claims(said, BEACH)), missed(said, BEACH)) == (expected, overlooked)
