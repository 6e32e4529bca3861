"""The grid of photos: square crops that fill the width, in as many columns as the zoom asks for."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app import i18n
from desktop_app.i18n import tr
from desktop_app.models.kinds import ICONS
from desktop_app.models.photos import PhotoList, Role
from desktop_app.theme import RADIUS_M, SMALL, SPACE_M, SPACE_XS, Theme, tinted
from desktop_app.views.pieces import label
from indexer.library.types import Kind, PhotoId, PhotoRow

SMALLEST_PX, USUAL_PX, LARGEST_PX = 96, 160, 360  # the side of a cell
GAP_PX = SPACE_XS
BADGE_PX = 22
BADGE_ICON_PX = 14
SCRIM = QColor(0, 0, 0, 150)  # under the badge and the date: 4.5:1 for white on any photo
ON_SCRIM = QColor(255, 255, 255)
PILL_MS = 900

Index = QModelIndex | QPersistentModelIndex


class PhotoDelegate(QStyledItemDelegate):
    """Paints a photo: its crop, a badge for its kind or its text, how many shots of one moment it stands for, the date
    under the pointer, a ring when chosen.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _: Index) -> QSize:  # noqa: N802
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else QSize(USUAL_PX, USUAL_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        cell = QRectF(option.rect).adjusted(GAP_PX, GAP_PX, -GAP_PX, -GAP_PX)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._paint_picture(painter, cell, index.data(Role.THUMBNAIL))
        row = index.data(Role.ROW)
        if row:
            self._paint_badge(painter, cell, option, row)
            self._paint_frames(painter, cell, option, index.data(Role.FRAMES))
            if chosen or hovered:
                self._paint_date(painter, cell, row)
        if chosen or option.state & QStyle.StateFlag.State_HasFocus:
            self._paint_ring(painter, cell)
        painter.restore()

    def _paint_picture(self, painter: QPainter, cell: QRectF, picture: QPixmap | None) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(cell, RADIUS_M, RADIUS_M)
        painter.setClipPath(shape)
        if picture is None:
            painter.fillRect(cell, self._theme.colour("hover"))
        else:
            painter.drawPixmap(cell, picture, middle_square(picture))

    def _paint_badge(self, painter: QPainter, cell: QRectF, option: QStyleOptionViewItem, row: PhotoRow) -> None:
        icon = badge_of(row)
        if icon is not None:
            place = QRect(0, 0, BADGE_PX, BADGE_PX)
            place.moveTopRight(cell.toRect().topRight() + QPoint(-SPACE_XS, SPACE_XS))
            self._paint_pill(painter, QStyle.visualRect(option.direction, cell.toRect(), place), icon, option)

    def _paint_frames(self, painter: QPainter, cell: QRectF, option: QStyleOptionViewItem, frames: int) -> None:
        """In the other corner."""
        if frames > 1:
            painter.setFont(self._theme.font(SMALL))
            count = i18n.number(frames)
            width_px = BADGE_PX + painter.fontMetrics().horizontalAdvance(count) + SPACE_XS
            place = QRect(cell.toRect().topLeft() + QPoint(SPACE_XS, SPACE_XS), QSize(width_px, BADGE_PX))
            self._paint_pill(
                painter, QStyle.visualRect(option.direction, cell.toRect(), place), "images", option, count
            )

    @staticmethod
    def _paint_pill(painter: QPainter, area: QRect, icon: str, option: QStyleOptionViewItem, words: str = "") -> None:
        """An icon, and words after it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SCRIM)
        painter.drawRoundedRect(area, BADGE_PX / 2, BADGE_PX / 2)
        margin_px = (BADGE_PX - BADGE_ICON_PX) // 2
        spot = QRect(area.topLeft() + QPoint(margin_px, margin_px), QSize(BADGE_ICON_PX, BADGE_ICON_PX))
        painter.drawPixmap(
            QStyle.visualRect(option.direction, area, spot), tinted(icon, ON_SCRIM.name(), BADGE_ICON_PX, 2)
        )
        painter.setPen(ON_SCRIM)
        rest = area.adjusted(BADGE_PX - margin_px, 0, -margin_px, 0)
        painter.drawText(QStyle.visualRect(option.direction, area, rest), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_date(self, painter: QPainter, cell: QRectF, row: PhotoRow) -> None:
        if row.taken_at is None:
            return
        foot = QRectF(cell.left(), cell.bottom() - 28, cell.width(), 28)
        painter.fillRect(foot, SCRIM)
        painter.setFont(self._theme.font(SMALL))
        painter.setPen(ON_SCRIM)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, i18n.day(row.taken_at))

    def _paint_ring(self, painter: QPainter, cell: QRectF) -> None:
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("surface"), 2))
        painter.drawRoundedRect(cell.adjusted(2, 2, -2, -2), RADIUS_M - 2, RADIUS_M - 2)
        painter.setPen(QPen(self._theme.colour("accent"), 3))
        painter.drawRoundedRect(cell, RADIUS_M, RADIUS_M)


def badge_of(row: PhotoRow) -> str | None:
    """That it is a video; the icon of its kind; of a scene, which has none, that there is text in it."""
    if row.is_video:
        return "play"
    if row.kind not in (Kind.PHOTO, Kind.UNKNOWN):
        return ICONS[row.kind]
    return "scan-text" if row.has_text else None


def middle_square(picture: QPixmap) -> QRectF:
    """The largest square in the middle of a picture; of an upright one a little above it, where faces are."""
    side = min(picture.width(), picture.height())
    return QRectF((picture.width() - side) / 2, (picture.height() - side) / 3, side, side)


class PhotoGrid(QListView):
    """`opened` for Enter or a double click. Keeps its place when the photos change under it."""

    opened = Signal(int)  # PhotoId
    zoomed = Signal(int)  # the side of a cell that is asked for, in pixels

    def __init__(self, theme: Theme, photos: PhotoList) -> None:
        super().__init__()
        self._photos = photos
        self._cell_px = USUAL_PX
        self._before: tuple[PhotoId | None, int] = (None, 0)
        delegate = PhotoDelegate(theme)
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setModel(photos)
        self._behave()
        self._pill = label("", "pill")
        self._pill.setParent(self)
        self._pill.hide()
        self._pill_rest = QTimer(self, singleShot=True, interval=PILL_MS)
        self._pill_rest.timeout.connect(self._pill.hide)
        self.verticalScrollBar().valueChanged.connect(self._show_month)
        self.activated.connect(self._open)
        photos.modelAboutToBeReset.connect(self._remember)
        photos.modelReset.connect(self._return)

    def _behave(self) -> None:
        # List mode that wraps, because icon mode lays out 100,000 items half as fast.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setViewportMargins(SPACE_M, 0, SPACE_M, 0)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Photos"))
        self.verticalScrollBar().setSingleStep(self._cell_px // 3)

    def zoom(self, cell_px: int) -> None:
        cell_px = min(max(cell_px, SMALLEST_PX), LARGEST_PX)
        if cell_px != self._cell_px:
            self._cell_px = cell_px
            self._fill_width()
            self.zoomed.emit(cell_px)

    def zoom_by(self, steps: int) -> None:
        self.zoom(self._cell_px + steps * SPACE_XS * 6)

    def show_photo(self, photo: PhotoId) -> None:
        """Makes it the current one and brings it into sight."""
        index = self._photos.place_of(photo)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._fill_width()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def _fill_width(self) -> None:
        width = self.width() - self.verticalScrollBar().sizeHint().width() - 2 * SPACE_M - 1
        columns = max(1, width // self._cell_px)
        side = max(SMALLEST_PX // 2, width // columns)
        if self.gridSize() != QSize(side, side):
            self.setGridSize(QSize(side, side))
            self.verticalScrollBar().setSingleStep(side // 3)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(Role.ID))

    def _remember(self) -> None:
        current = self.currentIndex()
        self._before = (current.data(Role.ID) if current.isValid() else None, self.verticalScrollBar().value())

    def _return(self) -> None:
        photo, scrolled = self._before
        index = self._photos.place_of(photo) if photo is not None else QModelIndex()
        if index.isValid():
            self.setCurrentIndex(index)
        self.verticalScrollBar().setValue(scrolled if index.isValid() or photo is None else 0)
        self._pill.hide()

    def _show_month(self) -> None:
        first = self.indexAt(self.viewport().rect().center())
        row = first.data(Role.ROW) if first.isValid() else None
        if row is None or row.taken_at is None:
            return
        self._pill.setText(i18n.month(row.taken_at))
        self._pill.adjustSize()
        self._pill.move((self.viewport().width() - self._pill.width()) // 2, SPACE_M)
        self._pill.show()
        self._pill_rest.start()
