from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from indexer.library import photos, settings
from indexer.library.care import back_up, complaints, everything
from indexer.library.database import SCHEMA, Library, LibraryError, backups_folder
from indexer.service import Indexer

OLDER = Path(__file__).parent / "data" / "libraries" / "schema-1.db"


def opened(path: Path) -> Library:
    return Library(path)


def test_a_sound_library_gives_no_complaint(library: Library) -> None:
    with library.writing() as conn:
        assert complaints(conn) == []


def test_what_belongs_to_nothing_and_a_lost_index_are_found(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(OLDER, path)
    with closing(opened(path)) as library:
        conn = library.connect()
        conn.execute("pragma foreign_keys = off")
        conn.execute("update lines set photo_id = photo_id + 900")
        conn.execute("delete from photo_words_data where id > 9")
        found = complaints(conn)
    assert "Of what is kept in lines, 2 belong to nothing in photos." in found
    assert "The index that is searched is damaged." in found
    assert all(sentence.endswith(".") for sentence in found)


def test_a_backup_is_a_library_of_one_moment(library: Library, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "mine.sqlite"
    with library.writing() as conn:
        settings.set(conn, "language", "de")
    back_up(library.path, target)
    with library.writing() as conn:
        settings.set(conn, "language", "fr")
    with closing(opened(target)) as copy:
        assert settings.get(copy.connect(), "language", "") == "de"
    assert [path.name for path in target.parent.iterdir()] == ["mine.sqlite"]


def test_a_backup_is_whole_while_others_write(library: Library, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with library.writing() as conn:
                settings.set(conn, "one", str(number))
                settings.set(conn, "two", str(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(library.path, tmp_path / f"{number}.sqlite")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        with closing(opened(tmp_path / f"{number}.sqlite")) as copy:
            conn = copy.connect()
            assert settings.get(conn, "one", "") == settings.get(conn, "two", "")
            with copy.writing() as writing:
                assert complaints(writing) == []


def test_a_damaged_library_replaces_no_backup(library: Library, tmp_path: Path) -> None:
    target = tmp_path / "mine.sqlite"
    back_up(library.path, target)
    before = target.read_bytes()
    library.close()
    damaged = tmp_path / "damaged.db"
    content = bytearray(before)
    content[4096 * 3 : 4096 * 12] = os.urandom(4096 * 9)
    damaged.write_bytes(content)
    with pytest.raises(LibraryError):
        back_up(damaged, target)
    assert target.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(library: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match=r"cannot be copied to .*\.$"):
        back_up(library.path, tmp_path / "file" / "mine.sqlite")


def test_an_older_library_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(OLDER, path)
    opened(path).close()
    (copy,) = backups_folder(path).iterdir()
    assert copy.name == "library-schema-1.db"
    for file, schema in ((copy, 1), (path, SCHEMA)):
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("pragma user_version").fetchone()[0] == schema


def test_a_new_library_needs_no_copy(tmp_path: Path) -> None:
    opened(tmp_path / "library.db").close()
    assert not backups_folder(tmp_path / "library.db").exists()


def test_everything_is_given_once_whatever_the_page(
    indexer: Indexer, library: Library, folder: Path, draw: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.library.care._AT_A_TIME", 2)
    for number in range(5):
        draw(folder / f"{number}.png")  # type: ignore[operator]
    indexer.add_folder(folder)
    indexer.run(stop=threading.Event())
    conn = library.connect()
    assert [photo.id for photo in everything(conn)] == photos.ids(conn)
    assert {photo.text for photo in everything(conn)} == {"Café Zürich"}
