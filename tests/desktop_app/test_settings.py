"""The page of settings on a real library, indexer and engines: what is chosen is kept and takes effect at once."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop_app import paths, storage
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.talking import Eyes
from desktop_app.engines import Engines
from desktop_app.settings_desk import Pace
from desktop_app.storage import Part
from desktop_app.theme import Appearance
from desktop_app.views.settings.page import SettingsPage
from desktop_app.views.settings.pieces import Picker, Section, Setting
from desktop_app.window import MainWindow
from engine import fetching, models
from engine.budget import Closeness
from engine.errors import Cancelled, DownloadFailed
from engine.fetching import Progress
from engine.messages import ModelFiles, Picture
from engine.models import CatalogueModel
from engine.random_weights import write_tiny
from indexer import choices, rest
from indexer.library import chats, folders, jobs, photos
from indexer.library.database import Library, backups_folder
from indexer.library.types import Chat, FolderState, PhotoId, Stage
from indexer.rest import Condition, Limits, Reason
from indexer.service import Indexer

WAIT_MS = 60_000  # a busy machine
TINY, TINY_NAME = "4_6", "minicpm-v-4.6"
STOPPED = "The download was cancelled. What came is kept."

OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> SettingsPage:
    """The page of settings as it is once it is open, on the described pictures."""
    window.open_settings()
    qtbot.waitUntil(lambda: window.background.is_resting, timeout=WAIT_MS)
    return window.settings


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """Files of a model of random weights, as a person may have them."""
    return write_tiny(tmp_path_factory.mktemp("tiny"), TINY)


def shown(page: SettingsPage) -> list[str]:
    """The names of the settings that can be seen."""
    return [name_of(each) for section in page.sections for each in section.settings if each.isVisibleTo(page)]


def name_of(setting: Setting) -> str:
    return setting.findChildren(QLabel)[0].text()


def said(widget: QWidget) -> str:
    """What can be read in a part of the page."""
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisibleTo(widget))


def pick(qtbot: QtBot, picker: Picker[Any], value: object) -> None:
    """With the keyboard."""
    for key, edge in ((Qt.Key.Key_Home, 0), (Qt.Key.Key_End, picker.count() - 1)):
        while picker.currentIndex() != edge and picker.choice != value:
            qtbot.keyClick(picker, Qt.Key.Key_Up if key is Qt.Key.Key_Home else Qt.Key.Key_Down)
    assert picker.choice == value


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def reply(qtbot: QtBot, window: MainWindow, words: str) -> str:
    """Answers the question that is asked with the button of that name; what was asked."""
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=WAIT_MS)
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    asked = box.text()
    click(qtbot, next(each for each in box.buttons() if each.text().replace("&", "") == words))
    return asked


def settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.is_resting, timeout=WAIT_MS)


# ---- the page


def test_ctrl_comma_opens_the_settings_and_escape_leads_back_to_the_photo(qtbot: QtBot, window: MainWindow) -> None:
    window.open_photo(window.photos.ids[0])
    qtbot.keyClick(window.viewer, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.centre.currentWidget() is window.settings
    assert window.focusWidget() is window.settings.search.line
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert window.centre.currentWidget() is window.viewer


def test_the_gear_opens_the_settings_and_the_arrow_leads_back_to_the_grid(qtbot: QtBot, window: MainWindow) -> None:
    click(qtbot, window.top_bar.settings_button)
    assert window.centre.currentWidget() is window.settings
    click(qtbot, window.settings.back)
    assert window.centre.currentWidget() is window.browser
    assert window.focusWidget() is window.browser.grid


def test_searching_for_photos_leaves_the_settings_and_the_focus_where_it_is(
    qtbot: QtBot, window: MainWindow, page: SettingsPage
) -> None:
    line = window.top_bar.search.line
    line.setFocus()
    qtbot.keyClicks(line, "beach")
    qtbot.waitUntil(lambda: window.centre.currentWidget() is window.browser)
    assert window.focusWidget() is line


def test_a_search_shows_the_settings_it_names_and_no_others(qtbot: QtBot, page: SettingsPage) -> None:
    everything = shown(page)
    line = page.search.line
    for typed, wanted in (
        ("battery", ["Rest on battery"]),
        ("XMP", ["Write captions and tags into XMP files"]),
        ("charge plugged", ["Rest on battery"]),
        ("languages caption", ["Captions"]),
        ("privacy", ["Nothing leaves this machine", "The model and the text reader have no network", "What you asked"]),
    ):
        line.clear()
        qtbot.keyClicks(line, typed)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        assert shown(page) == wanted
    qtbot.keyClicks(line, " zeppelin")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert shown(page) == [] and page.nothing.isVisible()
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert shown(page) == everything and not page.nothing.isVisible()


def test_a_search_goes_on_holding_for_what_is_shown_anew(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, indexer: Indexer, tmp_path: Path
) -> None:
    qtbot.keyClicks(page.search.line, "holiday")
    qtbot.keyClick(page.search.line, Qt.Key.Key_Return)
    (tmp_path / "Elsewhere").mkdir()
    window.add_folders([tmp_path / "Elsewhere"])
    qtbot.waitUntil(lambda: len(page.folders.settings) == 3)
    assert shown(page) == ["Holiday"]


@pytest.mark.parametrize(
    ("entry", "section"),
    [
        ("&Model…", "models"),
        ("How closely to &look…", "describing"),
        ("&Language…", "languages"),
        ("&Write beside the photos…", "writing"),
    ],
)
def test_the_menu_leads_to_a_section_that_stays_while_others_fill(
    qtbot: QtBot, window: MainWindow, entry: str, section: str
) -> None:
    next(each for each in window.findChildren(QAction) if each.text() == entry).trigger()
    wanted: Section = getattr(window.settings, section)
    assert wanted.isAncestorOf(window.focusWidget())
    settled(qtbot, window)
    assert "minicpm-v-4.6" in window.settings.models.models
    qtbot.waitUntil(lambda: 0 <= wanted.mapTo(window.settings, wanted.rect().topLeft()).y() < 80)


def test_every_setting_can_be_reached_and_is_named(page: SettingsPage) -> None:
    controls = [each for each in page.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert {Picker} <= {type(each) for each in controls}
    nameless = [each for each in controls if not (each.accessibleName() or getattr(each, "text", str)())]
    assert nameless == []


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_nothing_is_cut_off_in_the_smallest_window(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, direction: Qt.LayoutDirection, appearance: Appearance
) -> None:
    window.theme.choose(appearance)
    window.setLayoutDirection(direction)
    window.resize(window.minimumSize())
    inside = page.sections[0].parentWidget()
    room = inside.parentWidget()
    qtbot.waitUntil(lambda: inside.width() == room.width())
    for setting in page.findChildren(Setting):
        assert setting.minimumSizeHint().width() <= setting.width()


# ---- folders


def test_each_folder_is_listed_with_its_state(
    qtbot: QtBot,
    window: MainWindow,
    page: SettingsPage,
    library: Library,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (holiday, _another) = page.folders.settings
    assert f"{pictures}" in said(holiday).replace("\u200b", "")
    monkeypatch.setenv("HOME", str(pictures.parent))
    window._refresh()
    qtbot.waitUntil(lambda: f"~/{pictures.name}" in said(holiday).replace("\u200b", ""))
    assert "Watched for changes · 3 photos" in said(holiday)
    (folder,) = folders.every(library.connect())
    page.folders.show_folders([folder], {folder.path})
    assert "Looked at from time to time · 3 photos" in said(holiday)
    with library.writing() as conn:
        folders.mark(conn, folder.id, FolderState.OFFLINE)
    window._refresh()
    qtbot.waitUntil(lambda: "Not connected" in said(holiday))


def test_a_folder_is_added_and_removed_from_the_settings(
    qtbot: QtBot,
    window: MainWindow,
    page: SettingsPage,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "Elsewhere").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "Elsewhere"))
    click(qtbot, page.folders.add_button)
    qtbot.waitUntil(lambda: shown(page)[:2] == ["Elsewhere", "Holiday"])
    (remove,) = page.folders.settings[0].findChildren(QAbstractButton)
    click(qtbot, remove)
    assert reply(qtbot, window, "Remove") == "Remove “Elsewhere” from Tintype?"
    qtbot.waitUntil(lambda: shown(page)[0] == "Holiday")
    assert [Path(each.path).name for each in folders.every(library.connect())] == ["Holiday"]


# ---- describing


def test_how_closely_to_look_is_kept(qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library) -> None:
    assert page.describing.closeness.choice is Closeness.QUICK
    pick(qtbot, page.describing.closeness, Closeness.CLOSE)
    settled(qtbot, window)
    assert choices.closeness(library.connect()) is Closeness.CLOSE


def test_who_does_not_want_descriptions_verified_is_heard(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library
) -> None:
    assert page.describing.verifying.isChecked()
    click(qtbot, page.describing.verifying)
    settled(qtbot, window)
    assert not choices.verifies(library.connect())
    click(qtbot, page.describing.verifying)
    settled(qtbot, window)
    assert choices.verifies(library.connect())


def test_photos_are_described_again_in_another_language_once_the_person_agrees(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library, described: dict[str, PhotoId]
) -> None:
    with library.writing() as conn:
        jobs.add(conn, described["beach.jpg"], [Stage.LOOK])
        conn.execute("update jobs set state = 'done'")
    german = page.languages.captions.findText("Deutsch")
    page.languages.captions.setCurrentIndex(german)
    page.languages.captions.activated.emit(german)
    conn = library.connect()
    qtbot.waitUntil(lambda: choices.caption_language(conn) == "de")
    assert not jobs.awaits(conn, described["beach.jpg"], Stage.LOOK)
    assert reply(qtbot, window, "Describe again") == "Describe 3 photos again?"
    qtbot.waitUntil(lambda: jobs.awaits(conn, described["beach.jpg"], Stage.LOOK))
    assert photos.get(conn, described["beach.jpg"]).description is not None
    qtbot.waitUntil(lambda: "All photos are described as you chose." in said(page.describing))


def test_nothing_is_written_beside_photos_until_the_person_agrees(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library
) -> None:
    switch, conn = page.writing.writing, library.connect()
    for answer, wanted in (("Cancel", False), ("Write", True)):
        click(qtbot, switch)
        assert not choices.writes_back(conn) and not switch.isChecked()
        reply(qtbot, window, answer)
        qtbot.waitUntil(lambda wanted=wanted: choices.writes_back(conn) is wanted)  # type: ignore[misc]
        qtbot.waitUntil(lambda wanted=wanted: switch.isChecked() is wanted)  # type: ignore[misc]
    click(qtbot, switch)
    qtbot.waitUntil(lambda: not choices.writes_back(conn))
    assert not switch.isChecked()


# ---- when to work


@pytest.mark.parametrize(
    ("picker", "value", "chosen", "now"),
    [
        ("battery", 60, Limits(battery_percent=60), Condition(battery_percent=55)),
        ("heat", 80, Limits(heat_c=80), Condition(hottest_c=85)),
        ("busy", 30, Limits(busy_percent=30), Condition(busy_percent=45)),
    ],
)
def test_a_limit_is_kept_and_holds_from_then_on(
    qtbot: QtBot,
    window: MainWindow,
    page: SettingsPage,
    library: Library,
    picker: str,
    value: int,
    chosen: Limits,
    now: Condition,
) -> None:
    times = itertools.count(0, 10)  # later each time it is asked
    resting = rest.Rest(library.connect, lambda: now, lambda: float(next(times)))
    assert resting() is None
    pick(qtbot, getattr(page.resting, picker), value)
    qtbot.waitUntil(lambda: rest.limits(library.connect()) == chosen)
    assert resting() is not None


def test_hours_are_chosen_and_unchosen(qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library) -> None:
    resting = page.resting
    assert not resting.from_h.isEnabled()
    click(qtbot, resting.by_hours)
    pick(qtbot, resting.to_h, 6)
    qtbot.waitUntil(lambda: rest.limits(library.connect()) == Limits(from_h=22, to_h=6))
    assert rest.reason(Condition(hour=12), rest.limits(library.connect())) is Reason.HOURS
    click(qtbot, resting.by_hours)
    qtbot.waitUntil(lambda: rest.limits(library.connect()) == Limits())
    assert not resting.from_h.isEnabled()


def test_a_limit_chosen_elsewhere_is_shown(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library
) -> None:
    with library.writing() as conn:
        rest.choose(conn, Limits(battery_percent=33, heat_c=0))
    window.desk.refresh()
    qtbot.waitUntil(lambda: page.resting.battery.currentText() == "Below 33 %")
    assert page.resting.heat.currentText() == "Never"


def test_it_is_said_how_the_machine_is_now(page: SettingsPage) -> None:
    page.resting.show_condition(Condition(battery_percent=71.2, hottest_c=48.6, busy_percent=12.4))
    told = said(page.resting)
    assert "Now 71 %." in told and "Now 49 °C." in told and "Now 12 %." in told
    page.resting.show_condition(Condition())
    assert "It is plugged in now." in said(page.resting)


# ---- models


def import_files(qtbot: QtBot, window: MainWindow, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (files, ""))
    click(qtbot, window.settings.models.import_button)
    section = window.settings.models
    qtbot.waitUntil(lambda: section.import_button.isEnabled() and bool(section.outcome.text()), timeout=WAIT_MS)


def test_a_model_is_imported_and_used_at_once(
    qtbot: QtBot,
    window: MainWindow,
    page: SettingsPage,
    engines: Engines,
    library: Library,
    described: dict[str, PhotoId],
    tiny: ModelFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assistant = Assistant(library, Eyes(engines.looker, lambda _photo: Picture(64, 64, bytes(3 * 64 * 64))))
    beach = described["beach.jpg"]
    assert "A dog on the beach" in "".join(assistant.look_again([beach], "Who?"))  # the embedded one cannot talk
    engines.looker.start()
    assert engines.looker.status.model == "pocket"

    import_files(qtbot, window, [tiny.vision, tiny.text], monkeypatch)
    assert page.models.outcome.text() == f"{TINY_NAME} is ready."
    qtbot.waitUntil(lambda: page.models.models[TINY_NAME].use.isVisible(), timeout=WAIT_MS)
    click(qtbot, page.models.models[TINY_NAME].use)
    qtbot.waitUntil(lambda: page.models.models[TINY_NAME].in_use.isVisible(), timeout=WAIT_MS)
    assert not page.models.models["pocket"].in_use.isVisible()

    assert choices.model(library.connect()) == TINY_NAME
    assert engines.looker.slicing == models.spec(TINY_NAME).slicing
    assert "".join(itertools.islice(assistant.look_again([beach], "Who?"), 3))
    assert engines.looker.status.model == TINY_NAME


def test_photos_are_described_again_by_the_model_chosen_meanwhile(
    library: Library, home: Path, engines: Engines, pictures: Path, tiny: ModelFiles
) -> None:
    for name in ("receipt.jpg", "sign.jpg"):  # one is enough, and takes less time
        (pictures / name).unlink()
    looking = Indexer(library, home=home, reader=None, looker=engines.looker)
    looking.add_folder(pictures)

    def described_by() -> str:
        looking.run(stop=threading.Event())
        (photo,) = photos.ids(library.connect())
        description = photos.get(library.connect(), photo).description
        assert description is not None
        return description.model

    assert described_by() == "pocket"
    models.import_files(Path(tiny.text), Path(tiny.vision), paths.models_folder(home))
    engines.use(TINY_NAME)
    assert looking.count_outdated() == 1
    looking.describe_again()
    assert described_by() == TINY_NAME


def test_files_that_are_no_model_are_refused_in_a_sentence(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, tiny: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_files(qtbot, window, [tiny.text], monkeypatch)
    assert page.models.outcome.text() == "A model is two GGUF files: the language part and the vision part (mmproj)."
    assert page.models.outcome.property("look") == "warning"
    import_files(qtbot, window, [tiny.text, tiny.text], monkeypatch)
    assert page.models.outcome.text() == f"{Path(tiny.text).name} is not the vision part (mmproj) of a model."


def test_a_model_that_was_damaged_does_not_take_over(
    qtbot: QtBot,
    window: MainWindow,
    page: SettingsPage,
    engines: Engines,
    library: Library,
    home: Path,
    tiny: ModelFiles,
) -> None:
    text, vision = (shutil.copy(path, home / Path(path).name) for path in (tiny.text, tiny.vision))
    kept = models.import_files(Path(text), Path(vision), paths.models_folder(home))
    os.truncate(kept.text, Path(kept.text).stat().st_size - 1000)
    window.desk.refresh()
    qtbot.waitUntil(lambda: page.models.models[TINY_NAME].use.isVisible(), timeout=WAIT_MS)
    click(qtbot, page.models.models[TINY_NAME].use)
    qtbot.waitUntil(lambda: "is cut short" in page.models.outcome.text(), timeout=WAIT_MS)
    assert engines.model.name == choices.model(library.connect()) == "pocket"


def test_what_each_model_can_do_and_needs_is_said(page: SettingsPage) -> None:
    rows = page.models.models
    assert next(iter(rows)) == "pocket" and rows["pocket"].in_use.isVisible()
    assert "Tells the kind and colour of a picture; cannot read or talk." in said(rows["pocket"])
    told = said(rows["minicpm-v-4.6"])
    assert "answers questions about them" in told
    assert "2.4 GB of memory · 1.6 GB to download · English, Chinese · Apache-2.0" in told
    corrupted = rows["minicpm-llama3-v-2.5"]
    assert "Cannot be downloaded. llama.cpp's authors report" in said(corrupted)
    assert not corrupted.download.isVisible()


def test_a_model_that_does_not_fit_is_said_to(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = lambda model, _memory_bytes: model.name == "pocket"  # noqa: E731
    monkeypatch.setattr("desktop_app.engines.fits", fits)
    window.desk.refresh()
    sentence = "This machine has too little memory for it."
    qtbot.waitUntil(lambda: sentence in said(page.models.models[TINY_NAME]))
    assert sentence not in said(page.models.models["pocket"])


class Fetching:
    """Stands for the download, which opens no socket here: it is told how it ends."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.fetched: list[str] = []
        self.go_on = threading.Event()

    def __call__(
        self,
        model: CatalogueModel,
        _folder: Path,
        *,
        consented: bool,
        on_progress: Callable[[Progress], None],
        cancel: threading.Event,
    ) -> None:
        assert consented
        self.fetched.append(model.name)
        on_progress(Progress(400_000_000, 1_600_000_000))
        while not self.go_on.wait(0.01):
            if cancel.is_set():
                raise Cancelled(STOPPED)
        if self.error:
            raise self.error


