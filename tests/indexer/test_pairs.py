from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer import pairs
from indexer.library import files, folders
from indexer.library.database import Library
from indexer.neighbours import Neighbours
from indexer.reconcile import Reconciler


@pytest.fixture
def beside(folder: Path) -> Path:
    for name in ("a.JPG", "A.cr2", "a.mov", "b.heic", "b.dng", "c.nef", "d.jpg", "a.xmp"):
        (folder / name).write_text(name)
    return folder


def names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_what_belongs_together_has_one_name(beside: Path) -> None:
    assert pairs.second(path.name for path in beside.iterdir()) == {"A.cr2", "a.mov", "b.dng"}
    neighbours = Neighbours()
    assert names(neighbours.seconds_of(str(beside / "a.JPG"))) == ["A.cr2", "a.mov"]
    assert names(neighbours.pictures_of(str(beside / "A.cr2"))) == ["a.JPG"]
    for name in ("c.nef", "a.JPG", "a.xmp"):
        assert neighbours.pictures_of(str(beside / name)) == []
    for name in ("c.nef", "d.jpg", "A.cr2", "a.xmp"):
        assert neighbours.seconds_of(str(beside / name)) == []


def test_a_directory_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert Neighbours().seconds_of(str(tmp_path / "gone" / "a.jpg")) == []
    assert Neighbours().concerned([str(tmp_path / "gone" / "a.jpg")]) == [str(tmp_path / "gone" / "a.jpg")]


def test_each_directory_is_listed_once(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(path) or real(path))
    found = Neighbours().concerned(str(beside / name) for name in ("a.xmp", "a.JPG", "A.cr2", "b.heic", "d.jpg"))
    assert sorted(names(found)) == ["A.cr2", "a.JPG", "a.mov", "b.dng", "b.heic", "d.jpg"]
    assert listed == [str(beside)]


def test_news_of_a_picture_is_news_of_what_belongs_to_it(beside: Path, library: Library, tmp_path: Path) -> None:
    with library.writing() as conn:
        folders.add(conn, str(beside))
    reconciler = Reconciler(library, tmp_path / "home", lambda: None, lambda: None)
    reconciler.everything()
    known = {Path(each.seen.path).name for each in files.known(library.connect())}
    assert known >= {"a.JPG", "b.heic", "c.nef", "d.jpg"} and not known & {"A.cr2", "a.mov", "b.dng"}
    (beside / "b.heic").unlink()
    reconciler.some([str(beside / "b.heic")])
    known = {Path(each.seen.path).name for each in files.known(library.connect())}
    assert "b.dng" in known and "b.heic" not in known
    (beside / "c.jpg").write_text("new")
    reconciler.some([str(beside / "c.jpg")])
    known = {Path(each.seen.path).name for each in files.known(library.connect())}
    assert "c.jpg" in known and "c.nef" not in known


def test_news_of_a_sidecar_is_news_of_its_photos(beside: Path, library: Library, tmp_path: Path) -> None:
    with library.writing() as conn:
        folders.add(conn, str(beside))
    reconciler = Reconciler(library, tmp_path / "home", lambda: None, lambda: None)
    reconciler.everything()

    def stamps() -> dict[str, int]:
        return {Path(each.seen.path).name: each.seen.sidecars for each in files.known(library.connect())}

    before = stamps()
    (beside / "a.xmp").write_text("changed")
    reconciler.some([str(beside / "a.xmp")])
    after = stamps()
    assert {name for name in after if after[name] != before[name]} == {"a.JPG"}
    (beside / "a.xmp").unlink()
    reconciler.some([str(beside / "a.xmp")])
    assert stamps()["a.JPG"] == 0
