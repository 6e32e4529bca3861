"""The bar at the top: the panels on either side, the search in the middle, the zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from desktop_app.i18n import tr
from desktop_app.theme import SPACE_M, SPACE_S, Theme
from desktop_app.views.grid import LARGEST_PX, SMALLEST_PX, USUAL_PX
from desktop_app.views.pieces import frame, icon_button, rename, rule
from desktop_app.views.search_box import SearchBox

SEARCH_PX = 520
ZOOM_PX = 110


class TopBar(QWidget):
    """Two panel switches, the search box, the zoom slider and the way to the settings."""

    settings_asked = Signal()
    zoomed = Signal(int)  # the side of a cell, in pixels

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.sidebar_switch = self._switch(theme, "panel-left", tr("Show or hide the sidebar"))
        self.chat_switch = self._switch(theme, "message-circle", tr("Show or hide the chat"))
        self.search = SearchBox(theme, tr("Search your photos"))
        self.search.setMaximumWidth(SEARCH_PX)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(SMALLEST_PX, LARGEST_PX)
        self.slider.setValue(USUAL_PX)
        self.slider.setFixedWidth(ZOOM_PX)
        rename(self.slider, tr("Size of the photos"))
        self.slider.valueChanged.connect(self.zoomed)
        self.settings_button = icon_button(theme, "settings", tr("Settings"), self.settings_asked.emit)
        panel = frame("bar")
        row = QHBoxLayout(panel)
        row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        row.setSpacing(SPACE_M)
        row.addWidget(self.sidebar_switch)
        row.addStretch(1)
        row.addWidget(self.search, 6)
        row.addStretch(1)
        row.addWidget(self.slider)
        row.addWidget(self.settings_button)
        row.addWidget(self.chat_switch)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(panel)
        whole.addWidget(rule())

    def _switch(self, theme: Theme, icon: str, name: str) -> QToolButton:
        made = icon_button(theme, icon, name)
        made.setCheckable(True)
        made.setChecked(True)
        return made
