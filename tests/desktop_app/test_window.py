"""The window on a real library with the real indexer and assistant, driven as a person drives it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.models.conversation import State
from desktop_app.models.photos import describe as describe_row
from desktop_app.models.sidebar import Role, Scope
from desktop_app.screenshots import photograph
from desktop_app.theme import Appearance
from desktop_app.views.grid import badge_of
from desktop_app.views.viewer import views_of
from desktop_app.window import MainWindow
from indexer.library import chats, descriptions, jobs, lines, photos, settings, vectors, written
from indexer.library.database import Library
from indexer.library.types import Description, Folder, Kind, PhotoId, Stage, Written
from indexer.service import Indexer

OpenWindow = Callable[[], MainWindow]
WAIT_MS = 20_000  # a busy machine


def names(window: MainWindow, described: dict[str, PhotoId]) -> list[str]:
    """The files shown in the grid, in its order."""
    by_photo = {photo: name for name, photo in described.items()}
    return [by_photo[photo] for photo in window.photos.ids]


def listed(window: MainWindow) -> list[Folder]:
    """The folders in the sidebar."""
    entries = window.sidebar.list.model()
    scopes = [entries.index(row).data(Role.ENTRY).scope for row in range(entries.rowCount())]
    return [scope.folder for scope in scopes if scope and scope.folder]


def words(widget: QWidget) -> list[str]:
    """What can be read in a part of the window."""
    return [label.text() for label in widget.findChildren(QLabel) if label.text() and label.isVisibleTo(widget)]


def chips(widget: QWidget) -> dict[str, QPushButton]:
    return {each.text(): each for each in widget.findChildren(QPushButton) if each.isVisibleTo(widget)}


def describe_again(conn: sqlite3.Connection, photo: PhotoId, **changed: Any) -> None:
    """The photo gets the description it has with some fields changed."""
    before = descriptions.current(conn, photo)
    assert before is not None
    descriptions.record(conn, photo, replace(before, **changed))


# ---- folders


def test_an_empty_library_asks_for_a_folder(open_window: OpenWindow) -> None:
    window = open_window()
    assert window.browser.state is window.browser.no_folder


def test_adding_a_folder_shows_its_photos(
    qtbot: QtBot, open_window: OpenWindow, indexer: Indexer, pictures: Path
) -> None:
    window = open_window()
    indexer.start()
    window.add_folders([pictures])
    qtbot.waitUntil(lambda: window.photos.rowCount() == 3, timeout=WAIT_MS)
    assert window.browser.state is window.browser.grid
    assert [folder.path for folder in listed(window)] == [str(pictures)]


def test_a_folder_dropped_on_the_window_is_added(
    qtbot: QtBot, open_window: OpenWindow, indexer: Indexer, pictures: Path
) -> None:
    window = open_window()
    indexer.start()
    drop(window, pictures)
    qtbot.waitUntil(lambda: window.photos.rowCount() == 3, timeout=WAIT_MS)


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, mime, buttons, keys))


@pytest.fixture
def alike(library: Library, described: dict[str, PhotoId]) -> dict[str, PhotoId]:
    """The described pictures, of which the receipt and the sign are alike."""
    angles = {"receipt.jpg": 0.1, "sign.jpg": 0.2, "beach.jpg": 3.0}
    with library.writing() as conn:
        for name, angle in angles.items():
            vector = np.array([np.cos(angle), np.sin(angle)], np.float16).tobytes()
            vectors.record(conn, described[name], "pocket", vector)
    return described


def test_photos_like_one_are_shown_when_asked_for(qtbot: QtBot, window: MainWindow, alike: dict[str, PhotoId]) -> None:
    window.open_photo(alike["receipt.jpg"])
    (button,) = (each for each in window.viewer.findChildren(QToolButton) if each.toolTip() == "Photos like this one")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.photos.ids == [alike["sign.jpg"]])
    assert "Photos like this one" in words(window.browser)
    window._search_anew()
    qtbot.waitUntil(lambda: window.photos.rowCount() == 3)


def test_a_picture_dropped_on_the_window_finds_photos_like_it(
    qtbot: QtBot, window: MainWindow, alike: dict[str, PhotoId], pictures: Path
) -> None:
    drop(window, pictures / "sign.jpg")
    qtbot.waitUntil(lambda: window.photos.ids == [alike["receipt.jpg"]])
    assert "Photos like “sign.jpg”" in words(window.browser)


def test_where_no_photo_is_like_one_that_is_said_and_nothing_else_changes(
    qtbot: QtBot, window: MainWindow, alike: dict[str, PhotoId]
) -> None:
    window.open_photo(alike["beach.jpg"])
    window.viewer.like_asked.emit(alike["beach.jpg"])
    qtbot.waitUntil(lambda: "No photo that was looked at is like this one." in words(window.status))
    assert window.centre.currentWidget() is window.viewer


def test_removing_a_folder_is_asked_first_and_leaves_the_files(
    qtbot: QtBot, window: MainWindow, library: Library, pictures: Path
) -> None:
    window.remove_folder(listed(window)[0])
    question = window.findChild(QMessageBox)
    remove = next(each for each in question.buttons() if each.text() == "Remove")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.browser.state is window.browser.no_folder)
    assert len(list(pictures.iterdir())) == 3


# ---- finding


def test_searching_narrows_the_grid_and_escape_brings_all_back(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    assert names(window, described) == ["sign.jpg", "receipt.jpg", "beach.jpg"]
    line = window.top_bar.search.line
    qtbot.keyClicks(line, "beach")
    qtbot.waitUntil(lambda: names(window, described) == ["beach.jpg"], timeout=WAIT_MS)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.photos.rowCount() == 3)


def test_what_is_found_nowhere_is_said_to_be(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClicks(window.top_bar.search.line, "zeppelin")
    qtbot.waitUntil(lambda: window.browser.state is window.browser.no_result, timeout=WAIT_MS)


def test_taking_a_chip_away_searches_without_it(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    qtbot.keyClicks(window.top_bar.search.line, "dog zeppelin")
    qtbot.waitUntil(lambda: "zeppelin" in chips(window.browser.chips))
    qtbot.mouseClick(chips(window.browser.chips)["zeppelin"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(window, described) == ["beach.jpg"])


def test_choosing_a_kind_shows_only_that(qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]) -> None:
    window.sidebar.choose(Scope(kind=Kind.RECEIPT))
    qtbot.waitUntil(lambda: names(window, described) == ["receipt.jpg"])


def test_ctrl_f_goes_to_the_search_from_anywhere(qtbot: QtBot, window: MainWindow) -> None:
    window.open_photo(window.photos.ids[0])
    qtbot.keyClick(window.viewer, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.centre.currentWidget() is window.browser
    assert window.focusWidget() is window.top_bar.search.line


# ---- viewing


def test_enter_opens_a_photo_and_escape_goes_back_to_it(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    grid = window.browser.grid
    grid.show_photo(described["receipt.jpg"])
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert window.centre.currentWidget() is window.viewer
    qtbot.keyClick(window.viewer, Qt.Key.Key_Right)
    assert window.viewer.photo == described["beach.jpg"]
    qtbot.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert window.centre.currentWidget() is window.browser
    assert grid.currentIndex().row() == 2


def test_the_frames_of_a_burst_are_one_in_the_grid_and_all_in_the_viewer(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId], library: Library
) -> None:
    receipt, beach = described["receipt.jpg"], described["beach.jpg"]
    with library.writing() as conn:
        for photo in (receipt, beach):
            facts = replace(photos.get(conn, photo).facts, camera="Lumen", taken_at=datetime(2026, 1, 15, 12), look=7)
            photos.record(conn, photo, facts)
    window._refresh()
    qtbot.waitUntil(lambda: window.photos.rowCount() == 2)
    assert len(window.photos.ids) == 3
    window.open_photo(beach if window.photos.ids[1] == beach else receipt)
    assert "2 of 3" in words(window.viewer)
    qtbot.keyClick(window.viewer, Qt.Key.Key_Right)
    assert {window.photos.ids[1], window.viewer.photo} == {receipt, beach}
    qtbot.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert window.browser.grid.currentIndex().row() == 1


def test_the_viewer_shows_the_pixels_and_what_is_known(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    window.open_photo(described["receipt.jpg"])
    qtbot.waitUntil(lambda: window.viewer.canvas.picture.width() == 810, timeout=WAIT_MS)
    facts = words(window.viewer.facts)
    assert "A receipt from a bakery" in facts
    assert "pocket model, 22 Nov 2026" in facts
    assert any("A MiniCPM-V model describes them" in fact for fact in facts)
    assert "Looked at in 1 of 10 views: there is nothing small in it" in facts
    assert "15 Feb 2026, 12:00" in facts
    assert "receipt.jpg" in facts


def test_what_people_wrote_stands_before_what_was_seen(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    said = Written("Buns", "From the corner", ("bakery", "morning"), ("Anna", "Ben"), 4)
    with library.writing() as conn:
        written.record(conn, described["receipt.jpg"], said)
    window.open_photo(described["receipt.jpg"])
    qtbot.waitUntil(lambda: "Buns" in words(window.viewer.facts), timeout=WAIT_MS)
    facts = words(window.viewer.facts)
    shown = ["What people wrote", "Buns", "From the corner", "★★★★☆", "People: Anna, Ben", "bakery · morning"]
    assert facts[: len(shown)] == shown
    assert facts[len(shown)] == "What is seen"


def test_what_the_person_writes_is_kept_found_and_shown_first(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    photo = described["receipt.jpg"]
    window.open_photo(photo)
    facts = window.viewer.facts
    qtbot.waitUntil(lambda: "Write about it" in chips(facts))
    qtbot.mouseClick(facts.pencil, Qt.MouseButton.LeftButton)
    assert facts.editor is not None
    qtbot.keyClicks(facts.editor.caption, "Opa's zwieback")
    qtbot.keyClick(facts.editor.caption, Qt.Key.Key_Right)
    facts.editor.keywords.setText("rusk، toast,rusk, ")
    assert window.viewer.photo == photo  # the arrow did not step on
    with library.writing() as conn:
        describe_again(conn, photo, text="")
    window.viewer.show_facts(photos.get(library.connect(), photo))
    qtbot.keyClick(facts.editor.keywords, Qt.Key.Key_Return)
    assert photos.get(library.connect(), photo).own == Written(caption="Opa's zwieback", keywords=("rusk", "toast"))
    qtbot.waitUntil(lambda: words(facts)[:3] == ["What people wrote", "Opa's zwieback", "rusk · toast"])
    window.top_bar.search.line.setText("zwieback")
    qtbot.waitUntil(lambda: names(window, described) == ["receipt.jpg"], timeout=WAIT_MS)


def test_what_the_person_writes_is_kept_when_they_leave_and_not_when_they_cancel(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    facts = window.viewer.facts
    for name, leave in (
        ("sign.jpg", lambda: qtbot.keyClick(facts.editor, Qt.Key.Key_Escape)),
        ("beach.jpg", lambda: window.open_photo(described["sign.jpg"])),
        ("receipt.jpg", window.close),
    ):
        window.open_photo(described[name])
        qtbot.waitUntil(lambda: "Write about it" in chips(facts))
        qtbot.mouseClick(facts.pencil, Qt.MouseButton.LeftButton)
        assert facts.editor is not None
        facts.editor.caption.setPlainText(f"Mine: {name}")
        leave()
        assert facts.editor is None
    said = {name: photos.get(library.connect(), photo).own.caption for name, photo in described.items()}
    assert {name: words for name, words in said.items() if words} == {
        name: f"Mine: {name}" for name in ("receipt.jpg", "beach.jpg")
    }


def test_what_cannot_be_kept_stays_in_the_editor(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    facts = window.viewer.facts
    window.open_photo(described["sign.jpg"])
    qtbot.waitUntil(lambda: "Write about it" in chips(facts))
    qtbot.mouseClick(facts.pencil, Qt.MouseButton.LeftButton)
    assert facts.editor is not None
    facts.editor.caption.setPlainText("Mine")
    library.connect().execute("pragma query_only = true")
    qtbot.mouseClick(facts.editor.done, Qt.MouseButton.LeftButton)
    assert facts.editor is not None and facts.editor.own.caption == "Mine"
    library.connect().execute("pragma query_only = false")
    qtbot.mouseClick(facts.editor.done, Qt.MouseButton.LeftButton)
    assert photos.get(library.connect(), described["sign.jpg"]).own.caption == "Mine"


def test_the_text_in_a_picture_can_be_copied(qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]) -> None:
    window.open_photo(described["receipt.jpg"])
    qtbot.waitUntil(lambda: "BAKERY\nTOTAL 6.40" in words(window.viewer.facts))
    qtbot.mouseClick(window.viewer.facts.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "BAKERY\nTOTAL 6.40"


def test_a_photo_whose_file_is_gone_says_so(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId], pictures: Path
) -> None:
    (pictures / "sign.jpg").unlink()
    window.open_photo(described["sign.jpg"])
    qtbot.waitUntil(lambda: window.viewer.notice.isVisible(), timeout=WAIT_MS)
    assert window.viewer.notice.text()


def test_what_two_readers_read_differently_is_unsure(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    photo = described["receipt.jpg"]
    with library.writing() as conn:
        describe_again(conn, photo, text="Bakery, total 6.90")
    window.open_photo(photo)
    qtbot.waitUntil(lambda: "Read in two ways: 6.40 or 6.90" in words(window.viewer.facts))


def test_what_only_the_model_read_is_shown(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    photo = described["receipt.jpg"]
    with library.writing() as conn:
        lines.record(conn, photo, [])
        describe_again(conn, photo, text="المجموع ١٦٠")
    window.open_photo(photo)
    qtbot.waitUntil(lambda: "المجموع ١٦٠" in words(window.viewer.facts))


def test_a_video_can_be_played(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    with library.writing() as conn:
        conn.execute("update photos set format = 'MP4' where id = ?", (described["beach.jpg"],))
    window.open_photo(described["beach.jpg"])
    qtbot.waitUntil(lambda: "Play" in chips(window.viewer.facts))
    qtbot.mouseClick(chips(window.viewer.facts)["Play"], Qt.MouseButton.LeftButton)
    assert [Path(path).name for path in opened] == ["beach.jpg"]
    row = photos.rows(library.connect(), [described["beach.jpg"]])[0]
    assert (badge_of(row), describe_row(row).partition(" · ")[0]) == ("play", "Video")


# ---- looking closely


@pytest.mark.parametrize(
    ("views", "all_views", "reason", "sentence"),
    [
        (1, 1, "plain", "Looked at as a whole"),
        (10, 10, "text", "Looked at in all its 10 views"),
        (1, 10, "plain", "Looked at in 1 of 10 views: there is nothing small in it"),
        (5, 10, "detail", "Looked at in 5 of 10 views: enough for its fine detail"),
        (7, 37, "text", "Looked at in 7 of 37 views: enough to read its text"),
        (9, 37, "asked", "Looked at in 9 of 37 views: there was no room for more"),
    ],
)
def test_views_are_told_in_words(views: int, all_views: int, reason: str, sentence: str) -> None:
    seen = Description("", (), Kind.PHOTO, "", "", 1, "en", "m", 1, views, 1, datetime(2026, 11, 22), all_views, reason)
    assert views_of(seen) == sentence


def test_what_the_model_did_not_stand_by_is_named(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    photo = described["receipt.jpg"]
    with library.writing() as conn:
        describe_again(conn, photo, caption="A receipt", doubted=("A cat sleeps.", "cat"))
    window.open_photo(photo)
    facts = window.viewer.facts
    sentence = "Left out, since the model did not stand by it: A cat sleeps · cat"
    qtbot.waitUntil(lambda: sentence in words(facts))
    with library.writing() as conn:
        describe_again(conn, photo, doubted=("A receipt",), fault="doubted")
    window._refresh()
    qtbot.waitUntil(lambda: "Unsure: asked again, the model did not stand by it." in words(facts))
    assert sentence not in words(facts)


def test_a_close_look_is_asked_for_and_its_outcome_appears(
    qtbot: QtBot, window: MainWindow, library: Library, described: dict[str, PhotoId]
) -> None:
    photo = described["receipt.jpg"]
    window.open_photo(photo)
    facts = window.viewer.facts
    qtbot.waitUntil(lambda: "Look closely" in chips(facts))
    qtbot.mouseClick(facts.close_look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: photos.get(library.connect(), photo).awaits_close_look)
    qtbot.waitUntil(lambda: "Looking closely…" in chips(facts))  # also once the facts were shown anew
    assert not facts.close_look.isEnabled()
    with library.writing() as conn:
        job = jobs.claim(conn, [Stage.CLOSE])
        assert job is not None
        jobs.finish(conn, job.id)
        describe_again(conn, photo, caption="A receipt for two loaves", views=10, views_reason="asked")
    window._refresh()
    qtbot.waitUntil(lambda: "A receipt for two loaves" in words(facts))
    assert "Looked at in all its 10 views" in words(facts)
    assert chips(facts).keys() == {"Write about it", "Show in folder"}


def test_a_close_look_under_way_is_shown_when_the_photo_is_opened(
    qtbot: QtBot, window: MainWindow, indexer: Indexer, described: dict[str, PhotoId]
) -> None:
    indexer.look_closely(described["receipt.jpg"])
    window.open_photo(described["receipt.jpg"])
    qtbot.waitUntil(lambda: "Looking closely…" in chips(window.viewer.facts))


# ---- asking


def ask(qtbot: QtBot, window: MainWindow, question: str) -> None:
    qtbot.keyClicks(window.chat.edit, question)
    qtbot.keyClick(window.chat.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.conversation.exchanges and not window.conversation.is_answering, timeout=WAIT_MS)


def test_what_was_asked_is_kept_found_taken_up_again_and_forgotten(
    qtbot: QtBot, open_window: OpenWindow, described: dict[str, PhotoId], library: Library
) -> None:
    before = open_window()
    ask(qtbot, before, "Which receipts are there?")
    ask(qtbot, before, "How many dogs?")
    qtbot.waitUntil(lambda: len(chats.find(library.connect())) == 2)
    before.close()
    window = open_window()
    assert window.conversation.exchanges == []
    window.chat.history_button.click()
    history = window.chat.history
    qtbot.waitUntil(lambda: {"How many dogs?", "Which receipts are there?"} <= chips(history).keys())
    qtbot.keyClicks(history.search.line, "receipt")
    qtbot.waitUntil(lambda: "How many dogs?" not in chips(history))
    chips(history)["Which receipts are there?"].click()
    qtbot.waitUntil(lambda: len(window.conversation.exchanges) == 1)
    exchange = window.conversation.exchanges[0]
    assert [hit.photo for hit in exchange.photos] == [described["receipt.jpg"]]
    assert exchange.answer in {chat.answer for chat in chats.find(library.connect())}
    assert not window.chat.history_button.isChecked()
    window.chat.new_button.click()
    assert window.conversation.exchanges == [] and len(chats.find(library.connect())) == 2
    window.chat.history_button.click()
    history.search.line.clear()
    qtbot.waitUntil(lambda: "Forget all of it" in chips(history))
    history.forgotten.emit(exchange.key)
    qtbot.waitUntil(lambda: [chat.question for chat in chats.find(library.connect())] == ["How many dogs?"])
    chips(history)["Forget all of it"].click()
    qtbot.waitUntil(lambda: "What you ask is kept here, on this machine only." in words(history))
    assert chats.find(library.connect()) == []


def test_an_answer_cites_photos_and_a_citation_opens_its_photo(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    ask(qtbot, window, "Which receipts are there?")
    exchange = window.conversation.exchanges[0]
    assert exchange.state is State.COMPLETE
    assert "[1]" in exchange.answer
    window.chat.views[0].answer.linkActivated.emit("photo:1")
    assert window.centre.currentWidget() is window.viewer
    assert window.viewer.photo == described["receipt.jpg"]


def test_a_thumbnail_of_an_answer_opens_its_photo(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    ask(qtbot, window, "Which receipts are there?")
    qtbot.mouseClick(window.chat.views[0].strip.buttons[described["receipt.jpg"]][1], Qt.MouseButton.LeftButton)
    assert window.viewer.photo == described["receipt.jpg"]


def test_taking_a_chip_away_asks_again(qtbot: QtBot, window: MainWindow) -> None:
    ask(qtbot, window, "dog zeppelin")
    view = window.chat.views[0]
    qtbot.mouseClick(chips(view.chips)["zeppelin"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.conversation.is_answering)
    assert [chip.label for chip in window.conversation.exchanges[0].chips] == ["dog"]
    assert window.conversation.exchanges[0].photos


def test_an_arabic_answer_is_laid_out_from_the_right(qtbot: QtBot, window: MainWindow) -> None:
    window.conversation.ask("أين الإيصال؟")
    qtbot.waitUntil(lambda: not window.conversation.is_answering)
    assert window.chat.views[0].answer.layoutDirection() is Qt.LayoutDirection.RightToLeft


def test_a_question_about_one_photo_is_answered_from_what_is_known_of_it(
    qtbot: QtBot, window: MainWindow, described: dict[str, PhotoId]
) -> None:
    window.open_photo(described["sign.jpg"])
    window.viewer.asked_about.emit(described["sign.jpg"])
    ask(qtbot, window, "What does it say?")
    assert window.conversation.exchanges[0].about == described["sign.jpg"]
    assert "Rua Augusta" in window.conversation.exchanges[0].answer


# ---- indexing


def test_the_pause_button_pauses_and_goes_on(
    qtbot: QtBot, open_window: OpenWindow, indexer: Indexer, pictures: Path
) -> None:
    window = open_window()
    indexer.start()
    window.add_folders([pictures])
    status = window.status
    qtbot.waitUntil(lambda: status.pause_button.isVisible(), timeout=WAIT_MS)
    qtbot.mouseClick(status.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status.sentence.text().startswith("Paused"), timeout=WAIT_MS)
    assert status.pause_button.accessibleName() == "Go on"
    qtbot.mouseClick(status.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.photos.rowCount() == 3, timeout=WAIT_MS)


def test_files_that_could_not_be_read_are_listed_with_the_reason(
    qtbot: QtBot, open_window: OpenWindow, indexer: Indexer, pictures: Path
) -> None:
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    window = open_window()
    indexer.start()
    window.add_folders([pictures])
    qtbot.waitUntil(lambda: window.status.failures_button.isVisible(), timeout=WAIT_MS)
    qtbot.mouseClick(window.status.failures_button, Qt.MouseButton.LeftButton)
    listed = words(window.failures)
    assert "broken.jpg" in listed
    reason = listed[listed.index("broken.jpg") + 1]
    assert reason.endswith(".")


# ---- the window itself


def test_the_appearance_chosen_is_remembered(qtbot: QtBot, window: MainWindow, library: Library) -> None:
    next(action for action in window.findChildren(QAction) if action.text() == "&Dark").trigger()
    assert window.theme.is_dark
    qtbot.waitUntil(lambda: window.background.is_resting)
    assert settings.get(library.connect(), "appearance", "") == Appearance.DARK


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    window.open_photo(window.photos.ids[0])
    controls = [each for each in window.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    nameless = [
        each
        for each in controls
        if each.isVisibleTo(window) and not (each.accessibleName() or getattr(each, "text", str)())
    ]
    assert nameless == []


def test_the_window_can_be_photographed(window: MainWindow, tmp_path: Path) -> None:
    photograph(window, tmp_path / "shots" / "window.png")
    assert (tmp_path / "shots" / "window.png").stat().st_size > 10_000


@pytest.mark.parametrize("size", [(720, 480), (1000, 640), (1280, 800)])
def test_the_window_fits_small_screens(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    assert (window.width(), window.height()) == size
