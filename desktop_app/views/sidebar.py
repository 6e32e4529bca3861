"""The sidebar: where to look, and the folders the person chose."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app import i18n
from desktop_app.i18n import tr
from desktop_app.models.sidebar import Entry, Role, Scope, SidebarList, same
from desktop_app.theme import ICON_PX, RADIUS_M, SMALL, SPACE_M, SPACE_S, SPACE_XS, Theme
from desktop_app.views.pieces import button, frame, rename
from indexer.library.types import Folder, FolderState

LINE_PX = 32
HEADING_PX = 36


class SidebarDelegate(QStyledItemDelegate):
    """Paints an entry: icon, name, count; a heading as small muted words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(  # noqa: N802
        self, _: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        heading = index.data(Role.ENTRY).scope is None
        return QSize(0, max(HEADING_PX if heading else LINE_PX, QFontMetrics(self._theme.font()).height() + SPACE_S))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(Role.ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(SPACE_S, 1, -SPACE_S, -1)
        if entry.scope is None:
            self._paint_heading(painter, option, area.adjusted(SPACE_S, 0, -SPACE_S, -SPACE_XS), entry)
        else:
            self._paint_entry(painter, option, area, entry)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, entry: Entry) -> None:
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(SMALL, bold=True))
        painter.drawText(area, _leading(option) | Qt.AlignmentFlag.AlignBottom, entry.label)

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, entry: Entry) -> None:
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        self._paint_ground(painter, option, area, selected=selected)
        ink = "on_accent_ground" if selected else "muted" if entry.offline else "text"
        inner = area.adjusted(SPACE_S, 0, -SPACE_S, 0)

        icon = QRect(inner.topLeft() + QPoint(0, (inner.height() - ICON_PX) // 2), QSize(ICON_PX, ICON_PX))
        icon_role = "on_accent_ground" if selected else "muted"
        self._theme.icon(entry.icon, icon_role).paint(painter, QStyle.visualRect(option.direction, inner, icon))

        count = "" if entry.count is None else i18n.number(entry.count)
        painter.setFont(self._theme.font(SMALL))
        count_px = painter.fontMetrics().horizontalAdvance(count)
        painter.setPen(self._theme.colour("on_accent_ground" if selected else "muted"))
        painter.drawText(inner, _trailing(option) | Qt.AlignmentFlag.AlignVCenter, count)

        painter.setFont(self._theme.font(bold=selected))
        painter.setPen(self._theme.colour(ink))
        name = inner.adjusted(ICON_PX + SPACE_M, 0, -count_px - SPACE_S, 0)
        text = painter.fontMetrics().elidedText(entry.label, Qt.TextElideMode.ElideMiddle, name.width())
        name = QStyle.visualRect(option.direction, inner, name)
        painter.drawText(name, _leading(option) | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, *, selected: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if selected:
            painter.setBrush(self._theme.colour("accent_ground"))
            painter.drawRoundedRect(area, RADIUS_M, RADIUS_M)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(self._theme.colour("hover"))
            painter.drawRoundedRect(area, RADIUS_M, RADIUS_M)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.colour("accent"))
            painter.drawRoundedRect(area, RADIUS_M, RADIUS_M)


def _leading(option: QStyleOptionViewItem) -> Qt.AlignmentFlag:
    return QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft)


def _trailing(option: QStyleOptionViewItem) -> Qt.AlignmentFlag:
    return QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignRight)


class Sidebar(QWidget):
    """Tells what was chosen; keeps the choice while counts change under it."""

    scope_chosen = Signal(object)  # Scope
    adding_asked = Signal()
    removal_asked = Signal(object)  # Folder
    folder_opened = Signal(object)  # Folder, to be shown by the system

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._entries = SidebarList()
        self._chosen = Scope()
        self.list = self._made_list(theme)
        add = button(tr("Add folder…"), "outline", self.adding_asked.emit)
        theme.dress(add, "folder-plus")
        rename(add, tr("Add a folder of photos"))
        panel = frame("panel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, SPACE_S, 0, SPACE_M)
        column.addWidget(self.list)
        row = QVBoxLayout()
        row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, 0)
        row.addWidget(add)
        column.addLayout(row)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(panel)

    @property
    def scope(self) -> Scope:
        return self._chosen

    def show_entries(self, lines: Sequence[Entry]) -> None:
        """Shows new counts and folders; the chosen entry stays chosen, or is all photos if it is gone."""
        self._entries.show(lines)
        if not self.list.currentIndex().isValid():  # they are new
            self.list.setCurrentIndex(self._entries.place_of(self._chosen))

    def choose(self, scope: Scope) -> None:
        self.list.setCurrentIndex(self._entries.place_of(scope))

    def _made_list(self, theme: Theme) -> QListView:
        made = QListView()
        made.setModel(self._entries)
        made.setItemDelegate(SidebarDelegate(theme))
        made.itemDelegate().setParent(made)
        made.setMouseTracking(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.viewport().setAutoFillBackground(False)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(self._open_menu)
        made.setAccessibleName(tr("Where to look"))
        made.setCurrentIndex(self._entries.index(0))
        made.selectionModel().currentChanged.connect(self._choose)
        return made

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(Role.ENTRY)
        if entry and not same(entry.scope, self._chosen):
            self._chosen = entry.scope
            self.scope_chosen.emit(entry.scope)

    def _open_menu(self, where: QPoint) -> None:
        entry = self.list.indexAt(where).data(Role.ENTRY)
        if entry and entry.scope and entry.scope.folder:
            self.menu_of(entry.scope.folder).popup(self.list.viewport().mapToGlobal(where))

    def menu_of(self, folder: Folder) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if folder.state is FolderState.PRESENT:
            menu.addAction(tr("Open the folder"), lambda: self.folder_opened.emit(folder))
        menu.addAction(tr("Remove from Tintype…"), lambda: self.removal_asked.emit(folder))
        return menu