@pytest.fixture
def download(monkeypatch: pytest.MonkeyPatch) -> Fetching:
    fetch = Fetching()
    monkeypatch.setattr(fetching, "fetch", fetch)
    return fetch


def test_a_download_is_agreed_to_shown_and_stopped(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, download: Fetching
) -> None:
    row = page.models.models[TINY_NAME]
    click(qtbot, row.download)
    assert reply(qtbot, window, "Cancel") == "Download MiniCPM-V 4.6, 1.3B?"
    assert download.fetched == []
    click(qtbot, row.download)
    reply(qtbot, window, "Download")
    qtbot.waitUntil(lambda: "400 MB of 1.6 GB" in page.models.work.sentence.text())
    assert not row.download.isEnabled() and not page.models.import_button.isEnabled()
    click(qtbot, page.models.work.stop_button)
    qtbot.waitUntil(lambda: page.models.outcome.text() == STOPPED)
    assert row.download.isEnabled() and not page.models.work.isVisible()
    assert download.fetched == [TINY_NAME]


def test_why_a_download_failed_is_said(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, download: Fetching
) -> None:
    download.error = DownloadFailed("The disk is too full: 1.2 GB more must be free.")
    download.go_on.set()
    click(qtbot, page.models.models[TINY_NAME].download)
    reply(qtbot, window, "Download")
    qtbot.waitUntil(lambda: page.models.outcome.text() == str(download.error))
    assert page.models.outcome.property("look") == "warning"


