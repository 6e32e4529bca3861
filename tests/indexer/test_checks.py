from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from indexer.checks import ALIKE, Fault, fault
from indexer.library import photos
from indexer.library.database import Library
from indexer.service import Indexer

SOUND = {
    "en": "A dog runs along the beach towards two red umbrellas.",
    "de": "Ein Hund läuft am Strand auf zwei rote Sonnenschirme zu.",
    "es": "Un perro corre por la playa hacia dos sombrillas rojas.",
    "zh": "一只狗在海滩上跑向两把红色的遮阳伞。",
    "ar": "كلب يركض على الشاطئ نحو مظلتين حمراوين.",
    "hi": "एक कुत्ता समुद्र तट पर दो लाल छतरियों की ओर दौड़ रहा है।",
}


@pytest.mark.parametrize("code", SOUND)
def test_a_description_in_the_language_wanted_is_sound(code: str) -> None:
    assert fault(SOUND[code], code) is None
    assert fault(SOUND[code], f"{code}-XX") is None


@pytest.mark.parametrize("wanted", SOUND)
@pytest.mark.parametrize("written", SOUND)
def test_another_language_is_found(wanted: str, written: str) -> None:
    assert (fault(SOUND[written], wanted) is None) == (written == wanted)


@pytest.mark.parametrize("caption", ["", "  ", "12 34", "...", "!!! 7", "2024-05-01"])
def test_what_has_no_word_is_no_description(caption: str) -> None:
    assert fault(caption, "en") is Fault.WORDLESS


@pytest.mark.parametrize(
    "caption",
    [
        "A photo of a photo of a photo of a photo of a photo of a photo",
        "The sign says no no no no no no no no no no no no",
        "海滩上的狗海滩上的狗海滩上的狗海滩上的狗海滩上的狗",
        "Trees. Trees. Trees. Trees. Trees. Trees.",
    ],
)
def test_loops_are_found(caption: str) -> None:
    assert fault(caption, "zh" if "狗" in caption else "en") is Fault.LOOPING


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("Ha ha ha ha.", "en"),
        ('Ein Schild mit der Aufschrift "Please keep off the grass, thank you very much".', "de"),
        ("Eiffel Tower, Paris", "fr"),
        ("A sign: 888 888 888", "en"),
        ("Sunset", "de"),
    ],
)
def test_what_a_person_would_not_mind_is_sound(caption: str, wanted: str) -> None:
    assert fault(caption, wanted) is None


def test_the_same_of_many_photos_is_found() -> None:
    assert fault(SOUND["en"], "en", ALIKE - 1) is None
    assert fault(SOUND["en"], "en", ALIKE) is Fault.REPEATED


# ---- in the index


@pytest.mark.parametrize(
    ("said", "caption", "found"),
    [
        (("no no no no no no no no no no no no", "A plain colour."), "A plain colour.", ""),
        (("12 34", "no no no no no no no no no no no no"), "no no no no no no no no no no no no", "looping"),
        (("A plain colour.",), "A plain colour.", ""),
    ],
)
def test_what_is_no_description_is_asked_for_once_more(
    indexer: Indexer,
    library: Library,
    engine: object,
    folder: Path,
    draw: Callable[..., Path],
    said: tuple[str, ...],
    caption: str,
    found: str,
) -> None:
    engine.said = said  # type: ignore[attr-defined]
    draw(folder / "a.png")
    indexer.add_folder(folder)
    indexer.run(stop=Event())
    conn = library.connect()
    (photo,) = photos.ids(conn)
    seen = photos.get(conn, photo).description
    assert seen is not None and (seen.caption, seen.fault) == (caption, found)


def test_a_model_that_says_the_same_of_all_photos_is_doubted(
    indexer: Indexer, library: Library, engine: object, folder: Path, draw: Callable[..., Path]
) -> None:
    engine.said = ("A plain colour.", "A plain colour, number {number}.")  # type: ignore[attr-defined]
    for number in range(ALIKE + 2):
        draw(folder / f"{number}.png")
    indexer.add_folder(folder)
    indexer.run(stop=Event())
    conn = library.connect()
    seen = [photos.get(conn, photo).description for photo in photos.ids(conn)]
    captions = [each.caption for each in seen if each]
    assert captions.count("A plain colour.") == ALIKE
    assert len(set(captions)) == 3 and not any(each.fault for each in seen if each)
