"""The page of settings: a search over all of them, section under section."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.i18n import tr
from desktop_app.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, Theme
from desktop_app.views.flow import FlowLayout
from desktop_app.views.pieces import button, frame, icon_button, label
from desktop_app.views.search_box import SearchBox
from desktop_app.views.settings.describing import DescribingSection, LanguagesSection, WritingSection
from desktop_app.views.settings.folders import FoldersSection
from desktop_app.views.settings.keeping import PrivacySection, StorageSection
from desktop_app.views.settings.models import ModelsSection
from desktop_app.views.settings.pieces import Section
from desktop_app.views.settings.resting import RestingSection
from indexer import language

WIDTH_PX = 680
SEARCH_PX = 240


class SettingsPage(QWidget):
    """Lays the sections out and narrows them to what is searched; Escape and the arrow lead back."""

    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.folders = FoldersSection(theme)
        self.models = ModelsSection(theme)
        self.describing = DescribingSection(theme)
        self.languages = LanguagesSection(theme)
        self.resting = RestingSection(theme)
        self.writing = WritingSection(theme)
        self.storage = StorageSection()
        self.privacy = PrivacySection()
        self.sections: tuple[Section, ...] = (
            self.folders,
            self.models,
            self.describing,
            self.languages,
            self.resting,
            self.writing,
            self.storage,
            self.privacy,
        )
        self.search = SearchBox(theme, tr("Search the settings"))
        self.search.searched.connect(self._narrow)
        self.nothing = label(tr("Nothing found"), "muted")
        self.nothing.hide()
        self._held: tuple[Section, QWidget | None] | None = None  # at the top, and what has the focus meanwhile
        self._area = QScrollArea()
        self._area.verticalScrollBar().rangeChanged.connect(self._hold)
        self._area.verticalScrollBar().actionTriggered.connect(self._let_go)
        self._lay_out(theme)
        self.setFocusProxy(self.search.line)

    def show_section(self, section: Section) -> None:
        """Scrolls so that it begins at the top, and goes to its first control.

        There it stays while other sections fill, until the person scrolls or goes elsewhere.
        """
        self.search.line.clear()
        first = next((each for each in section.findChildren(QWidget) if can_be_reached(each)), None)
        if first:
            first.setFocus()
        self._held = section, self.focusWidget()
        QTimer.singleShot(0, self, self._hold)  # once all is laid out

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _hold(self) -> None:
        if self._held and self._held[1] is self.focusWidget():
            self._area.verticalScrollBar().setValue(self._held[0].y() - SPACE_M)

    def _let_go(self) -> None:
        self._held = None

    def _narrow(self, text: str) -> None:
        self._let_go()
        sought = language.normalise(text).split()
        found = [section.show_only(sought) for section in self.sections]
        self.nothing.setVisible(not any(found))
        self._area.verticalScrollBar().setValue(0)

    def _lay_out(self, theme: Theme) -> None:
        surface = frame("surface")
        column = QVBoxLayout(surface)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._heading(theme))
        self._fill_area()
        column.addWidget(self._area, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(surface)

    def _heading(self, theme: Theme) -> QHBoxLayout:
        self.back = icon_button(theme, "arrow-left", tr("Back to the photos"), self.closed.emit)
        self.search.setMaximumWidth(SEARCH_PX)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_M, SPACE_M, SPACE_L, SPACE_S)
        row.setSpacing(SPACE_S)
        row.addWidget(self.back)
        row.addWidget(label(tr("Settings"), "title"), 1)
        row.addWidget(self.search, 1)
        return row

    def _fill_area(self) -> None:
        inside = QWidget()
        inside.setMaximumWidth(WIDTH_PX)
        sections = QVBoxLayout(inside)
        sections.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_XL)
        sections.setSpacing(SPACE_XL)
        sections.addLayout(self._shortcuts())
        sections.addWidget(self.nothing)
        for section in self.sections:
            sections.addWidget(section)
        sections.addStretch(1)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._area.setWidget(inside)

    def _shortcuts(self) -> FlowLayout:
        """A way to each section."""
        flow = FlowLayout(gap=SPACE_XS)
        for section in self.sections:
            flow.addWidget(button(section.title, "shortcut", lambda section=section: self.show_section(section)))  # type: ignore[misc]
        return flow


def can_be_reached(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and not widget.isHidden()