def test_closing_the_window_ends_a_download(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, download: Fetching
) -> None:
    click(qtbot, page.models.models[TINY_NAME].download)
    reply(qtbot, window, "Download")
    qtbot.waitUntil(lambda: bool(download.fetched))
    window.close()  # comes back once the threads have ended
    assert window.desk._stop is not None and window.desk._stop.is_set()


def test_a_model_is_taken_off_the_disk_once_the_person_agrees(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, home: Path, tiny: ModelFiles
) -> None:
    models.import_files(Path(tiny.text), Path(tiny.vision), paths.models_folder(home))
    window.desk.refresh()
    row = page.models.models[TINY_NAME]
    qtbot.waitUntil(lambda: row.remove.isVisible(), timeout=WAIT_MS)
    click(qtbot, row.remove)
    assert reply(qtbot, window, "Remove") == "Remove MiniCPM-V 4.6, 1.3B from this machine?"
    qtbot.waitUntil(lambda: row.download.isVisible(), timeout=WAIT_MS)
    assert models.installed(paths.models_folder(home)) == []
    assert not page.models.models["pocket"].remove.isVisible()


def test_the_rest_of_a_download_is_reckoned_by_what_has_come() -> None:
    times = iter((100.0, 110.0, 120.0))
    pace = Pace(lambda: next(times))
    assert pace.seconds_left(Progress(500, 2000)) is None
    assert pace.seconds_left(Progress(1000, 2000)) == 20.0
    assert pace.seconds_left(Progress(1500, 2000)) == 10.0


