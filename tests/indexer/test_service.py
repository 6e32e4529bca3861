from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from PIL import Image

from engine.budget import Closeness
from engine.errors import Cancelled, EngineCrashed, ModelUnusable, PictureUnusable
from engine.messages import Described, Picture, Reading, TextLine, TextRead
from indexer import fingerprints, stages
from indexer.lease import IndexerBusy, Lease
from indexer.library import folders, jobs, photos
from indexer.library import settings as choices
from indexer.library.database import Library
from indexer.library.search import search
from indexer.library.types import FolderState, Job, Photo, Query, Stage, Term, Written
from indexer.progress import Progress, Report, State, left
from indexer.reconcile import Reconciler
from indexer.service import Indexer
from indexer.thumbnails import folder as thumbnails_folder
from indexer.thumbnails import path_of
from indexer.worker import Trouble

Draw = Callable[..., Path]
WORDS = Written(caption="Grandma's garden", keywords=("roses",))


@pytest.fixture
def run(indexer: Indexer, folder: Path) -> Callable[[], Report]:
    """Indexes the person's folder once."""

    def run_once() -> Report:
        indexer.add_folder(folder)
        return indexer.run(stop=threading.Event())

    return run_once


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.moved, report.removed


def every(library: Library) -> dict[str, Photo]:
    """Every photo listed, by the name of its first file."""
    conn = library.connect()
    return {Path(photo.paths[0]).name: photo for photo in (photos.get(conn, id_) for id_ in photos.ids(conn))}


# ---- what becomes of photos


def test_photo_goes_through_all_stages(run: Callable[[], Report], library: Library, folder: Path, home: Path) -> None:
    picture = folder / "2023-05-14 10.11.12.png"
    Image.new("RGBA", (3000, 1500), (0, 0, 0, 0)).save(picture)
    report = run()
    assert (report.photos, report.new, report.failed) == (1, 1, ())
    photo = every(library)[picture.name]
    assert (photo.facts.width, photo.facts.height, photo.facts.format) == (3000, 1500, "PNG")
    assert (str(photo.facts.taken_at), photo.facts.taken_at_source) == ("2023-05-14 10:11:12", "name")
    assert photo.text == "Café Zürich"
    assert photo.description is not None
    assert (photo.description.caption, photo.description.model) == ("A plain colour in 1 views.", "test-model")
    with Image.open(path_of(home, photos.content_hash(library.connect(), photo.id))) as thumbnail:
        assert thumbnail.size == (512, 256)
    assert [hit.photo for hit in search(library.connect(), Query((Term("cafe"),)))] == [photo.id]


def test_engines_see_no_more_pixels_than_they_use(
    run: Callable[[], Report], engine: Any, draw: Draw, folder: Path
) -> None:
    draw(folder / "a.jpg", size=(4000, 1000))
    run()
    shown: list[Picture] = engine.shown
    assert [(picture.width, picture.height) for picture in shown] == [(2000, 500)] * 2


def test_caption_is_composed_where_the_model_gives_none(
    indexer: Indexer, engine: Any, library: Library, draw: Draw, folder: Path
) -> None:
    spoken = engine.describe
    engine.describe = lambda *pictures, **options: structs.replace(spoken(*pictures, **options), caption="")
    indexer.add_folder(draw(folder / "a.jpg").parent)
    indexer.run(stop=threading.Event())
    description = every(library)["a.jpg"].description
    assert description is not None and description.caption != ""


def test_without_engines_photos_have_their_facts_and_the_rest_waits(
    library: Library, home: Path, folder: Path, draw: Draw
) -> None:
    indexer = Indexer(library, home=home, reader=None, looker=None)
    indexer.add_folder(draw(folder / "a.jpg").parent)
    assert indexer.run(stop=threading.Event()).photos == 1
    left = jobs.counts(library.connect())
    assert (left[Stage.FACTS].done, left[Stage.READ].left, left[Stage.LOOK].left) == (1, 1, 1)


# ---- in how many views


def seen_as(library: Library, name: str) -> tuple[int, int, str]:
    """Views, all views, and the reason."""
    description = every(library)[name].description
    assert description is not None
    return description.views, description.all_views, description.views_reason


