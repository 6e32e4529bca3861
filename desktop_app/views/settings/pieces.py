"""What the settings are made of: sections of named settings, each with its controls, and how a search narrows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from desktop_app import i18n
from desktop_app.i18n import tr
from desktop_app.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme
from desktop_app.views.pieces import button, frame, label, rename, rule
from engine.fetching import Progress
from indexer import language

TRACK = QSize(36, 20)
RING_PX = 3  # around the track, for the focus
ARROW_PX = 14
NARROW_PX = 420

Value = TypeVar("Value")


class Switch(QAbstractButton):
    """On or off; `clicked` tells what the person did. The knob is at the trailing end when it is on."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(TRACK.width() + 2 * RING_PX, TRACK.height() + 2 * RING_PX)
        rename(self, name)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(RING_PX, RING_PX, TRACK.width(), TRACK.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent" if self.isChecked() else "control"))
        painter.drawRoundedRect(track, TRACK.height() / 2, TRACK.height() / 2)
        at_right = self.isChecked() != (self.layoutDirection() is Qt.LayoutDirection.RightToLeft)
        radius = TRACK.height() / 2
        centre = QPointF(track.right() - radius if at_right else track.left() + radius, track.center().y())
        painter.setBrush(self._theme.colour("on_accent" if self.isChecked() else "raised"))
        painter.drawEllipse(centre, radius - 3, radius - 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("accent"), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self.height() / 2, self.height() / 2)


class Picker(QComboBox, Generic[Value]):
    """One of several values; `chosen` tells what the person picked. It leaves the wheel to the page it is on."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, name: str, values: Sequence[Value], words: Callable[[Value], str]) -> None:
        super().__init__()
        self._theme = theme
        self._words = words
        self._values: list[Value] = []
        self.setItemDelegate(QStyledItemDelegate(self))  # the style sheet reaches the list only through this one
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        rename(self, name)
        self.view().setAccessibleName(name)
        for value in values:
            self._add(value)
        self.activated.connect(lambda place: self.chosen.emit(self._values[place]))

    def show_choice(self, value: Value) -> None:
        """Also one that is not among those offered, as it was chosen elsewhere."""
        if value not in self._values:
            self._add(value)
        self.setCurrentIndex(self._values.index(value))

    @property
    def choice(self) -> Value:
        return self._values[self.currentIndex()]

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        icon = self._theme.icon("chevron-down", "muted" if self.isEnabled() else "faint", ARROW_PX)
        left = (
            SPACE_S if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else self.width() - ARROW_PX - SPACE_S
        )
        icon.paint(painter, left, (self.height() - ARROW_PX) // 2, ARROW_PX, ARROW_PX)

    def _add(self, value: Value) -> None:
        self._values.append(value)
        self.addItem(self._words(value))


class Work(QWidget):
    """How far something long is, and the way to stop it."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.sentence = label("", "small")
        self.stop_button = button(tr("Stop"), "outline", self.stopped.emit)
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_XS, 0, 0)
        column.setSpacing(SPACE_XS)
        column.addWidget(self._bar)
        column.addLayout(row)
        self.hide()

    def begin(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self._bar.setRange(0, 0)
        self.show()

    def show_progress(self, progress: Progress, seconds_left: float | None) -> None:
        """As in: 1.2 GB of 1.6 GB, about 3 min left."""
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * progress.done_bytes / max(progress.total_bytes, 1)))
        done, total = i18n.size(progress.done_bytes), i18n.size(progress.total_bytes)
        parts = [tr("{done} of {whole}", done=done, whole=total)]
        if seconds_left is not None:
            parts.append(tr("about {time} left", time=i18n.duration(seconds_left)))
        self.sentence.setText(tr(", ").join(parts))


