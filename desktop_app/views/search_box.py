"""The one search box: tells what is typed once the typing rests."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from desktop_app.i18n import tr
from desktop_app.theme import Theme
from desktop_app.views.pieces import Field, label, rename, small_icon_button

DEBOUNCE_MS = 180


class SearchLine(QLineEdit):
    """A line in which Escape clears, and Down goes on to what was found."""

    left_downwards = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)


class SearchBox(Field):
    """`searched` carries the text after a pause in typing, at once on Enter, and empty when cleared."""

    searched = Signal(str)

    @property
    def text(self) -> str:
        return self.line.text().strip()

    def empty(self) -> None:
        """Clears the box without telling."""
        self._rest.stop()
        with QSignalBlocker(self.line):
            self.line.clear()
        self._clear.hide()

    def __init__(self, theme: Theme, name: str) -> None:
        self.line = SearchLine()
        super().__init__(self.line)
        self.line.setPlaceholderText(name)
        rename(self.line, name)
        glass = label()
        theme.dress(glass, "search", "muted", 16)
        self._clear = small_icon_button(theme, "x", tr("Clear the search"), self.line.clear)
        self._clear.hide()
        self.row.insertWidget(0, glass)
        self.row.addWidget(self._clear)
        self._rest = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._rest.timeout.connect(self._tell)
        self.line.textChanged.connect(self._typed)
        self.line.returnPressed.connect(self._tell)

    def _typed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if text:
            self._rest.start()
        else:
            self._tell()

    def _tell(self) -> None:
        self._rest.stop()
        self.searched.emit(self.text)
