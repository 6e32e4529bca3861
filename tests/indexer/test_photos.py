from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import pytest

from indexer.library import descriptions, files, folders, jobs, lines, photos
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import Description, Facts, FolderId, FolderState, Kind, Line, PhotoId, Place, Stage

NOON = datetime(2023, 5, 14, 12)


def add(conn: sqlite3.Connection, name: str, taken_at: datetime | None = NOON, root: str = "/pictures") -> PhotoId:
    photo = photos.identify(conn, f"hash of {name}")
    files.add(conn, Seen(folders.add(conn, root), f"{root}/{name}", 1, 2, 3, 4), photo)
    if taken_at:
        photos.record(conn, photo, Facts(40, 30, "JPEG", taken_at, "exif", place=None))
    return photo


def described(caption: str) -> Description:
    return Description(caption, ("dog",), Kind.PHOTO, "red", "", 0.9, "en", "m", 1, 4, 2.5, NOON, 10, "text")


def test_pages_put_together_are_every_photo_once_newest_first(library: Library) -> None:
    with library.writing() as conn:
        for number in range(25):
            add(conn, f"{number}.jpg", NOON + timedelta(days=number % 5))
    pages = [photos.page(library.connect(), limit=7)]
    while pages[-1]:
        pages.append(photos.page(library.connect(), after=pages[-1][-1], limit=7))
    shown = [row for page in pages for row in page]
    assert [row.id for row in shown] == photos.ids(library.connect())
    assert len(shown) == photos.count(library.connect()) == 25
    moments = [row.taken_at for row in shown if row.taken_at]
    assert moments == sorted(moments, reverse=True)


def test_photo_is_listed_once_its_facts_are_known(library: Library) -> None:
    with library.writing() as conn:
        add(conn, "a.jpg", taken_at=None)
    assert photos.count(library.connect()) == 0
    assert photos.page(library.connect()) == []


def test_photo_of_one_folder_is_not_in_another(library: Library) -> None:
    with library.writing() as conn:
        here, there = add(conn, "a.jpg"), add(conn, "b.jpg", root="/elsewhere")
        first, second = FolderId(1), FolderId(2)
    assert photos.ids(library.connect(), first) == [here]
    assert [row.id for row in photos.page(library.connect(), folder=second)] == [there]
    assert [folder.photos for folder in folders.every(library.connect())] == [1, 1]


def test_all_64_bits_of_a_look_are_kept(library: Library) -> None:
    looks = [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
    with library.writing() as conn:
        for number, look in enumerate(looks):
            photo = add(conn, f"{number}.jpg", None)
            photos.record(conn, photo, Facts(40, 30, "JPEG", NOON - timedelta(days=number), "exif", look=look))
            assert photos.get(conn, photo).facts.look == look
        add(conn, "of an older Tintype.jpg")
    assert [look for _, look in photos.looks(library.connect())] == looks


def test_file_that_can_be_opened_stands_for_a_photo_with_several(library: Library) -> None:
    with library.writing() as conn:
        photo = add(conn, "a.jpg", root="/usb")
        files.add(conn, Seen(folders.add(conn, "/disk"), "/disk/copy.jpg", 1, 2, 3, 4), photo)
        folders.mark(conn, FolderId(1), FolderState.OFFLINE)
    assert photos.rows(library.connect(), [photo])[0].path == "/disk/copy.jpg"
    assert photos.get(library.connect(), photo).paths == ("/disk/copy.jpg", "/usb/a.jpg")


def test_everything_that_was_recorded_of_a_photo_comes_back(library: Library) -> None:
    place = Place("Kyoto", "Kyoto", "JP", 35.01, 135.76)
    facts = Facts(40, 30, "HEIC", NOON, "exif", 35.01, 135.76, place, "Canon EOS", "50mm", 540)
    found = (Line("Ramen 900 ¥", 0.9, (0.1, 0.2, 0.3, 0.4)), Line("ラーメン", 0.8, (0.1, 0.5, 0.3, 0.6)))
    with library.writing() as conn:
        photo = add(conn, "a.jpg")
        photos.record(conn, photo, facts)
        lines.record(conn, photo, found)
        jobs.add(conn, photo, [Stage.CLOSE])
        descriptions.record(conn, photo, described("A bowl."))
    known = photos.get(library.connect(), photo)
    assert known.facts == facts
    assert known.lines == found
    assert known.text == "Ramen 900 ¥\nラーメン"
    assert known.description == described("A bowl.")
    assert known.awaits_close_look


def test_new_description_takes_over_and_the_old_one_is_kept(library: Library) -> None:
    with library.writing() as conn:
        photo = add(conn, "a.jpg")
        descriptions.record(conn, photo, described("first"))
        descriptions.record(conn, photo, described("second"))
    current = descriptions.current(library.connect(), photo)
    assert current is not None and current.caption == "second"
    assert library.connect().execute("select count(*) from descriptions").fetchone()[0] == 2


def test_photo_without_a_file_is_listed_no_more_and_forgotten_only_when_told(library: Library) -> None:
    with library.writing() as conn:
        photo = add(conn, "a.jpg")
        lines.record(conn, photo, [Line("text", 1.0, (0, 0, 1, 1))])
        folders.remove(conn, FolderId(1))
    assert photos.count(library.connect()) == 0
    assert lines.of(library.connect(), photo)
    with library.writing() as conn:
        assert photos.forget_fileless(conn) == ["hash of a.jpg"]
    assert not lines.of(library.connect(), photo)
    with pytest.raises(KeyError):
        photos.get(library.connect(), photo)
