from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from indexer.library import folders, jobs, photos, settings
from indexer.library.database import SCHEMA, Library, LibraryError, LibraryUnwritable
from indexer.library.search import search
from indexer.library.types import Query, Stage, Term, Written


def test_library_of_a_newer_tintype_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Library(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="newer Tintype"):
        Library(path)
    assert path.read_bytes() == before


def test_file_that_is_no_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"These are my notes. " * 500)
    with pytest.raises(LibraryError, match="not a library"):
        Library(path)
    assert path.read_bytes().startswith(b"These are my notes.")


def test_place_that_cannot_hold_a_library_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="cannot be kept"):
        Library(tmp_path / "file" / "library.db")


def test_library_that_is_up_to_date_opens_without_the_migrations(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Library(path).close()
    program = f"""
import sys, pathlib
from indexer.library.database import Library
Library(pathlib.Path({str(path)!r})).close()
assert "sqlite_utils" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize("schema", [1, 2, 3, 4, 5, 6])
def test_library_of_an_older_tintype_keeps_everything(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "library.db"
    shutil.copy(Path(__file__).parent / "data" / "libraries" / f"schema-{schema}.db", path)
    library = Library(path)
    try:
        conn = library.connect()
        assert conn.execute("pragma user_version").fetchone()[0] == SCHEMA
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        receipt, dog = (photos.get(conn, photo) for photo in photos.ids(conn))
        assert receipt.text == "BAKERY\nTOTAL 6.40"
        assert dog.facts.place is not None and dog.facts.place.city == "Lisbon"
        for photo, caption, views in ((dog, "A dog on the beach", 10), (receipt, "A receipt from a bakery", 7)):
            seen = photo.description
            assert seen is not None and seen.caption == caption
            assert (seen.views, seen.all_views, seen.views_reason) == (views, views, "")
            assert not photo.awaits_close_look
            assert (photo.unread, photo.written) == ((), Written())
            assert jobs.awaits(conn, photo.id, Stage.FACTS)  # which now hold more
        assert settings.get(conn, "model", "") == "minicpm-v-4.5"
        assert [hit.photo for hit in search(conn, Query((Term("bakery"),)))] == [receipt.id]
    finally:
        library.close()


def test_schema_has_no_two_histories(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    shutil.copy(Path(__file__).parent / "data" / "libraries" / "schema-1.db", old)
    assert columns(old) == columns(new)


def columns(path: Path) -> set[tuple[str, str, str]]:
    """Table, name and type of every column, once the library is up to date."""
    library = Library(path)
    try:
        query = "select t.name, c.name, c.type from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'"
        return {tuple(row) for row in library.connect().execute(query)}
    finally:
        library.close()


def test_transaction_that_raises_keeps_nothing(library: Library) -> None:
    with pytest.raises(ZeroDivisionError), library.writing() as conn:
        settings.set(conn, "language", "de")
        _ = 1 / 0
    assert settings.get(library.connect(), "language", "en") == "en"


def test_threads_write_without_losing_each_others_work(library: Library) -> None:
    def count_up() -> None:
        for _ in range(20):
            with library.writing() as conn:
                settings.set(conn, "count", str(int(settings.get(conn, "count", "0")) + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert settings.get(library.connect(), "count", "0") == "80"


def test_full_disk_is_said_in_a_sentence_and_loses_nothing(library: Library) -> None:
    with library.writing() as conn:
        settings.set(conn, "kept", "yes")
    pages = library.connect().execute("pragma page_count").fetchone()[0]
    library.connect().execute(f"pragma max_page_count = {pages}")
    with pytest.raises(LibraryUnwritable, match="full"), library.writing() as conn:
        for number in range(1000):
            settings.set(conn, f"much {number}", "x" * 1000)
    assert settings.get(library.connect(), "kept", "no") == "yes"
    assert library.connect().execute("pragma integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize("name", ["plain", "ünïcode 写真 🏖", "not-utf8-\udcff\udc80", "quo'te \"s", "a" * 200])
def test_name_of_any_bytes_comes_back_as_it_was(library: Library, name: str) -> None:
    with library.writing() as conn:
        folders.add(conn, f"/{name}")
    assert [folder.path for folder in folders.every(library.connect())] == [f"/{name}"]
