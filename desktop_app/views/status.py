"""The quiet line at the foot of the window: what indexing does, how long it takes, and what it could not do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from desktop_app import i18n
from desktop_app.i18n import plural, tr
from desktop_app.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme
from desktop_app.views.flow import clear
from desktop_app.views.pieces import button, frame, label, rename, rule, small_icon_button
from indexer.library.types import Failure, Stage
from indexer.progress import Progress, State
from indexer.rest import Reason

BAR_PX = 120
FAILURES_PX = 180


def sentence_of(progress: Progress) -> str:
    """As in: Reading text, 14 of 40, about 2 min left. What keeps it from working comes first."""
    if progress.trouble:
        return progress.trouble
    if progress.state is State.SCANNING:
        return tr("Looking through your folders…")
    if progress.state is State.IDLE:
        return progress.unwatched or tr("Everything is up to date")
    parts = [_doing(progress)]
    if progress.left:
        whole = i18n.number(progress.done + progress.left)
        parts.append(tr("{done} of {whole}", done=i18n.number(progress.done), whole=whole))
    if progress.seconds_left is not None and progress.state is State.WORKING:
        parts.append(tr("about {time} left", time=i18n.duration(progress.seconds_left)))
    return tr(", ").join(parts)


def _doing(progress: Progress) -> str:
    if progress.state is State.PAUSED:
        return tr("Paused")
    if progress.resting:
        return {
            Reason.BATTERY: tr("Waiting for the charger"),
            Reason.HEAT: tr("Waiting for the machine to cool down"),
            Reason.BUSY: tr("Waiting until the machine is less busy"),
            Reason.HOURS: tr("Waiting for the hours you chose"),
        }[progress.resting]
    if progress.preparing:
        return tr("Getting the model ready, which takes a few minutes the first time")
    stages = {
        None: tr("Working"),
        Stage.FACTS: tr("Adding photos"),
        Stage.READ: tr("Reading text"),
        Stage.LOOK: tr("Looking at photos"),
        Stage.CLOSE: tr("Looking closely"),
        Stage.WRITE: tr("Writing beside the photos"),
    }
    return stages[progress.stage]


class StatusLine(QWidget):
    """Progress, one button to pause and go on, and the way to what failed."""

    pause_asked = Signal()
    resume_asked = Signal()
    failures_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._paused = False
        self.sentence = label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(BAR_PX)
        self._bar.hide()
        self.pause_button = small_icon_button(theme, "pause", tr("Pause"), self._switch)
        self.pause_button.hide()
        self.failures_button = button("", "small", self.failures_asked.emit)
        theme.dress(self.failures_button, "triangle-alert", "warning", 14)
        self.failures_button.hide()
        self._lay_out()

    def show_progress(self, progress: Progress) -> None:
        self._paused = progress.state is State.PAUSED
        self.sentence.setText(sentence_of(progress))
        self._bar.setVisible(progress.left > 0)
        self._bar.setMaximum(progress.done + progress.left)
        self._bar.setValue(progress.done)
        name = tr("Go on") if self._paused else tr("Pause")
        rename(self.pause_button, name)
        self._theme.dress(self.pause_button, "play" if self._paused else "pause", "text", 14)
        self.pause_button.show()

    def show_failed(self, count: int) -> None:
        self.failures_button.setText(plural("{count} file not read", "{count} files not read", count))
        self.failures_button.setVisible(count > 0)

    def show_photos(self, count: int) -> None:
        """Stands there until the indexer tells what it does."""
        if not self.sentence.text():
            self.sentence.setText(plural("{count} photo", "{count} photos", count))

    def show_sentence(self, sentence: str) -> None:
        self.sentence.setText(sentence)

    def _switch(self) -> None:
        (self.resume_asked if self._paused else self.pause_asked).emit()

    def _lay_out(self) -> None:
        panel = frame("bar")
        row = QHBoxLayout(panel)
        row.setContentsMargins(SPACE_L, SPACE_XS, SPACE_L, SPACE_XS)
        row.setSpacing(SPACE_M)
        row.addWidget(self._bar)
        row.addWidget(self.sentence)
        row.addStretch(1)
        row.addWidget(self.failures_button)
        row.addWidget(self.pause_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(rule())
        whole.addWidget(panel)


class FailuresPanel(QWidget):
    """Every file that could not be taken in, each with the reason."""

    closed = Signal()
    retry_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._column = QVBoxLayout()
        self._column.setContentsMargins(SPACE_L, 0, SPACE_L, SPACE_M)
        self._column.setSpacing(SPACE_S)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, 0)
        head.addWidget(label(tr("What could not be read"), "heading"), 1)
        head.addWidget(button(tr("Try again"), "small", self.retry_asked.emit))
        head.addWidget(small_icon_button(theme, "x", tr("Close"), self.closed.emit))
        area = QScrollArea()
        area.setWidgetResizable(True)
        inside = QWidget()
        inside.setLayout(self._column)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(rule())
        whole.addLayout(head)
        whole.addWidget(area)
        self.setFixedHeight(FAILURES_PX)

    def show_failures(self, failures: Sequence[Failure]) -> None:
        clear(self._column)
        for failure in failures:
            line = QWidget()
            column = QVBoxLayout(line)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            name = label(Path(failure.path).name)
            name.setToolTip(failure.path)
            column.addWidget(name)
            column.addWidget(label(failure.reason, "small", wrap=True))
            self._column.addWidget(line)
