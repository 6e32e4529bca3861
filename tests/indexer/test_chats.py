from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from indexer.library import chats, photos
from indexer.library.database import Library
from indexer.library.types import Chat, PhotoId

NOON = datetime(2026, 11, 22, 12)


@pytest.fixture
def kept(library: Library) -> list[Chat]:
    """Three, the latest first."""
    made = [
        Chat("c", NOON + timedelta(2), "什么狗在沙滩上？", "1 张照片 [1]", photos=(PhotoId(7),)),
        Chat(
            "b",
            NOON + timedelta(1),
            "¿Dónde está el recibo?",
            "Se tomó en Lisboa [1].",
            photos=(PhotoId(1), PhotoId(2)),
        ),
        Chat("a", NOON, "How many dogs?", "2 photos for dogs: [1] [2]"),
    ]
    with library.writing() as conn:
        for chat in made:
            chats.keep(conn, chat)
    return made


def test_they_come_back_as_they_were_the_latest_first(library: Library, kept: list[Chat]) -> None:
    assert chats.find(library.connect()) == kept
    assert chats.find(library.connect(), limit=1) == kept[:1]


@pytest.mark.parametrize(
    ("text", "keys"),
    [("dog", "a"), ("RECIBO donde", "b"), ("lisb", "b"), ("狗", "c"), ("dogs lisboa", ""), ("?!", "cba")],
)
def test_they_are_found_by_what_was_asked_and_answered(
    library: Library, kept: list[Chat], text: str, keys: str
) -> None:
    assert "".join(chat.key for chat in chats.find(library.connect(), text)) == keys


def test_one_is_forgotten_or_all(library: Library, kept: list[Chat]) -> None:
    with library.writing() as conn:
        chats.forget(conn, "b")
    assert chats.find(library.connect()) == [kept[0], kept[2]]
    assert chats.count(library.connect()) == 2
    with library.writing() as conn:
        chats.forget(conn)
    assert chats.find(library.connect()) == []


def test_an_answer_that_was_asked_for_anew_takes_the_place_of_the_old(library: Library, kept: list[Chat]) -> None:
    anew = replace(kept[2], answer="1 photo", asked_at=NOON + timedelta(9))
    with library.writing() as conn:
        chats.keep(conn, anew)
    assert chats.find(library.connect(), "how many") == [replace(anew, asked_at=NOON)]
    assert chats.find(library.connect(), "dogs 2") == []


def test_a_photo_that_is_forgotten_is_asked_about_no_more(library: Library) -> None:
    with library.writing() as conn:
        photo = photos.identify(conn, "a")
        chats.keep(conn, Chat("a", NOON, "What is it?", "A dog", about=photo))
        assert chats.find(conn)[0].about == photo
        photos.forget_fileless(conn)
        assert chats.find(conn)[0].about is None
