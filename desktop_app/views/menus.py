"""The menu of what the person chooses about describing, and what menus and questions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMessageBox, QWidget

from desktop_app import i18n
from desktop_app.background import Background
from desktop_app.i18n import plural, tr
from engine.budget import Closeness
from indexer import choices
from indexer.captions import WORDINGS
from indexer.library import settings
from indexer.library.database import Library
from indexer.service import Indexer

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


def keep(
    background: Background, library: Library, name: str, value: str, then: Callable[[], None] | None = None
) -> None:
    """Keeps a setting, off the GUI thread."""

    def do() -> None:
        with library.writing() as conn:
            settings.set(conn, name, value)

    background.run(do, lambda _: then() if then else None)


class DescribingMenu(QObject):
    """How closely to look, in which language to describe, describing again, and writing beside the photos."""

    said = Signal(str)  # a sentence for the person
    changed = Signal()  # there is new work

    def __init__(
        self, menu: QMenu, parent: QWidget, background: Background, library: Library, indexer: Indexer
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._background = background
        self._library = library
        self._indexer = indexer
        self._fill_closeness(menu.addMenu(tr("How closely to &look")))
        self._fill_languages(menu.addMenu(tr("&Language")))
        menu.addSeparator()
        act(menu, tr("Describe &again…"), "", self._offer_again)
        menu.addSeparator()
        self._add_write_back(menu)

    def _fill_closeness(self, menu: QMenu) -> None:
        names = {
            Closeness.QUICK: tr("&Quickly: at what each photo plainly needs"),
            Closeness.CLOSE: tr("&Closely: also at fine detail"),
        }
        chosen = choices.closeness(self._library.connect())
        offer(menu, names, chosen, lambda closeness: keep(self._background, self._library, "closeness", closeness))

    def _fill_languages(self, menu: QMenu) -> None:
        """Those that the embedded model's captions are composed in; larger models write them all."""
        names = {code: i18n.name_of_language(code) for code in WORDINGS}
        offer(menu, names, choices.caption_language(self._library.connect()), self._choose_language)

    def _choose_language(self, code: str) -> None:
        keep(self._background, self._library, "caption_language", code, then=self._offer_again)

    def _offer_again(self) -> None:
        """Asks whether the photos that would be described otherwise by now are to be, if there are any."""
        self._background.run(self._indexer.count_outdated, self._ask_again)

    def _ask_again(self, count: int) -> None:
        if not count:
            self.said.emit(tr("All photos are described as you chose."))
            return
        confirm(
            self._window,
            plural("Describe one photo again?", "Describe {count} photos again?", count),
            tr("What is known of them stays until that is done."),
            tr("Describe again"),
            lambda: self._do(self._indexer.describe_again),
        )

    def _add_write_back(self, menu: QMenu) -> None:
        """Writes into the person's folders only once they have agreed."""
        switch = menu.addAction(tr("&Write into files beside the photos"))
        switch.setCheckable(True)
        switch.setChecked(choices.writes_back(self._library.connect()))
        switch.triggered.connect(
            lambda on: self._ask_write_back(switch) if on else self._do(lambda: self._indexer.write_back(False))
        )

    def _ask_write_back(self, switch: QAction) -> None:
        def write() -> None:
            switch.setChecked(True)
            self._do(lambda: self._indexer.write_back(True))

        switch.setChecked(False)  # until they have
        confirm(
            self._window,
            tr("Write captions and tags into XMP files beside your photos?"),
            tr("Other programs read them there. The photos stay as they are, and so does what others wrote."),
            tr("Write"),
            write,
        )

    def _do(self, command: Callable[[], object]) -> None:
        self._background.run(command, lambda _: self.changed.emit())
