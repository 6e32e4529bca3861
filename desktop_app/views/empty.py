"""What stands where there is nothing to show: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.theme import SPACE_M, SPACE_S, SPACE_XL, Theme
from desktop_app.views.pieces import button, label

WIDTH_PX = 420


class EmptyState(QWidget):
    """An icon, a title, a sentence, and at most one thing to do."""

    def __init__(
        self, theme: Theme, icon: str, title: str, sentence: str, action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_XL)
        column.setSpacing(SPACE_S)
        column.addStretch(2)
        emblem = label()
        theme.dress(emblem, icon, "control", 48)
        column.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(SPACE_M)
        for words in (label(title, "display", wrap=True), label(sentence, "muted", wrap=True)):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.setMaximumWidth(WIDTH_PX)
            row = QHBoxLayout()  # keeps the words centred and yet as wide as they may be
            row.addStretch(1)
            row.addWidget(words, 1000)
            row.addStretch(1)
            column.addLayout(row)
        if action:
            column.addSpacing(SPACE_M)
            column.addWidget(button(action[0], "primary", action[1]), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
