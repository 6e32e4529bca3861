from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from indexer.decode import Decoder
from indexer.library import jobs, photos
from indexer.library.database import Library
from indexer.library.types import Photo, Stage, Written
from indexer.service import Indexer
from indexer.writing_back import Outcome, What, write_back, write_one

Draw = Callable[..., Path]
WORDS = Written(caption="Grandma's garden", keywords=("roses",))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


@pytest.fixture
def look(indexer: Indexer, library: Library, folder: Path) -> Callable[[], dict[str, Photo]]:
    """Looks at the disk and works off what there is; gives the photos by their first file's name."""

    def look_again() -> dict[str, Photo]:
        indexer.add_folder(folder)
        indexer.run(stop=Event())
        known = [photos.get(library.connect(), photo) for photo in photos.ids(library.connect())]
        return {Path(photo.paths[0]).name: photo for photo in known}

    return look_again


@pytest.fixture
def write(library: Library, decoder: Decoder) -> Callable[..., dict[str, Outcome]]:
    """Writes back; gives what came of it by the sidecars' names."""
    return lambda **how: {Path(each.path).name: each for each in write_back(library, decoder, **how)}


def test_photos_stay_as_they_are_and_sidecars_are_written_once(
    look: Callable[[], dict[str, Photo]], write: Callable[..., dict[str, Outcome]], folder: Path, draw: Draw
) -> None:
    picture = draw(folder / "a.jpg")
    look()
    before = picture.read_bytes(), picture.stat().st_mtime_ns, picture.stat().st_ino
    assert {name: each.what for name, each in write(dry=True).items()} == {"a.jpg.xmp": What.NEW}
    assert names(folder) == ["a.jpg"]
    assert {name: each.what for name, each in write().items()} == {"a.jpg.xmp": What.NEW}
    assert (picture.read_bytes(), picture.stat().st_mtime_ns, picture.stat().st_ino) == before
    assert b"A plain colour in 1 views." in (folder / "a.jpg.xmp").read_bytes()
    assert {name: each.what for name, each in write().items()} == {"a.jpg.xmp": What.SAME}
    assert names(folder) == ["a.jpg", "a.jpg.xmp"]


def test_what_was_written_is_no_news_to_the_indexer(
    look: Callable[[], dict[str, Photo]],
    write: Callable[..., dict[str, Outcome]],
    indexer: Indexer,
    engine: Any,
    folder: Path,
    draw: Draw,
) -> None:
    draw(folder / "a.jpg")
    indexer.note(look()["a.jpg"].id, WORDS)
    write()
    shown = len(engine.shown)
    report = indexer.run(stop=Event())
    assert (report.new, report.changed, report.moved, len(engine.shown)) == (0, 0, 0, shown)
    photo = look()["a.jpg"]
    assert photo.written == photo.own == WORDS


def test_words_come_back_from_sidecars_should_the_library_be_lost(
    look: Callable[[], dict[str, Photo]],
    write: Callable[..., dict[str, Outcome]],
    indexer: Indexer,
    folder: Path,
    draw: Draw,
    tmp_path: Path,
) -> None:
    draw(folder / "a.jpg")
    indexer.note(look()["a.jpg"].id, WORDS)
    write()
    library = Library(tmp_path / "another" / "library.db")
    other = Indexer(library, home=tmp_path / "another", reader=None, looker=None)
    other.add_folder(folder)
    other.run(stop=Event())
    (photo,) = photos.ids(library.connect())
    assert photos.get(library.connect(), photo).written == WORDS
    library.close()


def test_a_sidecar_that_may_belong_to_two_photos_is_left_alone(
    look: Callable[[], dict[str, Photo]], write: Callable[..., dict[str, Outcome]], folder: Path, draw: Draw
) -> None:
    for name in ("a.jpg", "a.png", "b.jpg"):
        draw(folder / name)
    for name in ("a.xmp", "b.xmp"):
        (folder / name).write_text(
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:o="urn:o:">'
            '<rdf:Description o:p="1"/></rdf:RDF>'
        )
        (folder / name).chmod(0o640)
    look()
    assert {name: each.what for name, each in write().items()} == {
        "a.jpg.xmp": What.NEW,
        "a.png.xmp": What.NEW,
        "b.xmp": What.CHANGED,
    }
    assert b'o:p="1"' in (folder / "b.xmp").read_bytes()
    assert stat.S_IMODE((folder / "b.xmp").stat().st_mode) == 0o640
    assert b"plain colour" not in (folder / "a.xmp").read_bytes()