# ---- what is kept


def fill(folder: Path, size_bytes: int) -> Path:
    path = folder / "00" / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(size_bytes))
    return path


def test_each_part_is_measured_and_cleared_by_itself(home: Path, library: Library) -> None:
    cache = paths.cache_folder(home)
    seen, prepared, model = fill(cache / "embeddings", 1000), fill(cache / "tower", 200), fill(home / "models", 30)
    sizes = storage.measure(home)
    assert (sizes[Part.SEEN], sizes[Part.PREPARED], sizes[Part.MODELS], sizes[Part.BACKUPS]) == (1000, 200, 30, 0)
    assert sizes[Part.LIBRARY] >= library.path.stat().st_size
    storage.clear(home, Part.SEEN)
    assert (seen.exists(), prepared.exists(), model.exists()) == (False, True, True)
    storage.clear(home, Part.PREPARED)
    assert (prepared.exists(), model.exists(), library.path.exists()) == (False, True, True)


def test_what_the_model_saw_is_cleared_and_nothing_else(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, engines: Engines, home: Path
) -> None:
    seen, prepared = fill(paths.cache_folder(home) / "embeddings", 2_500_000), fill(home / "cache" / "tower", 7)
    window.desk.begin()
    qtbot.waitUntil(lambda: page.storage.sizes[Part.SEEN].text() == "2.5 MB")
    click(qtbot, page.storage.clear_buttons[Part.SEEN])
    qtbot.waitUntil(lambda: page.storage.sizes[Part.SEEN].text() == "Empty")
    assert not seen.exists() and prepared.exists()
    assert not page.storage.clear_buttons[Part.SEEN].isEnabled()


