"""How the text reader is measured: what is drawn, and how errors are counted."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from engine.evaluation.reader import character_error, measure, plain, table
from engine.pocket import scripts
from engine.pocket.camera import photographed
from engine.pocket.pages import page
from engine.pocket.scripts import SCRIPTS, Face, FontMissing, Script


@pytest.mark.parametrize(
    ("written", "read", "error"),
    [
        (["TOTAL 6.40"], ["TOTAL 6.40"], 0),
        (["TOTAL 6.40"], ["TOTAL", "6.40"], 0),  # how it is parted is another matter
        (["TOTAL 6.40"], ["T0TAL 6.4O"], 2 / 9),
        (["TOTAL"], [], 1),
        (["ab"], ["xxxxxx"], 3),
        (["ﬁne"], ["fine"], 0),
    ],
)
def test_errors_are_counted_in_letters(written: list[str], read: list[str], error: float) -> None:
    assert character_error([(written, read)]) == pytest.approx(error)


def test_longer_pages_count_for_more() -> None:
    assert character_error([(["x" * 90], ["x" * 90]), (["y" * 10], [])]) == pytest.approx(0.1)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_has_words_and_letters_of_its_own(script: Script) -> None:
    assert len(scripts.words(script)) > 150
    assert 20 < len(set(scripts.letters(script))) < 5000
    for word in scripts.words(script):
        assert word == unicodedata.normalize("NFC", word)
        assert all(unicodedata.name(character).startswith(script.letters) for character in word)


def test_marks_stay_with_their_letters() -> None:
    assert scripts.clusters("हिन्दी") == ["हि", "न्", "दी"]
    assert scripts.clusters("abc") == ["a", "b", "c"]


@pytest.fixture
def latin(any_font: None) -> Script:
    return Script("Latin", ("LATIN",), ("en",), (Face("any.ttf"),))


@pytest.mark.parametrize("strings", [False, True])
def test_page_is_the_same_for_the_same_seed_and_shows_its_lines(latin: Script, strings: bool) -> None:
    pages = [page(np.random.default_rng(seed), latin, (400, 500), 20, strings=strings) for seed in (1, 1, 2)]
    assert pages[0].lines == pages[1].lines != pages[2].lines
    assert pages[0].image.tobytes() == pages[1].image.tobytes()
    assert len(pages[0].lines) > 8
    words = set(scripts.words(latin))
    letters = [word for line in pages[0].lines for word in line.split() if word.isalpha()]
    assert all(word in words for word in letters) is not strings


def test_photograph_is_of_the_same_size_and_hardly_another_picture(latin: Script) -> None:
    drawn = page(np.random.default_rng(0), latin, (400, 500), 20, strings=False)
    photo = photographed(drawn.image, np.random.default_rng(0))
    assert photo.size == drawn.image.size
    difference = np.abs(np.asarray(photo, int) - np.asarray(drawn.image, int)).mean()
    assert 1 < difference < 60


def test_font_that_is_missing_is_named() -> None:
    with pytest.raises(FontMissing, match="fonts-of-nowhere"):
        scripts.fonts(Script("Any", ("LATIN",), ("en",), (Face("no-such-font.ttf"),), "fonts-of-nowhere"))


def test_everything_is_measured(latin: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.evaluation import reader

    monkeypatch.setattr(reader, "SCRIPTS", (latin,))
    monkeypatch.setattr(reader, "CAMERA", (756, 1008))
    monkeypatch.setattr(reader, "SMALL_PRINT_PX", (24,))
    monkeypatch.setattr(reader, "SIZES", {"whole": 1008, "small": 180})
    monkeypatch.setattr(reader, "COST_PX", (500,))
    told: list[str] = []
    result = measure(1, told=told.append)
    assert result.pages == 2 and len(told) == 3
    (script,), (detail,), (cost,) = result.scripts, result.detail, result.cost
    assert script.words < 0.1 and script.strings < 0.3 and script.letters > 500
    assert detail.found["whole"] > 0.8 > detail.found["small"]
    assert cost.megapixels == pytest.approx(0.19, abs=0.01)
    assert 0 < cost.idle_bytes <= cost.peak_bytes
    assert sum(line.startswith("| Latin |") for line in table(result)) == 1
    assert plain(["Ａ b", "c"]) == "Abc"
