"""What menus and questions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMessageBox, QWidget

from desktop_app.background import Background
from indexer.library import settings
from indexer.library.database import Library

Choice = TypeVar("Choice", bound=str)


def act(menu: QMenu, text: str, keys: str | QKeySequence.StandardKey, do: Callable[[], object]) -> QAction:
    """Adds what is done when it is chosen, or when the keys are pressed."""
    action = menu.addAction(text)
    action.setShortcut(QKeySequence(keys))
    action.triggered.connect(lambda: do())
    return action


def offer(menu: QMenu, names: Mapping[Choice, str], chosen: Choice, choose: Callable[[Choice], None]) -> None:
    """Adds choices of which one at a time is checked."""
    group = QActionGroup(menu)
    for choice, name in names.items():
        action = act(menu, name, "", partial(choose, choice))
        action.setCheckable(True)
        action.setChecked(choice == chosen)
        group.addAction(action)


def confirm(parent: QWidget, question: str, more: str, yes: str, do: Callable[[], object]) -> None:
    """Asks without stopping anything else; does it if the person agrees."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setText(question)
    box.setInformativeText(more)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def answer(button: QAbstractButton) -> None:
        if button is agree:
            do()

    box.buttonClicked.connect(answer)
    box.open()


def keep(background: Background, library: Library, name: str, value: str) -> None:
    """Keeps a setting, off the GUI thread."""

    def do() -> None:
        with library.writing() as conn:
            settings.set(conn, name, value)

    background.run(do, lambda _: None)