def test_what_cannot_be_written_is_said_and_the_others_are(
    look: Callable[[], dict[str, Photo]],
    write: Callable[..., dict[str, Outcome]],
    folder: Path,
    draw: Draw,
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        draw(folder / name)
    (folder / "a.jpg.xmp").write_text("my notes")
    (folder / "b.jpg.xmp").mkdir()
    look()
    found = write()
    assert {name: each.what for name, each in found.items()} == {
        "a.jpg.xmp": What.FAILED,
        "b.jpg.xmp": What.FAILED,
        "c.jpg.xmp": What.NEW,
    }
    assert found["a.jpg.xmp"].failure == "It is damaged, and was left as it is."
    assert (folder / "a.jpg.xmp").read_text() == "my notes"
    assert names(folder) == ["a.jpg", "a.jpg.xmp", "b.jpg", "b.jpg.xmp", "c.jpg", "c.jpg.xmp"]


def test_photos_that_are_away_or_unknown_to_all_get_none(
    look: Callable[[], dict[str, Photo]], write: Callable[..., dict[str, Outcome]], folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    look()
    (folder / "a.jpg").unlink()
    assert write() == {}


def test_once_it_is_wanted_what_becomes_known_is_written_by_itself(
    look: Callable[[], dict[str, Photo]], indexer: Indexer, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    look()
    assert names(folder) == ["a.jpg"]
    indexer.write_back(True)
    known = look()
    assert b"A plain colour in 1 views." in (folder / "a.jpg.xmp").read_bytes()
    indexer.note(known["a.jpg"].id, WORDS)
    draw(folder / "b.jpg")
    look()
    assert names(folder) == ["a.jpg", "a.jpg.xmp", "b.jpg", "b.jpg.xmp"]
    assert b"Grandma" in (folder / "a.jpg.xmp").read_bytes()
    indexer.note(known["a.jpg"].id, Written())
    look()
    assert b"Grandma" not in (folder / "a.jpg.xmp").read_bytes()
    indexer.write_back(False)
    draw(folder / "c.jpg")
    look()
    assert "c.jpg.xmp" not in names(folder)


def test_a_copy_gets_its_own_and_a_photo_that_moves_alone_too(
    look: Callable[[], dict[str, Photo]], indexer: Indexer, folder: Path, draw: Draw
) -> None:
    picture = draw(folder / "a.jpg")
    indexer.write_back(True)
    look()
    (folder / "copy.jpg").write_bytes(picture.read_bytes())
    look()
    assert "copy.jpg.xmp" in names(folder)
    picture.rename(folder / "moved.jpg")
    look()
    assert "moved.jpg.xmp" in names(folder)


def test_a_sidecar_that_cannot_be_written_by_itself_is_a_failure_with_its_reason(
    look: Callable[[], dict[str, Photo]], indexer: Indexer, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    (folder / "a.jpg.xmp").mkdir()
    indexer.write_back(True)
    look()
    assert [(failure.stage, failure.reason) for failure in indexer.failures()] == [
        ("write", "a.jpg.xmp cannot be written: Is a directory.")
    ]
    (folder / "a.jpg.xmp").rmdir()
    indexer.retry()
    look()
    assert indexer.failures() == () and (folder / "a.jpg.xmp").is_file()


def test_words_that_come_while_it_writes_are_written_next(
    look: Callable[[], dict[str, Photo]], indexer: Indexer, library: Library, folder: Path, draw: Draw, decoder: Decoder
) -> None:
    draw(folder / "a.jpg")
    indexer.write_back(True)
    photo = look()["a.jpg"]
    with library.writing() as conn:
        jobs.take(conn, photo.id, Stage.WRITE)
    record = write_one(photo, decoder)
    indexer.note(photo.id, WORDS)  # the job runs, so it is not queued
    with library.writing() as conn:
        conn.execute("update jobs set state = 'done' where stage = 'write'")
        record(conn)
        assert jobs.awaits(conn, photo.id, Stage.WRITE)
