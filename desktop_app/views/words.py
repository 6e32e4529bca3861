"""Where the person writes about a photo."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.i18n import tr
from desktop_app.theme import SPACE_S
from desktop_app.views.pieces import Field, button, label
from indexer.library.types import Written

_BETWEEN = re.compile(r"[,;،、，；\n]")  # the commas of all scripts
_LINES = 4


class WordsEditor(QWidget):
    """A few sentences and keywords; Ctrl+Enter is done, Escape takes back."""

    ended = Signal(bool)  # whether to keep it

    def __init__(self, own: Written) -> None:
        super().__init__()
        self._before = own
        self.caption = QPlainTextEdit(own.caption)
        self.caption.setTabChangesFocus(True)
        self.caption.moveCursor(QTextCursor.MoveOperation.End)
        self.caption.setPlaceholderText(tr("What should be known about it?"))
        self.caption.setAccessibleName(tr("Your words about this photo"))
        self.caption.setFixedHeight(_LINES * self.caption.fontMetrics().lineSpacing() + 2 * SPACE_S)
        self.keywords = QLineEdit(", ".join(own.keywords))
        self.keywords.setPlaceholderText(tr("Keywords, with commas between"))
        self.keywords.setAccessibleName(tr("Your keywords for this photo"))
        self.keywords.returnPressed.connect(lambda: self.ended.emit(True))
        self.done = button(tr("Keep"), "primary", lambda: self.ended.emit(True))
        self.cancel = button(tr("Cancel"), "outline", lambda: self.ended.emit(False))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        column.addWidget(label(tr("Your words"), "heading"))
        column.addWidget(Field(self.caption))
        column.addWidget(Field(self.keywords))
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        row.addWidget(self.done)
        row.addWidget(self.cancel)
        row.addStretch(1)
        column.addLayout(row)
        self.setFocusProxy(self.caption)

    @property
    def own(self) -> Written:
        """As it stands in the fields."""
        words = (word.strip() for word in _BETWEEN.split(self.keywords.text()))
        keywords = tuple(dict.fromkeys(filter(None, words)))
        return replace(self._before, caption=self.caption.toPlainText().strip(), keywords=keywords)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """What the fields leave over must not step to another photo."""
        if event.key() == Qt.Key.Key_Escape:
            self.ended.emit(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers():
            self.ended.emit(True)
        event.accept()
