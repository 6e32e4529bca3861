"""The folders that are watched: whether they are there, how many photos are in each, adding and removing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from PySide6.QtCore import Signal

from desktop_app.i18n import plural, tr
from desktop_app.paths import shortened
from desktop_app.theme import Theme
from desktop_app.views.pieces import button, rename
from desktop_app.views.settings.pieces import Section, Setting, breakable
from indexer.library.types import Folder, FolderId, FolderState


class FoldersSection(Section):
    """A line for each folder, and the way to add one."""

    adding_asked = Signal()
    removal_asked = Signal(object)  # Folder

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Folders"))
        self._folders: dict[FolderId, Setting] = {}
        self.add_button = button(tr("Add folder…"), "outline", self.adding_asked.emit)
        theme.dress(self.add_button, "folder-plus")
        self._adding = Setting(
            tr("Another folder"),
            tr("Photos in it and in the folders below it are shown and described."),
            self.add_button,
        )
        self.place(self._adding)

    def show_folders(self, folders: Sequence[Folder], silent: Collection[str]) -> None:
        """`silent`: the paths of those that are looked at from time to time."""
        self._folders = {folder.id: self._folders.get(folder.id) or self._row(folder) for folder in folders}
        for folder in folders:
            sentence = tr("{state} · {photos}", state=state_of(folder, silent), photos=photos_of(folder))
            self._folders[folder.id].tell(f"{breakable(shortened(folder.path))}\n{sentence}")
        self.place(*self._folders.values(), self._adding)

    def _row(self, folder: Folder) -> Setting:
        name = PurePath(folder.path).name or folder.path
        remove = button(tr("Remove…"), "outline", lambda: self.removal_asked.emit(folder))
        rename(remove, tr("Remove {folder} from Tintype", folder=name))
        return Setting(name, "", remove)


def state_of(folder: Folder, silent: Collection[str]) -> str:
    if folder.state is FolderState.OFFLINE:
        return tr("Not connected: its photos are kept until it is back")
    return tr("Looked at from time to time") if folder.path in silent else tr("Watched for changes")


def photos_of(folder: Folder) -> str:
    return plural("{count} photo", "{count} photos", folder.photos)
