from __future__ import annotations

import threading
from collections.abc import Iterator

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from desktop_app.background import Background


def test_work_runs_elsewhere_and_its_outcome_arrives_here(qtbot: QtBot, background: Background) -> None:
    seen: list[tuple[bool, bool]] = []
    here = threading.get_ident()
    with qtbot.waitSignal(background.rested):
        background.run(threading.get_ident, lambda there: seen.append((there != here, QThread.isMainThread())))
    assert seen == [(True, True)]


def test_a_cancelled_task_hands_over_nothing(qtbot: QtBot, background: Background) -> None:
    arrived: list[int] = []
    go_on = threading.Event()
    with qtbot.waitSignal(background.rested):
        background.run(lambda: go_on.wait(5), lambda _: arrived.append(1)).cancel()
        go_on.set()
    assert arrived == []


def test_an_error_goes_to_who_asked_or_else_to_the_window(qtbot: QtBot, background: Background) -> None:
    def fail() -> None:
        raise OSError("The disk is full.")

    asked: list[str] = []
    with qtbot.waitSignals([background.failed, background.rested]):
        background.run(fail, lambda _: None)
        background.run(fail, lambda _: None, lambda error: asked.append(str(error)))
    assert asked == ["The disk is full."]


def test_once_closed_nothing_is_handed_over_or_begun(qtbot: QtBot) -> None:
    background = Background()
    arrived: list[int] = []
    background.run(lambda: 1, arrived.append)
    background.close()
    assert background.run(lambda: 2, arrived.append).cancelled.is_set()
    qtbot.waitUntil(lambda: background.is_resting)
    assert arrived == []


def test_a_stream_arrives_piece_by_piece_until_it_is_stopped(qtbot: QtBot, background: Background) -> None:
    pieces: list[str] = []

    def endless(stopped: threading.Event) -> Iterator[str]:
        while not stopped.wait(0.001):
            yield "and "

    task = background.stream(endless, pieces.append, lambda: pieces.append("end"))
    qtbot.waitUntil(lambda: len(pieces) >= 3)
    task.cancel()
    with qtbot.waitSignal(background.rested):
        pass
    assert set(pieces) == {"and "}
