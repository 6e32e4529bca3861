from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from desktop_app.background import Background
from desktop_app.models import thumbnails as thumbnails_module
from desktop_app.models.photos import BATCH, PhotoList, Role
from desktop_app.models.thumbnails import Thumbnails
from desktop_app.theme import Theme
from desktop_app.views.grid import PhotoGrid
from indexer.library.types import Kind, PhotoId, PhotoRow

MANY = [PhotoId(number) for number in range(100_000, 0, -1)]


class Rows:
    """Gives rows and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[PhotoId]] = []

    def __call__(self, wanted: Sequence[PhotoId]) -> list[PhotoRow]:
        self.asked.append(list(wanted))
        taken = datetime(2026, 11, 22, 14, 5)
        return [PhotoRow(photo, f"/photos/{photo}.jpg", taken, Kind.RECEIPT, True, 800, 600) for photo in wanted]


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def photos(background: Background, rows: Rows) -> PhotoList:
    return PhotoList(background, rows, Thumbnails(background, lambda _: None))


def test_nothing_is_fetched_until_it_is_looked_at(qtbot: QtBot, photos: PhotoList, rows: Rows) -> None:
    photos.show(MANY)
    assert photos.rowCount() == 100_000
    assert photos.index(99_999).data(Role.ID) == 1
    assert rows.asked == []


def test_looking_at_a_row_fetches_its_batch_once(qtbot: QtBot, photos: PhotoList, rows: Rows) -> None:
    photos.show(MANY)
    with qtbot.waitSignal(photos.dataChanged):
        assert photos.index(BATCH).data(Role.ROW) is None
        assert photos.index(BATCH + 1).data(Role.ROW) is None
    assert photos.index(BATCH).data(Role.ROW).path == f"/photos/{MANY[BATCH]}.jpg"
    assert rows.asked == [MANY[BATCH : 2 * BATCH]]


def test_a_grid_of_100_000_fetches_only_what_it_shows(
    qtbot: QtBot, photos: PhotoList, rows: Rows, theme: Theme, background: Background
) -> None:
    photos.show(MANY)
    grid = PhotoGrid(theme, photos)
    qtbot.addWidget(grid)
    grid.resize(900, 700)
    grid.show()
    grid.scrollToBottom()
    qtbot.waitUntil(lambda: rows.asked != [] and background.is_resting)
    assert 1 <= len(rows.asked) <= 4
    assert MANY[-1] in rows.asked[-1]


def test_the_same_photos_again_are_read_anew_without_a_reset(qtbot: QtBot, photos: PhotoList, rows: Rows) -> None:
    photos.show(MANY)
    with qtbot.waitSignal(photos.dataChanged):
        photos.index(0).data(Role.ROW)
    with qtbot.assertNotEmitted(photos.modelReset), qtbot.waitSignal(photos.dataChanged):
        photos.show(MANY)
    assert len(rows.asked) == 2


def test_what_arrives_for_photos_no_longer_shown_is_dropped(
    qtbot: QtBot, photos: PhotoList, rows: Rows, background: Background
) -> None:
    photos.show(MANY)
    photos.index(0).data(Role.ROW)
    qtbot.waitUntil(lambda: rows.asked != [])
    photos.show([PhotoId(7)])
    qtbot.waitUntil(lambda: background.is_resting)
    assert photos.index(0).data(Role.ID) == 7
    assert photos.index(0).data(Role.ROW) is None


def test_a_photo_is_put_into_words_for_screen_readers(qtbot: QtBot, photos: PhotoList) -> None:
    photos.show(MANY[:1])
    with qtbot.waitSignal(photos.dataChanged):
        photos.index(0).data(Role.ROW)
    spoken = photos.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Receipt · 22 Nov 2026, 14:05 · text found"


def test_the_frames_of_a_burst_are_one_item(qtbot: QtBot, photos: PhotoList) -> None:
    one, two, three, four, five = map(PhotoId, (5, 4, 3, 2, 1))
    photos.show([one, two, three, four, five], {two: 3, three: 3, five: 3})
    assert [photos.index(row).data(Role.ID) for row in range(photos.rowCount())] == [one, two, four]
    assert [photos.index(row).data(Role.FRAMES) for row in range(3)] == [1, 3, 1]
    assert list(photos.ids) == [one, two, three, five, four]
    assert [photos.step_of(photo) for photo in photos.ids] == [0, 1, 2, 3, 4]
    assert [photos.place_of(photo).row() for photo in photos.ids] == [0, 1, 1, 1, 2]
    assert photos.step_of(PhotoId(9)) is None and not photos.place_of(PhotoId(9)).isValid()
    with qtbot.waitSignal(photos.dataChanged):
        photos.index(1).data(Role.ROW)
    assert "3 shots of one moment" in photos.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    with qtbot.waitSignal(photos.modelReset):
        photos.show([one, two, three, four, five])
    assert photos.rowCount() == 5


def test_photos_can_be_dragged_out_as_files(qtbot: QtBot, photos: PhotoList) -> None:
    photos.show(MANY[:2])
    with qtbot.waitSignal(photos.dataChanged):
        photos.index(0).data(Role.ROW)
    urls = photos.mimeData([photos.index(0), photos.index(1)]).urls()
    assert [url.toLocalFile() for url in urls] == ["/photos/100000.jpg", "/photos/99999.jpg"]


def test_the_list_keeps_qts_rules(photos: PhotoList, qtmodeltester: ModelTester) -> None:
    photos.show(MANY[:300])
    qtmodeltester.check(photos)


# ---- thumbnails


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for number in range(1, 6):
        Image.new("RGB", (64, 64), (40 * number, 0, 0)).save(tmp_path / f"{number}.jpg")
    return tmp_path


def test_thumbnails_are_loaded_when_asked_for_and_then_kept(qtbot: QtBot, background: Background, files: Path) -> None:
    thumbnails = Thumbnails(background, lambda photo: files / f"{photo}.jpg")
    with qtbot.waitSignal(thumbnails.loaded):
        assert thumbnails.get(PhotoId(1)) is None
    picture = thumbnails.get(PhotoId(1))
    assert picture is not None
    assert picture.width() == 64


def test_thumbnails_beyond_the_bound_are_let_go(
    qtbot: QtBot, background: Background, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails_module, "KEPT_BYTES", 2 * 64 * 64 * 4)
    thumbnails = Thumbnails(background, lambda photo: files / f"{photo}.jpg")
    for number in range(1, 6):
        with qtbot.waitSignal(thumbnails.loaded):
            thumbnails.get(PhotoId(number))
    assert thumbnails.get(PhotoId(5)) is not None
    assert thumbnails.get(PhotoId(1)) is None


def test_a_thumbnail_that_was_missing_is_found_once_it_is_there(
    qtbot: QtBot, background: Background, tmp_path: Path
) -> None:
    thumbnails = Thumbnails(background, lambda photo: tmp_path / f"{photo}.jpg")
    thumbnails.get(PhotoId(1))
    qtbot.waitUntil(lambda: background.is_resting)
    Image.new("RGB", (64, 64)).save(tmp_path / "1.jpg")
    thumbnails.look_again()
    with qtbot.waitSignal(thumbnails.loaded):
        thumbnails.get(PhotoId(1))
    assert thumbnails.get(PhotoId(1)) is not None
