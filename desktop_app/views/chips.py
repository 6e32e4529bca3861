"""How a question was read, as chips that can be taken away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop_app.assistant.types import Chip
from desktop_app.i18n import tr
from desktop_app.theme import Theme
from desktop_app.views.flow import FlowLayout, clear
from desktop_app.views.pieces import rename

ICON_PX = 12


class Chips(QWidget):
    """A line of chips, or several; hidden where there are none."""

    removed = Signal(object)  # Chip

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._flow = FlowLayout(self)
        self.hide()

    def show_chips(self, chips: Sequence[Chip]) -> None:
        clear(self._flow)
        for chip in chips:
            self._flow.addWidget(self._made(chip))
        self.setVisible(bool(chips))

    def _made(self, chip: Chip) -> QPushButton:
        made = QPushButton(chip.label)
        made.setProperty("look", "chip")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setLayoutDirection(
            Qt.LayoutDirection.LeftToRight if self.isRightToLeft() else Qt.LayoutDirection.RightToLeft
        )  # the cross stands after the words
        self._theme.dress(made, "x", "muted", ICON_PX)
        rename(made, tr("Leave out: {what}", what=chip.label))
        made.clicked.connect(lambda: self.removed.emit(chip))
        return made
