from __future__ import annotations

import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import models
from engine.client import EngineClient
from engine.messages import Setup
from indexer.library import photos
from indexer.library.database import Library
from indexer.library.types import Failure, Photo
from indexer.progress import Progress, Report, State
from indexer.service import Indexer
from tests.hostile import SAMPLES, Fate, make

pytestmark = [
    pytest.mark.timeout(600),  # seventy pictures read and looked at by the real engines
    pytest.mark.xdist_group("hostile folder"),  # one worker indexes it once for all of these tests
]


@dataclass(frozen=True)
class Indexed:
    """A folder of samples and hostile files after it was indexed once, with the real engines."""

    fates: dict[str, Fate]
    vanished: str
    before: dict[str, tuple[int, int, str]]
    after: dict[str, tuple[int, int, str]]
    report: Report
    photos: dict[str, Photo]  # by path

    @property
    def failures(self) -> dict[str, list[Failure]]:
        found: dict[str, list[Failure]] = {}
        for failure in self.report.failed:
            found.setdefault(failure.path, []).append(failure)
        return found

    def with_fate(self, fate: Fate) -> set[str]:
        return {path for path, right in self.fates.items() if right is fate}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    folder, home = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("home")
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    fates = dict.fromkeys((path for path in folder.rglob("*") if path.is_file()), Fate.INDEXED)
    fates |= {folder / "truth.json": Fate.SKIPPED, folder / "README.md": Fate.SKIPPED}
    fates |= make(folder / "hostile")
    vanishing = folder / "vanishing" / "list.jpg"
    vanishing.parent.mkdir()
    shutil.copy(folder / "Notes" / "shopping list.jpg", vanishing)
    with vanishing.open("ab") as file:
        file.write(b"unlike the other")
    before = _fingerprints(folder)

    def vanish(progress: Progress) -> None:
        if progress.state is State.WORKING:
            vanishing.unlink(missing_ok=True)

    library = Library(home / "library.db")
    reader = EngineClient(Setup(reader=True), hang_s=60)
    looker = EngineClient(Setup(model=models.embedded()), hang_s=60)
    try:
        indexer = Indexer(library, home=home, reader=reader, looker=looker, on_progress=vanish)
        indexer.add_folder(folder)
        report = indexer.run(stop=threading.Event())
        conn = library.connect()
        listed = [photos.get(conn, number) for number in photos.ids(conn)]
        yield Indexed(
            fates={str(path): fate for path, fate in fates.items()},
            vanished=str(vanishing),
            before=before,
            after=_fingerprints(folder),
            report=report,
            photos={path: photo for photo in listed for path in photo.paths},
        )
    finally:
        reader.close()
        looker.close()
        library.close()


def _fingerprints(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Of everything in the folder: size, time of the last change and, of files, the content."""
    found = {}
    for path in folder.rglob("*"):
        entry = path.lstat()
        content = _content(path) if stat.S_ISREG(entry.st_mode) and os.access(path, os.R_OK) else ""
        found[str(path)] = (entry.st_size, entry.st_mtime_ns, content)
    return found


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_there_is_enough_to_go_wrong(indexed: Indexed) -> None:
    hostile = [path for path in indexed.fates if f"{os.sep}hostile{os.sep}" in path]
    assert len(hostile) >= 50
    assert len(indexed.fates) >= 90


def test_every_file_is_accounted_for(indexed: Indexed) -> None:
    assert indexed.photos.keys() - {indexed.vanished} == indexed.with_fate(Fate.INDEXED)
    assert indexed.failures.keys() - {indexed.vanished} == indexed.with_fate(Fate.FAILED)


def test_each_failure_is_one_sentence_for_the_person(indexed: Indexed) -> None:
    for failure in indexed.report.failed:
        assert failure.reason[0].isupper()
        assert failure.reason.endswith(".")
        assert "\n" not in failure.reason
        assert "Error" not in failure.reason
        assert "0x" not in failure.reason


def test_one_broken_file_fails_once(indexed: Indexed) -> None:
    assert all(len(failures) == 1 for failures in indexed.failures.values())


def test_originals_stay_as_they_were(indexed: Indexed) -> None:
    there = indexed.before.keys() - {indexed.vanished, str(Path(indexed.vanished).parent)}
    assert {path: indexed.after[path] for path in there} == {path: indexed.before[path] for path in there}
    assert indexed.after.keys() < indexed.before.keys()


def test_odd_pictures_are_described_like_any_other(indexed: Indexed) -> None:
    described = {path for path, photo in indexed.photos.items() if photo.description}
    assert described >= indexed.with_fate(Fate.INDEXED)


def test_impossible_places_are_none(indexed: Indexed) -> None:
    for name in ("nowhere.jpg", "beyond the map.jpg"):
        (photo,) = (photo for path, photo in indexed.photos.items() if Path(path).name == name)
        assert (photo.facts.latitude, photo.facts.longitude, photo.facts.place) == (None, None, None)


def test_file_that_vanishes_midway_is_no_failure(indexed: Indexed) -> None:
    assert indexed.vanished not in indexed.failures