class Setting(QWidget):
    """One thing that can be chosen or done: its name, what it means, and the controls at the trailing side."""

    def __init__(self, name: str, more: str = "", *controls: QWidget) -> None:
        super().__init__()
        self.rule = rule()
        self._name = label(name, wrap=True)
        self._more = label(more, "small", wrap=True)
        self._warning: QLabel | None = None  # few have one
        self.controls = QHBoxLayout()
        self.controls.setSpacing(SPACE_S)
        for control in controls:
            self.controls.addWidget(control)
        self.below = QVBoxLayout()
        self.below.setContentsMargins(0, 0, 0, 0)
        self._said = QVBoxLayout()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()
        self.tell(more)

    def tell(self, more: str) -> None:
        self._more.setText(more)
        self._more.setVisible(bool(more))

    def warn(self, sentence: str) -> None:
        if sentence and self._warning is None:
            self._warning = self._say(label("", "warning", wrap=True))
        if self._warning:
            self._warning.setText(sentence)
            self._warning.setVisible(bool(sentence))

    @property
    def words(self) -> str:
        """All that is said of it."""
        return " ".join(each.text() for each in (self._name, self._more, self._warning) if each)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The controls go below the words where there is little room beside them."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW_PX
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if direction is not self._row.direction():
            self._row.setDirection(direction)
            self._row.setSpacing(SPACE_S if narrow else SPACE_L)
            side = Qt.AlignmentFlag.AlignLeading if narrow else Qt.AlignmentFlag.AlignVCenter
            self._row.setAlignment(self.controls, side)

    def _say(self, words: QLabel) -> QLabel:
        words.setMinimumWidth(1)  # narrower than its longest word, rather than the page wider than the window
        self._said.addWidget(words)
        return words

    def _lay_out(self) -> None:
        self._said.setSpacing(2)
        self._say(self._name)
        self._say(self._more)
        self._row.setSpacing(SPACE_L)
        self._row.addLayout(self._said, 1)
        self._row.addLayout(self.controls)
        self._row.setAlignment(self.controls, Qt.AlignmentFlag.AlignVCenter)
        inside = QVBoxLayout()
        inside.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        inside.setSpacing(SPACE_XS)
        inside.addLayout(self._row)
        inside.addLayout(self.below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.rule)
        whole.addLayout(inside)


class Section(QWidget):
    """A heading, a card of settings, and a place for what came of the last thing done here."""

    def __init__(self, title: str, intro: str = "") -> None:
        super().__init__()
        self.title = title
        self._intro = intro
        self._sought: list[str] = []
        self.settings: list[Setting] = []
        self.outcome = label("", "small", wrap=True)
        self.outcome.hide()
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        card = frame("card")
        card.setLayout(self._rows)
        heading = label(title, "strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        column.addWidget(heading)
        if intro:
            column.addWidget(label(intro, "small", wrap=True))
        column.addWidget(card)
        column.addWidget(self.outcome)

    def place(self, *settings: Setting) -> None:
        """Shows these settings, in this order; one that was here before and is not among them is let go."""
        for gone in [each for each in self.settings if each not in settings]:
            self._rows.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for number, setting in enumerate(settings):
            if self._rows.indexOf(setting) != number:
                self._rows.insertWidget(number, setting)
        self.settings = list(settings)
        self._narrow()

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """What came of the last thing done here; nothing for an empty sentence."""
        self.outcome.setProperty("look", "warning" if trouble else "small")
        self.outcome.style().unpolish(self.outcome)
        self.outcome.style().polish(self.outcome)
        self.outcome.setText(sentence)
        self.outcome.setVisible(bool(sentence))

    def show_only(self, sought: Sequence[str]) -> bool:
        """Shows the settings that all these normalised words are said of, or all where they name the section."""
        self._sought = list(sought)
        return self._narrow()

    def _narrow(self) -> bool:
        named = holds(f"{self.title} {self._intro}", self._sought)
        found = [each for each in self.settings if named or holds(f"{self.title} {each.words}", self._sought)]
        for each in self.settings:
            each.setVisible(each in found)
            each.rule.setVisible(each in found[1:])
        self.setVisible(bool(found))
        return bool(found)


def holds(text: str, sought: Sequence[str]) -> bool:
    """Whether each of the normalised words is in the text, or begins a word of it."""
    said = " " + language.normalise(text)
    return all(f" {word}" in said for word in sought)


def breakable(path: str) -> str:
    """A path that reads from left to right wherever it stands, and breaks between its folders where it is long."""
    return f"\u2066{path.replace(os.sep, os.sep + chr(0x200B))}\u2069"