def test_small_pictures_are_made_anew_once_the_person_agrees(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, indexer: Indexer, home: Path
) -> None:
    made = sorted((home / "thumbnails").rglob("*.jpg"))
    assert len(made) == 3
    click(qtbot, page.storage.clear_buttons[Part.THUMBNAILS])
    reply(qtbot, window, "Clear")
    qtbot.waitUntil(lambda: page.storage.sizes[Part.THUMBNAILS].text() == "Empty")
    assert not any(path.exists() for path in made)
    settled(qtbot, window)
    indexer.start()
    qtbot.waitUntil(lambda: all(path.exists() for path in made), timeout=WAIT_MS)


def test_the_library_is_backed_up_and_the_copy_shown(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    click(qtbot, page.storage.back_up)
    qtbot.waitUntil(lambda: page.storage.outcome.text().startswith("The library was copied into library-"))
    (copy,) = backups_folder(library.path).iterdir()
    kept = Library(copy)
    assert photos.count(kept.connect()) == 3
    kept.close()
    qtbot.waitUntil(lambda: page.storage.show_folder.isEnabled())
    click(qtbot, page.storage.show_folder)
    assert opened == [str(copy.parent)]


# ---- privacy


def test_whether_the_kernel_refuses_sockets_is_said(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, engines: Engines
) -> None:
    assert "Neither is running now." in said(page.privacy.engine)
    ready = engines.looker.start()
    assert ready.sandboxed == (sys.platform == "linux")
    window.desk.begin()
    by_kernel = "The system's kernel refuses them connections: each tried when it started."
    by_python = "On this system only Python refuses them connections, not the kernel."
    wanted = by_kernel if ready.sandboxed else by_python
    qtbot.waitUntil(lambda: wanted in said(page.privacy.engine), timeout=WAIT_MS)


def test_all_that_was_asked_is_forgotten_once_the_person_agrees(
    qtbot: QtBot, window: MainWindow, page: SettingsPage, library: Library
) -> None:
    asked = Chat("a", datetime(2026, 11, 22, 12), "Where is the receipt?", "There: [1]", None, ())
    with library.writing() as conn:
        chats.keep(conn, asked)
    window.desk.refresh()
    qtbot.waitUntil(lambda: "One question is kept, on this machine only." in said(page.privacy))
    for answer, left in (("Cancel", [asked]), ("Forget all", [])):
        click(qtbot, page.privacy.forget)
        reply(qtbot, window, answer)
        qtbot.waitUntil(lambda left=left: chats.find(library.connect()) == left)  # type: ignore[misc]
    qtbot.waitUntil(lambda: "Nothing is kept." in said(page.privacy))
    assert not page.privacy.forget.isEnabled()


def test_sections_stand_in_the_order_of_their_shortcuts(qtbot: QtBot, page: SettingsPage) -> None:
    shortcuts = [each for each in page.findChildren(QAbstractButton) if each.property("look") == "shortcut"]
    assert [each.text() for each in shortcuts] == [section.title for section in page.sections]
    last: Section = page.sections[-1]
    click(qtbot, shortcuts[-1])
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())
