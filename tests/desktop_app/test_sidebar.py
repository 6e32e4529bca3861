from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop_app.models.sidebar import Role, Scope, SidebarList, entries
from desktop_app.theme import Theme
from desktop_app.views.sidebar import Sidebar
from indexer.library.types import Folder, FolderId, FolderState, Kind

HOME = Folder(FolderId(1), "/photos/Home", FolderState.PRESENT, 12)
DRIVE = Folder(FolderId(2), "/media/drive/Old", FolderState.OFFLINE, 30)


def labels(lines: list[object]) -> list[str]:
    return [line.label for line in lines]


def test_kinds_without_photos_and_empty_sections_are_left_out() -> None:
    assert labels(entries(0, {}, ())) == ["All photos"]
    assert labels(entries(5, {Kind.SIGN: 2, Kind.UNKNOWN: 3}, ())) == ["All photos", "Kinds", "Signs"]
    assert labels(entries(5, {}, (HOME,))) == ["All photos", "Folders", "Home"]


def test_a_folder_that_is_not_connected_says_so() -> None:
    assert entries(42, {}, (DRIVE,))[-1].spoken == "Old, 30 photos, not connected"


def test_headings_cannot_be_chosen() -> None:
    model = SidebarList()
    model.show(entries(42, {}, (HOME, DRIVE)))
    chosen = [bool(model.flags(model.index(row))) for row in range(model.rowCount())]
    assert chosen == [True, False, True, True]


def test_the_choice_stays_while_counts_change(qtbot: QtBot, theme: Theme) -> None:
    sidebar = Sidebar(theme)
    qtbot.addWidget(sidebar)
    sidebar.show_entries(entries(42, {}, (HOME, DRIVE)))
    sidebar.choose(Scope(folder=DRIVE))
    with qtbot.assertNotEmitted(sidebar.scope_chosen):
        sidebar.show_entries(entries(43, {Kind.SIGN: 1}, (HOME, DRIVE)))
    assert sidebar.list.currentIndex().data(Role.ENTRY).label == "Old"


def test_a_chosen_folder_that_is_removed_gives_way_to_all_photos(qtbot: QtBot, theme: Theme) -> None:
    sidebar = Sidebar(theme)
    qtbot.addWidget(sidebar)
    sidebar.show_entries(entries(42, {}, (HOME, DRIVE)))
    sidebar.choose(Scope(folder=DRIVE))
    with qtbot.waitSignal(sidebar.scope_chosen) as chosen:
        sidebar.show_entries(entries(12, {}, (HOME,)))
    assert chosen.args == [Scope()]
