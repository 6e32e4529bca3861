"""A list of photos of any length: holds their ids and fetches, off the GUI thread, only the rows that are looked at.

The frames of a burst are one item of the list, which stands for all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from itertools import chain
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, QUrl

from desktop_app import i18n
from desktop_app.background import Background
from desktop_app.i18n import plural, tr
from desktop_app.models.kinds import name_of
from desktop_app.models.thumbnails import Thumbnails
from indexer.library.types import PhotoId, PhotoRow

BATCH = 128  # rows read at a time
BATCHES_KEPT = 64

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Role(IntEnum):
    """What the list answers beside Qt's own roles."""

    ID = Qt.ItemDataRole.UserRole  # PhotoId
    ROW = Qt.ItemDataRole.UserRole + 1  # PhotoRow, or None until it is fetched
    THUMBNAIL = Qt.ItemDataRole.UserRole + 2  # QPixmap, or None until it is loaded
    FRAMES = Qt.ItemDataRole.UserRole + 3  # how many photos the item stands for


class PhotoList(QAbstractListModel):
    """Photos in a given order. `read` is called off the GUI thread with the ids of one batch."""

    def __init__(
        self,
        background: Background,
        read: Callable[[Sequence[PhotoId]], Sequence[PhotoRow]],
        thumbnails: Thumbnails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._read = read
        self._thumbnails = thumbnails
        self._shown: tuple[Sequence[PhotoId], Mapping[PhotoId, int]] = ((), {})
        self._ids: list[PhotoId] = []  # of the items: of a burst, its first frame's
        self._all: list[PhotoId] = []
        self._places: dict[PhotoId, int] = {}  # of the item that stands for the photo
        self._steps: dict[PhotoId, int] = {}  # where the photo is among all
        self._frames: list[int] = []
        self._batches: OrderedDict[int, dict[PhotoId, PhotoRow]] = OrderedDict()
        self._wanted: set[int] = set()
        self._asked: set[int] = set()
        self._generation = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fetch)
        thumbnails.loaded.connect(self._redraw)

    def show(self, ids: Sequence[PhotoId], bursts: Mapping[PhotoId, int] | None = None) -> None:
        """Shows these photos, those of one burst as one; the rows of photos that stay where they are are read anew
        without a flicker.
        """
        self._generation += 1
        self._asked.clear()
        shown = tuple(ids), bursts or {}
        if shown == self._shown:
            self._wanted.update(self._batches)
            self._soon.start()
            return
        items = _items(*shown)
        self.beginResetModel()
        self._shown = shown
        self._ids = [frames[0] for frames in items]
        self._frames = [len(frames) for frames in items]
        self._all = list(chain.from_iterable(items))
        self._places = {photo: place for place, frames in enumerate(items) for photo in frames}
        self._steps = {photo: step for step, photo in enumerate(self._all)}
        self._batches.clear()
        self.endResetModel()

    @property
    def ids(self) -> Sequence[PhotoId]:
        """Every photo, the frames of a burst one after another."""
        return self._all

    def step_of(self, photo: PhotoId) -> int | None:
        """Where the photo is among `ids`; None where it is not."""
        return self._steps.get(photo)

    def place_of(self, photo: PhotoId) -> QModelIndex:
        """The item that stands for the photo, or an invalid index."""
        place = self._places.get(photo)
        return QModelIndex() if place is None else self.index(place)

    # ---- what Qt asks

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        photo = self._ids[index.row()]
        if role == Role.ID:
            return photo
        if role == Role.THUMBNAIL:
            return self._thumbnails.get(photo)
        if role == Role.FRAMES:
            return self._frames[index.row()]
        row = self._row(index.row())
        if role == Role.ROW:
            return row
        if row and role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return describe(row, self._frames[index.row()])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags

    def mimeTypes(self) -> list[str]:  # noqa: N802
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        rows = (self._row(index.row()) for index in indexes)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(row.path) for row in rows if row])
        return mime

    # ---- fetching

    def _row(self, place: int) -> PhotoRow | None:
        batch = place // BATCH
        rows = self._batches.get(batch)
        if rows is None:
            self._wanted.add(batch)
            self._soon.start()
            return None
        self._batches.move_to_end(batch)
        return rows.get(self._ids[place])

    def _fetch(self) -> None:
        generation = self._generation
        for batch in self._wanted - self._asked:
            self._asked.add(batch)
            ids = self._ids[batch * BATCH : (batch + 1) * BATCH]
            self._background.run(
                lambda ids=ids: self._read(ids),  # type: ignore[misc]
                lambda rows, batch=batch: self._keep(generation, batch, rows),  # type: ignore[misc]
            )
        self._wanted.clear()

    def _keep(self, generation: int, batch: int, rows: Sequence[PhotoRow]) -> None:
        if generation != self._generation:
            return
        self._asked.discard(batch)
        self._batches[batch] = {row.id: row for row in rows}
        while len(self._batches) > BATCHES_KEPT:
            self._batches.popitem(last=False)
        first, last = batch * BATCH, min((batch + 1) * BATCH, len(self._ids)) - 1
        self.dataChanged.emit(self.index(first), self.index(last))

    def _redraw(self, photo: PhotoId) -> None:
        index = self.place_of(photo)
        if index.isValid():
            self.dataChanged.emit(index, index, [Role.THUMBNAIL])


def _items(ids: Sequence[PhotoId], bursts: Mapping[PhotoId, int]) -> list[list[PhotoId]]:
    """What each item stands for; a burst is where its first frame is."""
    if not bursts:
        return [[photo] for photo in ids]
    items: dict[int, list[PhotoId]] = {}
    for photo in ids:
        items.setdefault(bursts.get(photo, photo), []).append(photo)  # a burst's number is a frame's id
    return list(items.values())


def describe(row: PhotoRow, frames: int = 1) -> str:
    """An item in words, for a screen reader and a tooltip."""
    parts = [tr("Video")] if row.is_video else [name_of(row.kind)]
    if frames > 1:
        parts.append(plural("{count} shot of one moment", "{count} shots of one moment", frames))
    if row.taken_at:
        parts.append(i18n.moment(row.taken_at))
    if row.has_text:
        parts.append(tr("text found"))
    return " · ".join(parts)
