from __future__ import annotations

import pytest

from engine.messages import Thing
from indexer.captions import WORDINGS, Sight, believed, compose, excerpt
from indexer.library.types import Kind, Line

CAFE = ("CORNER CAFE", "Flat white", "11.00", "TOTAL", "160.29")
DOG = Thing("dog", 1, "brown")


def lines(*texts: str, width: float = 0.3) -> list[Line]:
    return [Line(text, 0.99, (0.1, 0.1 * row, 0.1 + width, 0.1 * row + 0.05)) for row, text in enumerate(texts)]


# ---- captions


def test_receipt_is_told_by_its_colour_and_its_text() -> None:
    caption = compose(Sight(Kind.RECEIPT, (), "white"), lines(*CAFE), "en")
    assert caption == "A receipt, mostly white. Text: CORNER CAFE Flat white 11.00 TOTAL 160.29"


@pytest.mark.parametrize(
    ("language", "caption"),
    [
        ("en", "A sunset, mostly orange."),
        ("es", "Una puesta de sol, sobre todo de color naranja."),
        ("zh", "日落，以橙色为主。"),
        ("de", "Ein Sonnenuntergang, überwiegend orange."),
        ("ar", "غروب الشمس، اللون الغالب البرتقالي."),
        ("hi", "सूर्यास्त, मुख्य रंग नारंगी।"),
        ("fi", "A sunset, mostly orange."),
        ("zh-Hant", "日落，以橙色为主。"),
    ],
)
def test_scene_is_told_in_the_language(language: str, caption: str) -> None:
    assert compose(Sight(Kind.PHOTO, ("sunset",), "orange"), [], language) == caption


def test_things_are_told_with_their_number_and_colour() -> None:
    seen = Sight(Kind.PHOTO, ("beach", "umbrella", "dog"), "brown", (Thing("umbrella", 3, "red"), DOG))
    assert compose(seen, [], "en") == "A beach, mostly brown, showing 3 × umbrella (red), dog (brown)."
    assert compose(seen, [], "zh") == "海滩，以棕色为主，有3 × 遮阳伞 (红色)，狗 (棕色)。"


def test_paper_is_told_by_what_sort_it_is() -> None:
    assert compose(Sight(Kind.DOCUMENT, ("invoice",), "white"), [], "de") == "Eine Rechnung, überwiegend weiß."


def test_unknown_kind_leaves_the_text_only() -> None:
    caption = compose(Sight(Kind.UNKNOWN, ("sunset",), "orange", (DOG,)), lines("Hello"), "en")
    assert caption == "Text: Hello"


def test_nothing_known_is_nothing_said() -> None:
    assert compose(Sight(Kind.UNKNOWN), [], "en") == ""


def test_words_that_no_wording_has_are_left_out() -> None:
    assert compose(Sight(Kind.PHOTO, ("llama",), "octarine", (Thing("llama", 1, "red"),)), [], "en") == "A photo."


@pytest.mark.parametrize("language", WORDINGS)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind])
def test_every_language_has_a_word_for_every_kind(language: str, kind: Kind) -> None:
    assert compose(Sight(kind, (), "blue"), [], language)


def test_text_is_kept_as_it_was_read() -> None:
    words = ("ÄPFEL  1,20 €", "合計 ¥580", "{text}")
    assert excerpt(lines(*words), Kind.NOTE) == "ÄPFEL  1,20 € 合計 ¥580 {text}"


@pytest.mark.parametrize("name", ["TOTAL", "SUMME", "合計", "المجموع", "Total due"])
def test_long_receipt_ends_with_its_total(name: str) -> None:
    items = [f"article number {number} 1.{number}0" for number in range(1, 9)]
    text = excerpt(lines("CORNER CAFE", *items, name, "160.29", "thank you"), Kind.RECEIPT)
    assert text.startswith("CORNER CAFE article number 1")
    assert text.endswith(f"… {name} 160.29")
    assert len(text) < 160


def test_long_text_is_cut_between_words() -> None:
    text = excerpt(lines(*["some words"] * 30), Kind.NOTE)
    assert len(text) <= 122
    assert text.endswith(("some …", "words …"))


# ---- trust


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        (Kind.RECEIPT, lines(*CAFE)),
        (Kind.NOTE, lines("milk", "bread")),
        (Kind.TICKET, lines("JAZZ NIGHT", "Row 7", "Seat 12")),
        (Kind.SIGN, lines("RUE DES LILAS")),
        (Kind.POSTER, lines("FESTIVAL", width=0.8)),
        (Kind.SCREENSHOT, lines("Settings", "Wi-Fi", "Battery")),
        (Kind.PHOTO, []),
    ],
)
def test_sure_kind_that_the_text_bears_out_is_believed(kind: Kind, read: list[Line]) -> None:
    sight = Sight(kind, ("beach",), "blue", (DOG,))
    assert believed(sight, 0.95, read) == sight
    assert believed(sight, 0.75, read) == Sight(Kind.UNKNOWN)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PHOTO, Kind.UNKNOWN)])
def test_paper_on_which_nothing_was_read_is_no_paper(kind: Kind) -> None:
    assert believed(Sight(kind), 1.0, []) == Sight(Kind.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        (Kind.RECEIPT, lines("To the beach", "2 km")),
        (Kind.TICKET, lines("ポイ捨て禁止!", "NO LITTER", "港区 MINATO CITY")),
        (Kind.POSTER, lines("愚园路", "Yuyuan Rd.", width=0.47)),
        (Kind.PHOTO, lines("a", "page", "of", "prose")),
    ],
)
def test_kind_that_the_text_speaks_against_is_not_believed(kind: Kind, read: list[Line]) -> None:
    """Signs in real photographs that the pocket model was sure were something else."""
    assert believed(Sight(kind), 0.99, read) == Sight(Kind.UNKNOWN)


@pytest.mark.parametrize("total", ["TOTAL 160.29", "SUMME", "合計 ¥580", "المجموع"])
def test_amounts_and_a_total_make_a_receipt_whatever_was_seen(total: str) -> None:
    read = lines("CORNER CAFE", "Flat white", "11.00", "Bread 2,50 €", "149.29", total)
    for seen in (Sight(Kind.UNKNOWN, colour="white"), Sight(Kind.PHOTO, ("beach", "dog"), "white", (DOG,))):
        assert believed(seen, 0.99, read) == Sight(Kind.RECEIPT, colour="white")


@pytest.mark.parametrize(
    "read", [lines("MENU", "Soup 4.50", "Bread 2.00", "Tea 1.80"), lines("Total eclipse", "12.08.2026"), lines("9.99")]
)
def test_amounts_alone_make_no_receipt(read: list[Line]) -> None:
    assert believed(Sight(Kind.UNKNOWN), 0.0, read) == Sight(Kind.UNKNOWN)