def test_plain_photo_is_looked_at_in_one_view_and_what_was_spared_is_known(
    run: Callable[[], Report], library: Library, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg", size=(2000, 1500))
    run()
    assert seen_as(library, "a.jpg") == (1, 10, "plain")


def test_text_that_was_read_decides_how_many_views(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    line = TextLine("Small print, " * 5, 0.9, (0.1, 0.5, 0.9, 0.5 + 25 / 1500))
    engine.read = lambda _picture, *, cancel=None: TextRead(0, Reading((line,)), 0.1)
    draw(folder / "a.jpg", size=(2000, 1500))
    run()
    assert seen_as(library, "a.jpg") == (5, 10, "text")


def test_what_the_model_does_not_stand_by_is_left_out_and_named(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.said, engine.doubts = ("A plain colour. A cat sleeps.",), ("A cat sleeps.", "colour")
    draw(folder / "a.jpg")
    run()
    seen = every(library)["a.jpg"].description
    assert seen is not None
    assert (seen.caption, seen.tags, seen.doubted) == ("A plain colour.", (), ("A cat sleeps.", "colour"))
    assert seen.fault == ""


def test_a_caption_it_does_not_stand_by_at_all_is_kept_and_marked(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.said = engine.doubts = ("A cat sleeps.",)
    draw(folder / "a.jpg")
    run()
    seen = every(library)["a.jpg"].description
    assert seen is not None
    assert (seen.caption, seen.fault) == ("A cat sleeps.", "doubted")


def test_who_does_not_want_it_verified_gets_all_that_was_said(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    with library.writing() as conn:
        choices.set(conn, "verify", "off")
    engine.said = engine.doubts = ("A cat sleeps.",)
    draw(folder / "a.jpg")
    run()
    seen = every(library)["a.jpg"].description
    assert seen is not None
    assert (seen.caption, seen.doubted, seen.fault) == ("A cat sleeps.", (), "")


def test_photo_with_lines_that_could_not_be_read_is_looked_at_first(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    box = (0.1, 0.5, 0.9, 0.5 + 25 / 1500)
    sizes = []

    def read(picture: Picture, *, cancel: object = None) -> TextRead:
        return TextRead(0, Reading((), (box, box) if picture.width == 2000 else ()), 0.1)

    def describe(picture: Picture, **options: Any) -> Described:
        sizes.append((picture.width, options["max_views"]))
        return type(engine).describe(engine, picture, **options)

    engine.read, engine.describe = read, describe
    for name, width in (("a.jpg", 1000), ("b.jpg", 2000), ("c.jpg", 1200)):
        draw(folder / name, size=(width, 1500))
    run()
    assert sizes == [(2000, 5), (1000, 1), (1200, 1)]
    assert every(library)["b.jpg"].unread == (box, box)
    assert every(library)["a.jpg"].unread == ()


def test_person_can_have_photos_looked_at_closely(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    line = TextLine("Fairly large", 0.9, (0.1, 0.5, 0.9, 0.5 + 50 / 1500))
    engine.read = lambda _picture, *, cancel=None: TextRead(0, Reading((line,)), 0.1)
    draw(folder / "a.jpg", size=(2000, 1500))
    with library.writing() as conn:
        choices.set(conn, "closeness", Closeness.CLOSE)
    run()
    assert seen_as(library, "a.jpg") == (3, 10, "text")


def test_photo_asked_for_is_looked_at_in_all_its_views_and_keeps_its_caption_until_then(
    run: Callable[[], Report], indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw(folder / name, size=(2000, 1500))
    run()
    photo = every(library)["a.jpg"].id
    indexer.look_closely(photo)
    waiting = every(library)["a.jpg"]
    assert waiting.awaits_close_look and waiting.description and waiting.description.views == 1
    run()
    assert seen_as(library, "a.jpg") == (10, 10, "asked")
    assert seen_as(library, "b.jpg") == (1, 10, "plain")
    assert [hit.photo for hit in search(library.connect(), Query((Term("10 views", quoted=True),)))] == [photo]


@pytest.mark.parametrize(("closely", "expected"), [(True, (10, 10, "asked")), (False, (1, 10, "plain"))])
def test_photo_is_looked_at_now_and_no_other(
    indexer: Indexer, library: Library, engine: Any, folder: Path, draw: Draw, closely: bool, expected: object
) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw(folder / name, size=(2000, 1500))
    indexer.add_folder(folder)
    Indexer(library, home=folder.parent / "home", reader=None, looker=None).run(stop=threading.Event())
    indexer.look_at([every(library)["b.jpg"].id], closely=closely, stop=threading.Event())
    assert seen_as(library, "b.jpg") == expected
    assert every(library)["b.jpg"].lines  # it was read first
    assert every(library)["a.jpg"].description is None


def test_close_looks_are_no_part_of_what_is_left_of_a_new_photo(library: Library) -> None:
    unborn = {stage: jobs.Counts(left=5 if stage is Stage.FACTS else 0) for stage in Stage}
    assert left(unborn, list(Stage)) == {Stage.FACTS: 5, Stage.READ: 5, Stage.LOOK: 5, Stage.CLOSE: 0, Stage.WRITE: 0}


# ---- what becomes of files


def test_second_run_finds_nothing_to_do(run: Callable[[], Report], engine: Any, folder: Path, draw: Draw) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw(folder / name)
    assert counts(run()) == (2, 0, 0, 0)
    shown = len(engine.shown)
    assert counts(run()) == (0, 0, 0, 0)
    assert len(engine.shown) == shown


def test_renamed_folder_keeps_its_captions(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw(folder / "old" / name)
    run()
    before, shown = every(library), len(engine.shown)
    (folder / "old").rename(folder / "new")
    assert counts(run()) == (0, 0, 2, 0)
    after = every(library)
    assert {name: photo.id for name, photo in after.items()} == {name: photo.id for name, photo in before.items()}
    assert all(photo.description and "/new/" in photo.paths[0] for photo in after.values())
    assert len(engine.shown) == shown


def test_copy_is_the_same_photo_and_outlives_its_original(
    run: Callable[[], Report], library: Library, folder: Path, draw: Draw
) -> None:
    original = draw(folder / "a.jpg")
    run()
    shutil.copy(original, folder / "b.jpg")
    assert counts(run()) == (1, 0, 0, 0)
    (photo,) = every(library).values()
    assert len(photo.paths) == 2
    original.unlink()
    assert counts(run()) == (0, 0, 0, 1)
    assert every(library)["b.jpg"].id == photo.id


def test_edited_photo_is_looked_at_again_and_its_old_content_forgotten(
    run: Callable[[], Report], library: Library, home: Path, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    run()
    old = every(library)["a.jpg"]
    thumbnail = path_of(home, photos.content_hash(library.connect(), old.id))
    assert thumbnail.exists()
    draw(folder / "a.jpg", size=(80, 20))
    assert counts(run()) == (0, 1, 0, 0)
    new = every(library)["a.jpg"]
    assert new.id != old.id and new.facts.width == 80 and new.description
    assert not thumbnail.exists()


def test_what_the_person_wrote_goes_on_with_an_edited_photo_and_stays_when_it_is_deleted(
    run: Callable[[], Report], indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    run()
    old = every(library)["a.jpg"]
    indexer.note(old.id, WORDS)
    original = (folder / "a.jpg").read_bytes()
    draw(folder / "a.jpg", size=(80, 20))
    run()
    new = every(library)["a.jpg"]
    assert new.id != old.id and new.own == WORDS
    with pytest.raises(KeyError):
        photos.get(library.connect(), old.id)
    (folder / "a.jpg").unlink()
    run()
    assert every(library) == {}
    draw(folder / "b.jpg")
    run()
    assert photos.get(library.connect(), new.id).own == WORDS
    (folder / "a.jpg").write_bytes(original)
    run()
    assert every(library)["a.jpg"].own == Written()  # nobody wrote of what it was


def test_what_the_person_wrote_is_said_of_the_original_too_where_an_edit_keeps_it(
    run: Callable[[], Report], indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    run()
    indexer.note(every(library)["a.jpg"].id, WORDS)
    shutil.copy2(folder / "a.jpg", folder / "z.jpg")
    draw(folder / "a.jpg", size=(80, 20))
    run()
    assert {name: photo.own for name, photo in every(library).items()} == {"a.jpg": WORDS, "z.jpg": WORDS}


def test_a_raw_file_joins_its_picture_when_that_comes_and_is_a_photo_again_when_it_goes(
    run: Callable[[], Report], indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    raw = draw(folder / "a.jpg").rename(folder / "a.dng")  # it is what it is by its content
    run()
    indexer.note(every(library)["a.dng"].id, WORDS)
    picture = draw(folder / "a.jpg")
    run()
    assert {name: photo.own for name, photo in every(library).items()} == {"a.jpg": WORDS}
    picture.unlink()
    run()
    assert every(library).keys() == {raw.name}


def test_photos_are_described_again_as_today_and_as_closely_as_before(
    run: Callable[[], Report], indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        draw(folder / name)
    run()
    with library.writing() as conn:
        choices.set(conn, "model", "test-model")
    close = every(library)["c.jpg"]
    indexer.look_closely(close.id)
    run()
    assert indexer.count_outdated() == 0
    with library.writing() as conn:
        choices.set(conn, "caption_language", "de")
    assert indexer.count_outdated() == 3
    indexer.describe_again()
    before = {name: photo.description for name, photo in every(library).items()}
    assert all(seen is not None and seen.language == "en" for seen in before.values())  # until the new is there
    shown = len(engine.shown)
    run()
    assert len(engine.shown) == shown + 3  # and nothing is read again
    after = {name: photo.description for name, photo in every(library).items()}
    assert {name: (seen.language, seen.views) for name, seen in after.items() if seen} == {
        "a.jpg": ("de", 1),
        "b.jpg": ("de", 1),
        "c.jpg": ("de", 10),
    }
    assert indexer.count_outdated() == 0


def test_date_from_a_name_follows_the_name(
    run: Callable[[], Report], library: Library, folder: Path, draw: Draw
) -> None:
    picture = draw(folder / "a.png")
    run()
    assert every(library)["a.png"].facts.taken_at_source == "mtime"
    picture.rename(folder / "IMG_20230514_101112.png")
    run()
    facts = every(library)["IMG_20230514_101112.png"].facts
    assert (str(facts.taken_at), facts.taken_at_source) == ("2023-05-14 10:11:12", "name")


def test_unplugged_drive_forgets_nothing(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    run()
    before, shown = every(library), len(engine.shown)
    folder.rename(folder.with_name("away"))
    report = run()
    assert report.removed == 0 and report.photos == 1
    assert [folder.state for folder in folders.every(library.connect())] == [FolderState.OFFLINE]
    assert every(library) == before
    folder.with_name("away").rename(folder)
    assert counts(run()) == (0, 0, 0, 0)
    assert [folder.state for folder in folders.every(library.connect())] == [FolderState.PRESENT]
    assert len(engine.shown) == shown


def test_mount_point_without_its_drive_forgets_nothing(
    run: Callable[[], Report], library: Library, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg").rename(folder.parent / "on the drive.jpg")
    draw(folder / "b.jpg")
    run()
    with library.writing() as conn:
        conn.execute("update files set device = device + 1")  # as if it had been seen on a drive mounted here
    (folder / "b.jpg").unlink()
    assert run().removed == 0
    assert [folder.state for folder in folders.every(library.connect())] == [FolderState.OFFLINE]
    assert len(every(library)) == 1


def test_folder_inside_another_has_its_files_to_itself(
    run: Callable[[], Report], indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    draw(folder / "inner" / "b.jpg")
    run()
    inner = indexer.add_folder(folder / "inner")
    assert counts(run()) == (0, 0, 0, 0)
    assert [folder.photos for folder in folders.every(library.connect())] == [1, 1]
    before = every(library)
    indexer.remove_folder(inner)
    assert list(every(library)) == ["a.jpg"]
    run()
    assert every(library) == before


def test_our_own_files_are_never_indexed(tmp_path: Path, draw: Draw) -> None:
    draw(tmp_path / "a.jpg")
    library = Library(tmp_path / "home" / "library.db")
    indexer = Indexer(library, home=tmp_path / "home", reader=None, looker=None)
    indexer.add_folder(tmp_path)
    for _ in range(2):
        assert indexer.run(stop=threading.Event()).photos == 1
    library.close()


# ---- what goes wrong


def test_corrupt_picture_is_reported_and_passed_over(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    whole = draw(folder / "good.jpg", size=(600, 400)).read_bytes()
    (folder / "cut off.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").touch()
    report = run()
    assert {Path(failure.path).name: failure.reason for failure in report.failed} == {
        "cut off.jpg": "The file is cut off: a part of the picture is missing.",
        "empty.png": "The file is empty.",
    }
    assert report.photos == 1 and list(every(library)) == ["good.jpg"]
    assert counts(run()) == (0, 0, 0, 0)


def test_repaired_picture_fails_no_more(run: Callable[[], Report], folder: Path, draw: Draw) -> None:
    (folder / "a.jpg").write_bytes(b"broken")
    assert len(run().failed) == 1
    draw(folder / "a.jpg")
    report = run()
    assert (report.photos, report.changed, report.failed) == (1, 1, ())


def test_photo_that_the_engine_refuses_is_reported_and_keeps_its_facts(
    run: Callable[[], Report], library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.error = PictureUnusable("No model could take this picture.")
    draw(folder / "a.jpg")
    report = run()
    assert {failure.stage for failure in report.failed} == {"read", "look"}
    assert every(library)["a.jpg"].failures == ("No model could take this picture.",) * 2


def test_bug_of_ours_costs_one_photo_and_is_reported(
    run: Callable[[], Report], engine: Any, folder: Path, draw: Draw, caplog: pytest.LogCaptureFixture
) -> None:
    engine.error = ZeroDivisionError("oh")
    draw(folder / "a.jpg")
    assert {failure.reason for failure in run().failed} == {
        "Tintype has a fault, please report it: ZeroDivisionError('oh')"
    }
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("error", [ModelUnusable("The model file is damaged."), EngineCrashed("It died.")])
def test_engine_that_cannot_work_keeps_the_jobs(
    indexer: Indexer, library: Library, engine: Any, folder: Path, draw: Draw, error: Exception
) -> None:
    engine.error = error
    for number in range(4):
        draw(folder / f"{number}.jpg")
    indexer.add_folder(folder)
    with pytest.raises(Trouble, match=str(error)):
        indexer.run(stop=threading.Event())
    assert jobs.failures(library.connect()) == []
    engine.error = None
    assert indexer.run(stop=threading.Event()).failed == ()
    assert all(photo.description for photo in every(library).values())


def test_full_disk_stops_with_a_sentence_and_goes_on_later(
    indexer: Indexer, library: Library, folder: Path, draw: Draw
) -> None:
    for number in range(8):
        draw(folder / f"{number}.jpg")
    indexer.add_folder(folder)
    conn = library.connect()
    conn.execute("pragma journal_size_limit = 0")
    pages = conn.execute("pragma page_count").fetchone()[0]
    conn.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(Trouble, match=r"disk that holds the library .* is full"):
        for number in range(200):
            draw(folder / f"{'long' * 40}{number}.jpg")
            indexer.run(stop=threading.Event())
    conn.execute("pragma max_page_count = 1000000")
    assert indexer.run(stop=threading.Event()).failed == ()
    assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert len(photos.ids(conn)) == len(list(folder.iterdir()))


def test_library_that_turns_out_damaged_stops_everything_and_fails_no_photo(
    indexer: Indexer, library: Library, engine: Any, folder: Path, draw: Draw
) -> None:
    damage = sqlite3.DatabaseError("database disk image is malformed")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    engine.error = damage
    indexer.add_folder(draw(folder / "a.jpg").parent)
    with pytest.raises(Trouble, match="is damaged"):
        indexer.run(stop=threading.Event())
    assert jobs.failures(library.connect()) == []


def test_unreadable_file_does_not_count_against_the_new_ones(
    run: Callable[[], Report], folder: Path, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(folder / "seen.jpg")
    closed = str(draw(folder / "closed.jpg"))
    read = fingerprints.of

    def of(path: str) -> str:
        if path == closed:
            raise PermissionError(13, "Permission denied", path)
        return read(path)

    monkeypatch.setattr(fingerprints, "of", of)
    report = run()
    assert (report.photos, report.new, [failure.path for failure in report.failed]) == (1, 1, [closed])


def test_home_that_cannot_be_written_stops_with_a_sentence(
    indexer: Indexer, home: Path, folder: Path, draw: Draw
) -> None:
    (home / "thumbnails").write_text("in the way")
    indexer.add_folder(draw(folder / "a.jpg").parent)
    with pytest.raises(Trouble, match="cannot keep its files"):
        indexer.run(stop=threading.Event())


def test_two_indexers_of_one_library_refuse_politely(indexer: Indexer, library: Library) -> None:
    with Lease(library.path), pytest.raises(IndexerBusy, match="Another Tintype is indexing"):
        indexer.run(stop=threading.Event())
    assert indexer.run(stop=threading.Event()).photos == 0


# ---- several photos at once


def draw_some(folder: Path, draw: Draw, count: int) -> Path:
    for number in range(count):
        draw(folder / f"{number}.jpg")
    return folder


def eventually(wanted: Callable[[], bool]) -> None:
    """Waits until it is so."""
    ends_at = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_as_many_photos_are_looked_at_together_as_the_looker_likes(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 3
    together, describe = threading.Barrier(3), engine.describe

    def meet(picture: Picture, **options: Any) -> Any:
        together.wait(20)
        return describe(picture, **options)

    engine.describe = meet
    indexer.add_folder(draw_some(folder, draw, 6))
    assert indexer.run(stop=threading.Event()).failed == ()
    assert all(photo.description for photo in every(library).values())


def test_every_photo_is_read_before_the_first_is_looked_at(
    indexer: Indexer, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.at_once = 3
    calls: list[str] = []
    read, describe = engine.read, engine.describe
    engine.read = lambda *args, **options: (calls.append("read"), read(*args, **options))[1]
    engine.describe = lambda *args, **options: (calls.append("look"), describe(*args, **options))[1]
    indexer.add_folder(draw_some(folder, draw, 5))
    indexer.run(stop=threading.Event())
    assert calls == ["read"] * 5 + ["look"] * 5


def test_new_photo_is_read_while_others_are_looked_at(
    indexer: Indexer, told: Told, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 2
    looking, go_on, describe = threading.Event(), threading.Event(), engine.describe

    def take_long(picture: Picture, **options: Any) -> Any:
        looking.set()
        assert go_on.wait(20)
        return describe(picture, **options)

    engine.describe = take_long
    indexer.add_folder(draw_some(folder, draw, 3))
    indexer.start()
    assert looking.wait(20)
    draw(folder / "new.jpg")
    eventually(lambda: "new.jpg" in every(library) and bool(every(library)["new.jpg"].lines))
    assert not any(photo.description for photo in every(library).values())
    go_on.set()
    told.wait(idle_after(12))
    indexer.stop()


def test_crash_over_one_photo_costs_none_of_those_in_flight_with_it(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 4
    together, describe, lock, looks = threading.Barrier(4), engine.describe, threading.Lock(), iter(range(4))

    def crash_once(picture: Picture, **options: Any) -> Any:
        together.wait(20)
        with lock:
            number = next(looks)
        if number == 0:
            raise EngineCrashed("It died.")
        return describe(picture, **options)

    engine.describe = crash_once
    indexer.add_folder(draw_some(folder, draw, 4))
    assert [failure.reason for failure in indexer.run(stop=threading.Event()).failed] == ["It died."]
    assert sum(photo.description is not None for photo in every(library).values()) == 3


def test_engine_that_dies_over_all_that_are_in_flight_costs_no_photo(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 5
    met, describe = threading.Event(), engine.describe
    together = threading.Barrier(5, action=met.set)

    def crash(picture: Picture, **_options: Any) -> Any:
        if not met.is_set():  # one that is given back may be begun again before the trouble is told
            together.wait(20)
        raise EngineCrashed("It died.")

    engine.describe = crash
    indexer.add_folder(draw_some(folder, draw, 5))
    with pytest.raises(Trouble, match="It died"):
        indexer.run(stop=threading.Event())
    assert jobs.failures(library.connect()) == []
    engine.describe = describe
    assert indexer.run(stop=threading.Event()).failed == ()
    assert all(photo.description for photo in every(library).values())


def test_trouble_with_one_photo_gives_back_what_is_in_flight(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 3
    together, lock, looks = threading.Barrier(3), threading.Lock(), iter(range(3))

    def trouble_once(picture: Picture, *, cancel: threading.Event, **_options: Any) -> Any:
        together.wait(20)
        with lock:
            number = next(looks)
        if number == 0:
            raise ModelUnusable("The model file is damaged.")
        assert cancel.wait(20)
        raise Cancelled("Cancelled.")

    engine.describe = trouble_once
    indexer.add_folder(draw_some(folder, draw, 3))
    with pytest.raises(Trouble, match="damaged"):
        indexer.run(stop=threading.Event())
    assert jobs.counts(library.connect())[Stage.LOOK] == jobs.Counts(left=3)


def test_stop_gives_all_photos_in_flight_back(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 3
    stop, together = threading.Event(), threading.Barrier(3, action=lambda: stop.set())

    def wait_for_cancel(picture: Picture, *, cancel: threading.Event, **_options: Any) -> Any:
        together.wait(20)
        assert cancel.wait(20)
        raise Cancelled("Cancelled.")

    engine.describe = wait_for_cancel
    indexer.add_folder(draw_some(folder, draw, 4))
    indexer.run(stop=stop)
    assert jobs.counts(library.connect())[Stage.LOOK] == jobs.Counts(left=4)


def test_pause_lets_photos_in_flight_finish_and_begins_no_other(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.at_once = 2
    together, describe = threading.Barrier(2, action=indexer.pause), engine.describe

    def meet(picture: Picture, **options: Any) -> Any:
        together.wait(20)
        return describe(picture, **options)

    engine.describe = meet
    indexer.add_folder(draw_some(folder, draw, 4))
    indexer.start()
    eventually(lambda: jobs.counts(library.connect())[Stage.LOOK].done == 2)
    assert jobs.counts(library.connect())[Stage.LOOK].left == 2
    indexer.resume()
    eventually(lambda: jobs.counts(library.connect())[Stage.LOOK].done == 4)
    indexer.stop()


# ---- on threads of its own


class Told:
    """Collects progress and waits for what a test wants to see."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        with self._changed:
            self.all.append(progress)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Progress], bool]) -> Progress:
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(wanted, self.all)), timeout=20), self.all[-3:]
            return next(progress for progress in reversed(self.all) if wanted(progress))


@pytest.fixture
def told(indexer: Indexer) -> Told:
    told = Told()
    indexer.on_progress = told
    return told


def idle_after(done: int) -> Callable[[Progress], bool]:
    return lambda progress: progress.state == State.IDLE and progress.done >= done and progress.left == 0


def test_watcher_picks_up_new_renamed_and_deleted_pictures(
    indexer: Indexer, told: Told, library: Library, folder: Path, draw: Draw
) -> None:
    indexer.add_folder(folder)
    indexer.start()
    told.wait(idle_after(0))
    draw(folder / "below" / "a.jpg")
    told.wait(idle_after(3))
    assert every(library)["a.jpg"].description
    (folder / "below").rename(folder / "beyond")
    until(told, lambda: "/beyond/" in every(library)["a.jpg"].paths[0])
    (folder / "beyond" / "a.jpg").unlink()
    until(told, lambda: not every(library))
    indexer.stop()


def test_picture_that_was_seen_half_written_is_worked_on_as_soon_as_it_is_seen_whole(
    library: Library, home: Path, folder: Path, draw: Draw
) -> None:
    """A job whose file is not as it was seen waits for a minute, or until the file is seen again."""
    with library.writing() as conn:
        folders.add(conn, str(folder))
    path = draw(folder / "a.jpg")
    look = Reconciler(library, home, lambda: None, lambda: None).everything

    def claimed() -> Job | None:
        with library.writing() as conn:
            return jobs.claim(conn, tuple(Stage))

    look()
    job = claimed()
    assert job is not None
    with library.writing() as conn:
        jobs.put_back(conn, job.id, delay_s=60)
    look()
    assert claimed() is None
    os.utime(path, (1, 1))
    look()
    assert claimed() is not None


def test_job_whose_file_has_come_back_meanwhile_does_not_wait(
    run: Callable[[], Report], library: Library, folder: Path, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(folder / "a.jpg")
    real, calls = stages.run, []

    def away_at_first(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise stages.Absent
        return real(*arguments)

    monkeypatch.setattr(stages, "run", away_at_first)
    run()
    assert len(calls) == 4
    assert every(library)["a.jpg"].description


def until(told: Told, wanted: Callable[[], bool]) -> None:
    """Waits until it is so, looking each time progress is told."""
    told.wait(lambda _progress: wanted())


def test_folder_added_while_it_runs_is_scanned_at_once(indexer: Indexer, told: Told, folder: Path, draw: Draw) -> None:
    draw(folder / "a.jpg")
    indexer.start()
    told.wait(idle_after(0))
    indexer.add_folder(folder)
    told.wait(idle_after(3))
    indexer.stop()


def test_pause_stops_before_the_next_photo_and_resume_goes_on(
    indexer: Indexer, told: Told, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    for number in range(5):
        draw(folder / f"{number}.jpg")
    engine.read = paused_by(indexer, engine.read)
    indexer.add_folder(folder)
    indexer.start()
    told.wait(lambda progress: progress.state == State.PAUSED)
    threading.Event().wait(0.3)  # that nothing happens cannot be waited for
    assert len(engine.shown) == 1
    indexer.resume()
    told.wait(idle_after(15))
    indexer.stop()


def paused_by(indexer: Indexer, read: Callable[..., TextRead]) -> Callable[..., TextRead]:
    """Presses pause while the first picture is read; no second one may be until it is resumed."""
    read_count = 0

    def read_and_pause(picture: Picture, *, cancel: threading.Event | None = None) -> TextRead:
        nonlocal read_count
        read_count += 1
        if read_count == 1:
            indexer.pause()
        return read(picture, cancel=cancel)

    return read_and_pause


def test_trouble_pauses_with_its_sentence_until_resumed(
    indexer: Indexer, told: Told, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    engine.error = ModelUnusable("The model file is damaged.")
    draw(folder / "a.jpg")
    indexer.add_folder(folder)
    indexer.start()
    assert told.wait(lambda progress: progress.state == State.PAUSED).trouble == "The model file is damaged."
    engine.error = None
    indexer.resume()
    told.wait(idle_after(3))
    indexer.stop()


def test_trouble_can_be_overcome_but_not_a_pause(
    indexer: Indexer, told: Told, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.error = ModelUnusable("The model file is damaged.")
    draw(folder / "a.jpg")
    indexer.add_folder(folder)
    indexer.start()
    told.wait(lambda progress: bool(progress.trouble))
    engine.error = None
    indexer.overcome()
    told.wait(idle_after(3))
    indexer.pause()
    indexer.overcome()
    assert told.wait(lambda progress: progress.state == State.PAUSED).trouble == ""
    indexer.stop()


def test_thumbnails_that_are_gone_come_back_and_nothing_is_looked_at_again(
    indexer: Indexer, engine: Any, library: Library, home: Path, folder: Path, draw: Draw
) -> None:
    draw(folder / "a.jpg")
    indexer.add_folder(folder)
    indexer.run(stop=threading.Event())
    looked = len(engine.shown)
    shutil.rmtree(thumbnails_folder(home))
    indexer.take_in_again()
    indexer.run(stop=threading.Event())
    conn = library.connect()
    (photo,) = photos.ids(conn)
    assert path_of(home, photos.content_hash(conn, photo)).exists()
    assert len(engine.shown) == looked


def test_a_look_that_waits_for_the_model_says_so(
    indexer: Indexer, told: Told, engine: Any, folder: Path, draw: Draw
) -> None:
    engine.model = None
    loaded, describe = threading.Event(), engine.describe

    def describe_once_loaded(*arguments: Any, **options: Any) -> Described:
        assert loaded.wait(20)
        engine.model = "test-model"
        return describe(*arguments, **options)

    engine.describe = describe_once_loaded
    draw(folder / "a.jpg")
    indexer.add_folder(folder)
    indexer.start()
    assert told.wait(lambda progress: progress.preparing).stage is Stage.LOOK
    loaded.set()
    assert not told.wait(idle_after(3)).preparing
    indexer.stop()


def test_stop_gives_the_photo_in_work_back(
    indexer: Indexer, engine: Any, library: Library, folder: Path, draw: Draw
) -> None:
    def wait_for_cancel(picture: Picture, *, cancel: threading.Event) -> TextRead:
        engine.began.set()
        assert cancel.wait(20)
        raise Cancelled("Cancelled.")

    engine.read = wait_for_cancel
    draw(folder / "a.jpg")
    indexer.add_folder(folder)
    indexer.start()
    assert engine.began.wait(20)
    indexer.stop()
    assert jobs.counts(library.connect())[Stage.READ].left == 1
    assert jobs.failures(library.connect()) == []


KILLED = """
import os, pathlib, sys, threading
from indexer.library.database import Library
from indexer.service import Indexer

home, folder = map(pathlib.Path, sys.argv[1:])
library = Library(home / "library.db")

class Reader:
    def read(self, picture, *, cancel=None):
        print("reading", flush=True)
        threading.Event().wait()

indexer = Indexer(library, home=home, reader=Reader(), looker=None)
indexer.add_folder(folder)
indexer.run(stop=threading.Event())
"""


def test_killed_between_stages_it_goes_on_where_it_was(
    library: Library, indexer: Indexer, engine: Any, home: Path, folder: Path, draw: Draw
) -> None:
    for number in range(3):
        draw(folder / f"{number}.jpg")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(home), str(folder)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None and process.stdout.readline() == b"reading\n"
        process.kill()
    assert jobs.counts(library.connect())[Stage.FACTS].done == 3
    report = indexer.run(stop=threading.Event())
    assert (report.new, report.photos, report.failed) == (0, 3, ())
    assert all(photo.lines and photo.description for photo in every(library).values())
