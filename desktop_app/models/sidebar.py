"""The sidebar's entries: every photo, the kinds there are, the folders and whether they are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from desktop_app.i18n import plural, tr
from desktop_app.models.kinds import ICONS, names_of
from indexer.library.types import Folder, FolderState, Kind

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Scope:
    """Which photos the grid shows before any search: all, those of one kind, or those in one folder."""

    kind: Kind | None = None
    folder: Folder | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar. `scope` is None for a heading."""

    label: str
    icon: str = ""
    count: int | None = None
    scope: Scope | None = None
    offline: bool = False

    @property
    def spoken(self) -> str:
        """The entry in words, for a screen reader."""
        parts = [self.label]
        if self.count is not None:
            parts.append(plural("{count} photo", "{count} photos", self.count))
        if self.offline:
            parts.append(tr("not connected"))
        return ", ".join(parts)


class Role(IntEnum):
    """What the list answers beside Qt's own roles."""

    ENTRY = Qt.ItemDataRole.UserRole


def entries(photos: int, kinds: Mapping[Kind, int], folders: Sequence[Folder]) -> list[Entry]:
    """The lines in their order; kinds without photos are left out."""
    lines = [Entry(tr("All photos"), "images", photos, Scope())]
    found = [kind for kind in Kind if kind is not Kind.UNKNOWN and kinds.get(kind)]
    if found:
        lines.append(Entry(tr("Kinds")))
        lines += [Entry(names_of(kind), ICONS[kind], kinds[kind], Scope(kind=kind)) for kind in found]
    if folders:
        lines.append(Entry(tr("Folders")))
        lines += [folder_entry(folder) for folder in folders]
    return lines


def folder_entry(folder: Folder) -> Entry:
    offline = folder.state is FolderState.OFFLINE
    label = PurePath(folder.path).name or folder.path
    return Entry(label, "unplug" if offline else "folder", folder.photos, Scope(folder=folder), offline)


class SidebarList(QAbstractListModel):
    """The entries as a list; headings cannot be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = entries(0, {}, ())

    def show(self, lines: Sequence[Entry]) -> None:
        if list(lines) == self._entries:
            return
        self.beginResetModel()
        self._entries = list(lines)
        self.endResetModel()

    def place_of(self, scope: Scope) -> QModelIndex:
        """Where an entry of this scope is: folders by id, since their counts change."""
        for place, entry in enumerate(self._entries):
            if entry.scope is not None and same(entry.scope, scope):
                return self.index(place)
        return self.index(0)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.scope.folder.path if entry.scope and entry.scope.folder else None
        return entry if role == Role.ENTRY else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._entries[index.row()].scope is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def same(one: Scope, other: Scope) -> bool:
    folders = (one.folder and one.folder.id, other.folder and other.folder.id)
    return one.kind == other.kind and folders[0] == folders[1]
