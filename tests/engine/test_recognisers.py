"""Further models of the text reader: which files are taken, and which are left out later."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from engine import recognisers
from engine.errors import ModelUnusable
from engine.seals import PublishedFile

CONTENT = b"weights" * 1000


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's file, which is what the catalogue says of Thai."""
    known = recognisers.catalogue()
    thai = PublishedFile("th.onnx", sha256=hashlib.sha256(CONTENT).hexdigest())
    changed = tuple(replace(each, file=thai) if each.name == "reader-th" else each for each in known)
    monkeypatch.setattr(recognisers, "_CATALOGUE", changed)
    path = tmp_path / "downloaded.onnx"
    path.write_bytes(CONTENT)
    return path


def test_catalogue_names_each_file_once() -> None:
    files = [each.file for each in recognisers.catalogue()]
    assert len({file.name for file in files}) == len({file.sha256 for file in files}) == len(files) == 10
    assert all(file.sha256 and len(file.sha256) == 64 for file in files)


def test_published_file_is_kept_and_used(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    assert recognisers.usable(folder) == ()
    read: list[int] = []
    assert recognisers.import_file(published, folder, read.append).name == "reader-th"
    assert read[-1] == len(CONTENT)
    (path,) = recognisers.usable(folder)
    assert Path(path).read_bytes() == CONTENT
    assert [each.name for each in recognisers.installed(folder)] == ["reader-th"]
    (recogniser,) = recognisers.installed(folder)
    (seal,) = recognisers.verify(Path(path), recogniser).values()
    assert seal.published


def test_another_file_is_refused_and_nothing_kept(published: Path, tmp_path: Path) -> None:
    published.write_bytes(CONTENT[1:])
    with pytest.raises(ModelUnusable, match=r"downloaded\.onnx is none of the text reader's models"):
        recognisers.import_file(published, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_folder_that_cannot_be_written_is_said(published: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file")
    with pytest.raises(ModelUnusable, match="could not be kept"):
        recognisers.import_file(published, tmp_path / "models")


def test_damaged_file_is_left_out_and_verifying_says_why(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    recognisers.import_file(published, folder)
    (recogniser,) = recognisers.installed(folder)
    path = recognisers.file_of(folder, recogniser.name)
    path.unlink()  # it may be a link to the person's file
    path.write_bytes(CONTENT[::-1])
    assert recognisers.usable(folder) == ()
    with pytest.raises(ModelUnusable, match="has changed"):
        recognisers.verify(path, recogniser)
