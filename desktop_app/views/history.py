"""What was asked before: searched, taken up again, forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app import i18n
from desktop_app.i18n import tr
from desktop_app.theme import SPACE_L, SPACE_S, SPACE_XS, Theme
from desktop_app.views.flow import clear
from desktop_app.views.pieces import button, label, rename, small_icon_button, turn
from desktop_app.views.search_box import SearchBox
from indexer.library.types import Chat

QUESTION_PX = 200


class HistoryView(QWidget):
    """A list of earlier questions, the latest first."""

    searched = Signal(str)
    chosen = Signal(object)  # Chat
    forgotten = Signal(object)  # a Chat's key, or None for all

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.search = SearchBox(theme, tr("Search what you asked"))
        self.search.searched.connect(self.searched)
        self._empty = label("", "muted", wrap=True)
        self._all = button(tr("Forget all of it"), "small", lambda: self.forgotten.emit(None))
        theme.dress(self._all, "trash-2", "text", 14)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE_XS)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        column.setSpacing(SPACE_S)
        column.addWidget(self.search)
        column.addWidget(self._empty)
        column.addLayout(self._rows)
        column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def show_chats(self, chats: Sequence[Chat]) -> None:
        clear(self._rows)
        for chat in chats:
            self._rows.addWidget(self._row(chat))
        nothing = tr("Nothing found") if self.search.text else tr("What you ask is kept here, on this machine only.")
        self._empty.setText(nothing)
        self._empty.setVisible(not chats)
        self._all.setVisible(bool(chats) and not self.search.text)

    def _row(self, chat: Chat) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_XS)
        asked = button(self._short(chat.question), "example", lambda: self.chosen.emit(chat))
        turn(asked, chat.question)
        rename(asked, tr("{question}, asked on {day}", question=chat.question, day=i18n.day(chat.asked_at)))
        forget = small_icon_button(self._theme, "x", tr("Forget this question"), lambda: self.forgotten.emit(chat.key))
        row.addWidget(asked, 1)
        row.addWidget(forget)
        return line

    def _short(self, question: str) -> str:
        """In one line, and no wider than the pane at its narrowest."""
        return self.fontMetrics().elidedText(" ".join(question.split()), Qt.TextElideMode.ElideRight, QUESTION_PX)
