from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from indexer.library import photos
from indexer.library.database import Library
from indexer.library.types import PhotoId, Written
from indexer.neighbours import Neighbours
from indexer.service import Indexer

Draw = Callable[..., Path]


def packet(title: str, rating: int = 0) -> str:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmp:Rating="{rating}" dc:title="{title}"/></rdf:RDF></x:xmpmeta>'
    )


@pytest.fixture
def look(indexer: Indexer, library: Library, folder: Path) -> Iterator[Callable[[], dict[str, Written]]]:
    """Looks at the disk and works off what there is; gives what is written of each photo, by its first file's name."""
    indexer.add_folder(folder)

    def look_again() -> dict[str, Written]:
        indexer.run(stop=Event())
        conn = library.connect()
        known = [photos.get(conn, PhotoId(photo)) for photo in photos.ids(conn)]
        return {Path(photo.paths[0]).name: photo.written for photo in known}

    yield look_again


@pytest.mark.parametrize("name", ["a.jpg.xmp", "a.xmp", "a.jpg.XMP", "a.XMP"])
def test_a_sidecar_that_comes_changes_and_goes_is_followed(
    look: Callable[[], dict[str, Written]], folder: Path, draw: Draw, name: str
) -> None:
    draw(folder / "a.jpg")
    draw(folder / "b.jpg")
    assert look() == {"a.jpg": Written(), "b.jpg": Written()}
    (folder / name).write_text(packet("At sea", 4))
    assert look() == {"a.jpg": Written("At sea", rating=4), "b.jpg": Written()}
    (folder / name).write_text(packet("At the sea", 4))
    assert look()["a.jpg"] == Written("At the sea", rating=4)
    (folder / name).unlink()
    assert look()["a.jpg"] == Written()


def test_the_sidecar_of_the_whole_name_is_believed_first_and_both_before_the_file(
    look: Callable[[], dict[str, Written]], folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg", xmp=packet("in the file", 1).encode())
    (folder / "a.xmp").write_text(packet("", 2))
    (folder / "a.jpg.xmp").write_text(packet("of a.jpg"))
    assert look()["a.jpg"] == Written("of a.jpg", rating=2)


def test_a_photo_that_is_renamed_with_its_sidecar_keeps_what_is_written(
    look: Callable[[], dict[str, Written]], folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    (folder / "a.xmp").write_text(packet("kept"))
    look()
    for ending in ("jpg", "xmp"):
        (folder / f"a.{ending}").rename(folder / f"b.{ending}")
    assert look() == {"b.jpg": Written("kept")}


def test_a_damaged_sidecar_is_no_reason_to_know_less(
    look: Callable[[], dict[str, Written]], folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg", xmp=packet("in the file").encode())
    (folder / "a.xmp").write_bytes(b"<not xml")
    os.mkfifo(folder / "a.jpg.xmp")  # nobody writes into it
    assert look()["a.jpg"] == Written("in the file")


def test_the_photos_of_a_sidecar_are_those_it_is_named_after(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "ab.jpg", "a.jpg.png"):
        (tmp_path / name).write_bytes(b"")
    neighbours = Neighbours()
    beside = {name: neighbours.photos_of(str(tmp_path / name)) for name in ("a.xmp", "a.jpg.xmp")}
    assert sorted(beside["a.xmp"]) == [str(tmp_path / "a.jpg"), str(tmp_path / "a.png")]
    assert sorted(beside["a.jpg.xmp"]) == [str(tmp_path / "a.jpg"), str(tmp_path / "a.jpg.png")]
    assert neighbours.photos_of(str(tmp_path / "gone" / "a.xmp")) == []
