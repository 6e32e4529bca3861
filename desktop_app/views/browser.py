"""The middle of the window: what is shown and how many, over the grid or over the reason why it is empty."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.i18n import plural, tr
from desktop_app.models.photos import PhotoList
from desktop_app.shelf import Found
from desktop_app.theme import SPACE_L, SPACE_M, SPACE_S, Theme
from desktop_app.views.chips import Chips
from desktop_app.views.empty import EmptyState
from desktop_app.views.grid import PhotoGrid
from desktop_app.views.pieces import frame, label

PATIENCE_MS = 300  # what is quicker than this shows no loading state


class Browser(QWidget):
    """The grid with its heading, the chips of a search, and the states that stand in for the grid."""

    chip_removed = Signal(object)  # Chip

    def __init__(self, theme: Theme, photos: PhotoList, *, add_folder: Callable[[], object]) -> None:
        super().__init__()
        self._photos = photos
        self.grid = PhotoGrid(theme, photos)
        self.chips = Chips(theme)
        self.chips.removed.connect(self.chip_removed)
        self._title = label("", "title")
        self._count = label("", "muted")
        self.no_folder = EmptyState(
            theme,
            "images",
            tr("Choose a folder of photos to begin"),
            tr("Tintype looks at them on this machine. Nothing is changed, and nothing leaves it."),
            (tr("Choose a folder…"), add_folder),
        )
        self.no_photos = EmptyState(
            theme, "folder", tr("No photos here yet"), tr("As soon as there are some in this folder, they appear here.")
        )
        self.no_result = EmptyState(
            theme, "search", tr("Nothing found"), tr("Try other words, or take away a part of the search.")
        )
        self.loading = EmptyState(theme, "images", tr("One moment…"), tr("Your photos are being opened."))
        self._stack = QStackedWidget()
        for state in (self.grid, self.no_folder, self.no_photos, self.no_result, self.loading):
            self._stack.addWidget(state)
        self._impatience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._impatience.timeout.connect(lambda: self._stack.setCurrentWidget(self.loading))
        self._lay_out()

    def await_photos(self) -> None:
        """Something else will be shown; if that takes long, it is said."""
        self._impatience.start()

    def show_found(self, title: str, found: Found, *, searched: bool, has_folders: bool) -> None:
        self._impatience.stop()
        self._photos.show(found.photos, found.bursts)
        self._title.setText(title)
        self._count.setText(plural("{count} photo", "{count} photos", len(found.photos)))
        self.chips.show_chips(found.chips)
        self._heading.setVisible(has_folders)
        self._stack.setCurrentWidget(self._state(found, searched=searched, has_folders=has_folders))

    @property
    def state(self) -> QWidget | None:
        """The grid, or what stands in for it."""
        return self._stack.currentWidget()

    def _state(self, found: Found, *, searched: bool, has_folders: bool) -> QWidget:
        if found.photos:
            return self.grid
        if not has_folders:
            return self.no_folder
        return self.no_result if searched else self.no_photos

    def _lay_out(self) -> None:
        self._heading = QWidget()
        column = QVBoxLayout(self._heading)
        column.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_S)
        column.setSpacing(SPACE_S)
        line = QHBoxLayout()
        line.setSpacing(SPACE_M)
        line.addWidget(self._title)
        line.addWidget(self._count, 1)
        column.addLayout(line)
        column.addWidget(self.chips)
        self._heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        surface = frame("surface")
        inside = QVBoxLayout(surface)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self._heading)
        inside.addWidget(self._stack, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(surface)
