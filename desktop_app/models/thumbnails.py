"""Thumbnails in memory, bounded; the last asked for is loaded first, because that is what is on the screen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop_app.background import Background
from indexer.library.types import PhotoId

KEPT_BYTES = 192 * 2**20
LOADING_AT_ONCE = 2
WAITING_AT_MOST = 400  # older wishes have been scrolled past


class Thumbnails(QObject):
    """Loads thumbnail files off the GUI thread. `find` is called there too and tells where a photo's file is."""

    loaded = Signal(int)  # PhotoId

    def __init__(self, background: Background, find: Callable[[PhotoId], Path | None]) -> None:
        super().__init__()
        self._background = background
        self._find = find
        self._kept: OrderedDict[PhotoId, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: OrderedDict[PhotoId, None] = OrderedDict()
        self._loading: set[PhotoId] = set()
        self._missing: set[PhotoId] = set()

    def get(self, photo: PhotoId) -> QPixmap | None:
        """The thumbnail if it is here; otherwise it is sent for, and `loaded` tells when it is."""
        if photo in self._kept:
            self._kept.move_to_end(photo)
            return self._kept[photo]
        if photo not in self._loading and photo not in self._missing:
            self._waiting[photo] = None
            self._waiting.move_to_end(photo)
            if len(self._waiting) > WAITING_AT_MOST:
                self._waiting.popitem(last=False)
            self._load()
        return None

    def look_again(self) -> None:
        """Asks again for those that had no file: indexing may have made it."""
        self._missing.clear()

    def _load(self) -> None:
        while self._waiting and len(self._loading) < LOADING_AT_ONCE:
            photo, _ = self._waiting.popitem()
            self._loading.add(photo)
            self._background.run(
                lambda photo=photo: self._read(photo),  # type: ignore[misc]
                lambda image, photo=photo: self._keep(photo, image),  # type: ignore[misc]
                lambda _, photo=photo: self._keep(photo, QImage()),  # type: ignore[misc]
            )

    def _read(self, photo: PhotoId) -> QImage:
        path = self._find(photo)
        return QImage(str(path)) if path and path.exists() else QImage()

    def _keep(self, photo: PhotoId, image: QImage) -> None:
        self._loading.discard(photo)
        if image.isNull():
            self._missing.add(photo)
        else:
            self._kept[photo] = QPixmap.fromImage(image)
            self._kept_bytes += image.sizeInBytes()
            while self._kept_bytes > KEPT_BYTES:
                _, old = self._kept.popitem(last=False)
                self._kept_bytes -= old.width() * old.height() * old.depth() // 8
            self.loaded.emit(photo)
        self._load()
