"""The small pieces every screen is made of: labels, buttons and fields in the looks that the theme knows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop_app import i18n
from desktop_app.theme import SPACE_S, SPACE_XS, Theme


def label(text: str = "", look: str = "", *, wrap: bool = False) -> QLabel:
    """Plain words that start on the interface's leading side, whatever script a name among them is in."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("look", look)
    made.setWordWrap(wrap)
    side = Qt.AlignmentFlag.AlignRight if made.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
    made.setAlignment(Qt.AlignmentFlag.AlignAbsolute | side | Qt.AlignmentFlag.AlignVCenter)
    return made


def prose(text: str, look: str = "") -> QLabel:
    """Sentences to read, select and copy, starting on the side their own script starts on."""
    made = selectable(label(text, look, wrap=True))
    made.setAlignment(Qt.AlignmentFlag.AlignLeading)
    turn(made, text)
    return made


def selectable(made: QLabel) -> QLabel:
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made


def turn(widget: QWidget, text: str) -> None:
    """Lays a widget out the way its text runs; text that runs no way follows the interface."""
    direction = i18n.direction(text)
    if direction is Qt.LayoutDirection.LayoutDirectionAuto:
        widget.unsetLayoutDirection()
    else:
        widget.setLayoutDirection(direction)
        if isinstance(widget, QAbstractButton) and direction is not QGuiApplication.layoutDirection():
            widget.setText(f"\u2068{widget.text()}\u2069")  # Qt lays the text of a button out as the interface runs


def frame(look: str) -> QFrame:
    made = QFrame()
    made.setProperty("look", look)
    return made


def rule(*, upright: bool = False) -> QFrame:
    """A hairline."""
    made = frame("line")
    if upright:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def button(text: str, look: str, clicked: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("look", look)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda: clicked())
    return made


def icon_button(theme: Theme, icon: str, name: str, clicked: Callable[[], object] | None = None) -> QToolButton:
    """A square button; its name is the tooltip and what a screen reader says."""
    made = QToolButton()
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    rename(made, name)
    theme.dress(made, icon)
    if clicked:
        made.clicked.connect(lambda: clicked())
    return made


def small_icon_button(theme: Theme, icon: str, name: str, clicked: Callable[[], object] | None = None) -> QToolButton:
    """One that fits into a field or a line of text."""
    made = icon_button(theme, icon, name, clicked)
    made.setProperty("look", "small")
    theme.dress(made, icon, "muted", 14)
    return made


def rename(widget: QWidget, name: str) -> None:
    widget.setAccessibleName(name)
    widget.setToolTip(name)


class Field(QFrame):
    """A frame that shows the focus of the editor in it."""

    def __init__(self, editor: QWidget) -> None:
        super().__init__()
        self.setProperty("look", "field")
        editor.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_S, SPACE_XS, SPACE_XS, SPACE_XS)
        row.setSpacing(SPACE_S)
        row.addWidget(editor)
        self.row = row

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", "true" if event.type() is QEvent.Type.FocusIn else "false")
            self.style().unpolish(self)
            self.style().polish(self)
        return super().eventFilter(watched, event)
