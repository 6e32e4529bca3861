"""The window: puts the views together and carries what they ask for to the library, the indexer and the assistant."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeySequence,
    QPixmap,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app import i18n
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.types import Answer, Chip, Reading
from desktop_app.background import Background, Task, sentence_of
from desktop_app.engines import Engines
from desktop_app.i18n import tr
from desktop_app.models.conversation import Conversation, Exchange, State
from desktop_app.models.kinds import names_of
from desktop_app.models.photos import PhotoList
from desktop_app.models.sidebar import Scope, entries
from desktop_app.models.thumbnails import Thumbnails
from desktop_app.settings_desk import SettingsDesk
from desktop_app.shelf import Found, Overview, Shelf
from desktop_app.theme import Appearance, Theme
from desktop_app.views.browser import Browser
from desktop_app.views.chat import ChatPane
from desktop_app.views.menus import act, confirm, keep, offer
from desktop_app.views.settings.page import SettingsPage
from desktop_app.views.settings.pieces import Section
from desktop_app.views.sidebar import Sidebar
from desktop_app.views.status import FailuresPanel, StatusLine
from desktop_app.views.top_bar import TopBar
from desktop_app.views.viewer import Viewer
from engine.messages import Picture, Turn
from indexer.decode import Decoder
from indexer.library import chats, settings
from indexer.library.database import Library, LibraryError
from indexer.library.types import Chat, Folder, Hit, Photo, PhotoId, Written
from indexer.originals import Originals
from indexer.progress import Progress
from indexer.service import Indexer

REFRESH_MS = 800  # how often what is on the screen follows the indexer
SIDEBAR_PX, CENTRE_PX, CHAT_PX = 230, 690, 360
NARROWEST_PX = 160, 278, 280  # of the same, in the smallest window
SHARP_KEPT = 6  # photos kept decoded, for going back and forth
VIEW_PX = 2048  # the longest side a photo is decoded to for looking at

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True)
class Picked:
    """Photos that are shown together for another reason than where they are, and that reason."""

    title: str
    photos: tuple[PhotoId, ...]


class MainWindow(QMainWindow):
    """The one window of Tintype. It starts nothing by itself: whoever makes it starts and stops the indexer."""

    _progressed = Signal(object)  # Progress, from the indexer's threads

    def __init__(
        self, library: Library, indexer: Indexer, assistant: Assistant, engines: Engines, *, home: Path
    ) -> None:
        super().__init__()
        self._library = library
        self._indexer = indexer
        self._assistant = assistant
        self._decoder = Decoder()
        self._originals = Originals(library, self._decoder)
        self._engines = engines
        self._home = home
        self._desk: SettingsDesk | None = None
        self._shelf = Shelf(library, indexer, assistant, home)
        self.background = Background()
        self.background.failed.connect(self._tell_failure)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = Theme(app, Appearance(settings.get(library.connect(), "appearance", Appearance.SYSTEM)))
        self._thumbnails = Thumbnails(self.background, self._shelf.thumbnail)
        self.photos = PhotoList(self.background, self._shelf.rows, self._thumbnails)
        self.conversation = Conversation(self.background, self._answer, self._look)
        self._overview: Overview | None = None
        self._picked: Picked | None = None  # shown instead of a scope
        self._left_out: tuple[Chip, ...] = ()
        self._before_settings: QWidget | None = None  # what the page of settings is shown instead of
        self._finding: Task | None = None
        self._viewing: Task | None = None
        self._sharp: OrderedDict[PhotoId, QPixmap] = OrderedDict()
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self._refresh)
        self._make_views()
        self._lay_out()
        self._connect_views()
        self._make_menus()
        indexer.on_progress = self._progressed.emit
        self.browser.await_photos()
        self._refresh()

    # ---- folders

    def choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Choose a folder of photos"), str(Path.home()))
        if chosen:
            self.add_folders([Path(chosen)])

    def add_folders(self, paths: Sequence[Path]) -> None:
        def add() -> None:
            for path in paths:
                self._indexer.add_folder(path)

        self.background.run(add, lambda _: self._refresh())

    def remove_folder(self, folder: Folder) -> None:
        """Asks first. The files stay as they are."""
        confirm(
            self,
            tr("Remove “{folder}” from Tintype?", folder=Path(folder.path).name),
            tr("Its photos stay where they are. What Tintype knows of them is forgotten."),
            tr("Remove"),
            lambda: self._forget(folder),
        )

    def _forget(self, folder: Folder) -> None:
        self.background.run(lambda: self._indexer.remove_folder(folder.id), lambda _: self._refresh())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.source() is None and dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Takes folders in, and finds what is like a picture."""
        paths = dropped(event)
        if folders := [path for path in paths if path.is_dir()]:
            self.add_folders(folders)
        elif paths:
            self._find_like(lambda: self._indexer.like_file(paths[0]), paths[0].name)
        event.acceptProposedAction()

    # ---- finding

    def _refresh(self) -> None:
        """Brings everything on the screen up to what the library holds now."""
        self._thumbnails.look_again()
        self.background.run(self._shelf.overview, self._show_overview)
        shown = self.viewer.photo
        if shown is not None and self.centre.currentWidget() is self.viewer:
            self.background.run(lambda: self._shelf.photo(shown), self.viewer.show_facts, lambda _: None)

    def _show_overview(self, overview: Overview) -> None:
        self._overview = overview
        self.sidebar.show_entries(entries(overview.photos, overview.kinds, overview.folders))
        self.status.show_photos(overview.photos)
        self.status.show_failed(len(overview.failures))
        self.failures.show_failures(overview.failures)
        if self._desk:
            self._desk.page.folders.show_folders(overview.folders, overview.silent)
        if not overview.failures:
            self.failures.hide()
        self._find()

    def _search_anew(self) -> None:
        self._left_out = ()
        self._picked = None
        self._show_grid()
        self.browser.await_photos()
        self._find()

    def _leave_out(self, chip: Chip) -> None:
        self._left_out = (*self._left_out, chip)
        self._find()

    def _find(self) -> None:
        if self._finding:
            self._finding.cancel()
        scope, text, left_out = self.sidebar.scope, self.top_bar.search.text, self._left_out
        if self._picked:
            self._show_found(Found(self._picked.photos))
            return
        self._finding = self.background.run(lambda: self._shelf.find(scope, text, left_out), self._show_found)

    def _show_found(self, found: Found) -> None:
        has_folders = bool(self._overview and self._overview.folders)
        searched = bool(self.top_bar.search.text)
        self.browser.show_found(self._title(), found, searched=searched, has_folders=has_folders)

    def _title(self) -> str:
        scope = self.sidebar.scope
        if self._picked:
            return self._picked.title
        where = scope_name(scope)
        if not self.top_bar.search.text:
            return where
        return tr("Found") if scope == Scope() else tr("Found in {where}", where=where)

    def _show_cited(self, photos: Sequence[PhotoId]) -> None:
        self._pick(Picked(tr("Photos of the answer"), tuple(photos)))

    def _pick(self, picked: Picked) -> None:
        self.top_bar.search.empty()
        self._picked = picked
        self._show_grid()
        self._find()

    def _show_like(self, photo: PhotoId) -> None:
        self._find_like(lambda: self._indexer.like(photo))

    def _find_like(self, find: Callable[[], list[PhotoId]], name: str = "") -> None:
        """`name`: of the file that is not one of the photos shown."""
        title = tr("Photos like “{name}”", name=name) if name else tr("Photos like this one")

        def show(found: list[PhotoId]) -> None:
            if found:
                self._pick(Picked(title, tuple(found)))
            else:
                self.status.show_sentence(tr("No photo that was looked at is like this one."))

        self.background.run(find, show)

    # ---- viewing

    def open_photo(self, photo: PhotoId) -> None:
        """Shows one photo large; if it is not among those in the grid, it is shown alone."""
        step = self.photos.step_of(photo)
        place, among = (0, 1) if step is None else (step, len(self.photos.ids))
        self.viewer.begin(photo, place, among)
        if self.centre.currentWidget() is not self.viewer:
            self.centre.setCurrentWidget(self.viewer)
            self.viewer.setFocus()
        if self._viewing:
            self._viewing.cancel()
        thumbnail = self._sharp.get(photo) or self._thumbnails.get(photo)
        self.viewer.show_picture(thumbnail or QPixmap(), QSize())
        self.background.run(lambda: self._shelf.photo(photo), self._show_photo)

    def _show_photo(self, photo: Photo) -> None:
        self.viewer.show_facts(photo)
        if photo.id != self.viewer.photo:
            return
        if photo.description is None:
            self._command(lambda: self._indexer.prioritise(photo.id))
        if photo.id in self._sharp:
            return
        size = QSize(photo.facts.width, photo.facts.height)
        self.viewer.show_picture(self._thumbnails.get(photo.id) or QPixmap(), size)
        self._viewing = self.background.run(
            lambda: image_of(self._originals.load(photo.id, VIEW_PX)),
            lambda image: self._show_sharp(photo.id, image),
            lambda error: self.viewer.show_notice(sentence_of(error)),
        )

    def _show_sharp(self, photo: PhotoId, image: QImage) -> None:
        self._sharp[photo] = QPixmap.fromImage(image)
        while len(self._sharp) > SHARP_KEPT:
            self._sharp.popitem(last=False)
        if photo == self.viewer.photo:
            self.viewer.show_picture(self._sharp[photo], QSize())

    def _step(self, by: int) -> None:
        step = self.photos.step_of(PhotoId(self.viewer.photo or 0))
        if step is not None and 0 <= step + by < len(self.photos.ids):
            self.open_photo(self.photos.ids[step + by])

    def _show_grid(self) -> None:
        """Back to the grid: from the viewer at its photo. The focus goes with it, unless it was elsewhere."""
        left = self.centre.currentWidget()
        if left is None or left is self.browser:
            return
        focused = left.isAncestorOf(self.focusWidget())
        self.viewer.end_writing()
        self.centre.setCurrentWidget(self.browser)
        if left is self.viewer and self.viewer.photo is not None:
            self.browser.grid.show_photo(self.viewer.photo)
        if focused:
            self.browser.grid.setFocus()

    def _ask_about(self, photo: PhotoId) -> None:
        self._show_chat(True)
        self.chat.ask_about(photo)

    def _look_closely(self, photo: PhotoId) -> None:
        self.background.run(lambda: self._indexer.look_closely(photo), lambda _: self._refresh())

    def _note(self, photo: PhotoId, own: Written) -> None:
        """At once: the window may be about to close."""
        try:
            self._indexer.note(photo, own)
        except LibraryError as error:
            self._tell_failure(error)
            self.viewer.facts.write(own)
        self._refresh()

    def _show_in_folder(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))

    # ---- settings

    @property
    def desk(self) -> SettingsDesk:
        """What is behind the page of settings. Both are made when they are first wanted: it has many parts."""
        if self._desk is None:
            page = SettingsPage(self.theme)
            self.centre.addWidget(page)
            self._desk = SettingsDesk(
                self, page, self.background, self._library, self._indexer, self._engines, self._home
            )
            self._connect_settings(self._desk)
            if self._overview:
                page.folders.show_folders(self._overview.folders, self._overview.silent)
        return self._desk

    @property
    def settings(self) -> SettingsPage:
        return self.desk.page

    def open_settings(self, section_of: Callable[[SettingsPage], Section] | None = None) -> None:
        """Shows the page of settings, from that section on."""
        if self.centre.currentWidget() is not self.settings:
            self._before_settings = self.centre.currentWidget()
            self.viewer.end_writing()
            self.centre.setCurrentWidget(self.settings)
        self.settings.setFocus()
        if section_of:
            self.settings.show_section(section_of(self.settings))

    def _close_settings(self) -> None:
        """Back to the photo that was shown large, or else to the grid."""
        if self._before_settings is self.viewer:
            self.centre.setCurrentWidget(self.viewer)
            self.viewer.setFocus()
        else:
            self._show_grid()

    def _connect_settings(self, desk: SettingsDesk) -> None:
        page = desk.page
        self.centre.currentChanged.connect(lambda: desk.begin() if self.centre.currentWidget() is page else desk.end())
        page.closed.connect(self._close_settings)
        page.folders.adding_asked.connect(self.choose_folder)
        page.folders.removal_asked.connect(self.remove_folder)
        desk.said.connect(self.status.show_sentence)
        desk.changed.connect(self._refresh)
        desk.forgotten.connect(lambda: self._show_history(self.chat.history.search.text))

    # ---- asking; these run in the background

    def _answer(
        self,
        question: str,
        left_out: tuple[Chip, ...],
        after: Reading | None,
        history: Sequence[Turn],
        stopped: Event,
    ) -> Iterator[Answer]:
        return self._assistant.answers(
            question, prior=i18n.language(), without=left_out, after=after, history=history, cancel=stopped
        )

    def _look(self, photo: PhotoId, question: str, history: Sequence[Turn], stopped: Event) -> Iterator[str]:
        return self._assistant.look_again([photo], question, history, stopped)

    def _keep_chat(self, exchange: Exchange) -> None:
        """Keeps what was asked and answered in the library."""
        photos = tuple(hit.photo for hit in exchange.photos)
        chat = Chat(exchange.key, exchange.asked_at, exchange.question, exchange.answer, exchange.about, photos)
        self._change_chats(lambda conn: chats.keep(conn, chat))

    def _forget_chat(self, key: str | None) -> None:
        self._change_chats(lambda conn: chats.forget(conn, key))

    def _change_chats(self, change: Callable[[sqlite3.Connection], None]) -> None:
        def do() -> None:
            with self._library.writing() as conn:
                change(conn)

        self.background.run(do, lambda _: self._show_history(self.chat.history.search.text))

    def _show_history(self, text: str) -> None:
        self.background.run(lambda: self._shelf.chats(text), self.chat.history.show_chats)

    def _recall(self, chat: Chat) -> None:
        self.background.run(lambda: self._shelf.cited(chat), lambda photos: self._show_recalled(chat, photos))

    def _show_recalled(self, chat: Chat, photos: tuple[Hit, ...]) -> None:
        self.chat.show_history(False)
        asked = Exchange(chat.question, chat.about, chat.key, chat.asked_at)
        self.conversation.recall(replace(asked, answer=chat.answer, photos=photos, state=State.COMPLETE))

    # ---- indexing

    def _show_progress(self, progress: Progress) -> None:
        self.status.show_progress(progress)
        if not self._soon.isActive():
            self._soon.start()

    def _command(self, command: Callable[[], object]) -> None:
        self.background.run(command, lambda _: None)

    def _retry(self) -> None:
        self.background.run(self._indexer.retry, lambda _: self._refresh())

    def _tell_failure(self, error: Exception) -> None:
        self.status.show_sentence(sentence_of(error))

    # ---- the window itself

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.viewer.end_writing()
        if self._desk:
            self._desk.stop()
        self._indexer.on_progress = lambda _: None
        self.conversation.stop()
        self._decoder.close()
        self.background.close()
        super().closeEvent(event)

    def _make_views(self) -> None:
        self.top_bar = TopBar(self.theme)
        self.sidebar = Sidebar(self.theme)
        self.browser = Browser(self.theme, self.photos, add_folder=self.choose_folder)
        self.viewer = Viewer(self.theme)
        self.chat = ChatPane(self.theme, self._thumbnails, self.conversation)
        self.status = StatusLine(self.theme)
        self.failures = FailuresPanel(self.theme)
        self.failures.hide()

    def _lay_out(self) -> None:
        self.setWindowTitle("Tintype")
        self.setAcceptDrops(True)
        self.setMinimumSize(720, 480)
        self.resize(SIDEBAR_PX + CENTRE_PX + CHAT_PX, 800)
        self.centre = QStackedWidget()
        self.centre.addWidget(self.browser)
        self.centre.addWidget(self.viewer)
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for place, (part, least_px) in enumerate(
            zip((self.sidebar, self.centre, self.chat), NARROWEST_PX, strict=True)
        ):
            part.setMinimumWidth(least_px)
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(place, int(part is self.centre))
        self.splitter.setSizes([SIDEBAR_PX, CENTRE_PX, CHAT_PX])
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.failures)
        column.addWidget(self.status)
        self.setCentralWidget(whole)
        self.browser.grid.setFocus()

    def _connect_views(self) -> None:
        bar, grid = self.top_bar, self.browser.grid
        bar.search.searched.connect(self._search_anew)
        bar.search.line.left_downwards.connect(grid.setFocus)
        bar.settings_asked.connect(self.open_settings)
        bar.zoomed.connect(grid.zoom)
        grid.zoomed.connect(bar.slider.setValue)
        grid.opened.connect(self.open_photo)
        bar.sidebar_switch.toggled.connect(self.sidebar.setVisible)
        bar.chat_switch.toggled.connect(self.chat.setVisible)
        self.browser.chip_removed.connect(self._leave_out)
        self.sidebar.scope_chosen.connect(self._search_anew)
        self.sidebar.adding_asked.connect(self.choose_folder)
        self.sidebar.removal_asked.connect(self.remove_folder)
        self.sidebar.folder_opened.connect(lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(folder.path)))
        self.viewer.closed.connect(self._show_grid)
        self.viewer.stepped.connect(self._step)
        self.viewer.asked_about.connect(self._ask_about)
        self.viewer.folder_asked.connect(self._show_in_folder)
        self.viewer.play_asked.connect(lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))
        self.viewer.close_look_asked.connect(self._look_closely)
        self.viewer.like_asked.connect(self._show_like)
        self.viewer.noted.connect(self._note)
        self.chat.opened.connect(self.open_photo)
        self.chat.all_asked.connect(self._show_cited)
        self.chat.history_asked.connect(self._show_history)
        self.chat.history.chosen.connect(self._recall)
        self.chat.history.forgotten.connect(self._forget_chat)
        self.conversation.completed.connect(self._keep_chat)
        self.status.pause_asked.connect(lambda: self._command(self._indexer.pause))
        self.status.resume_asked.connect(lambda: self._command(self._indexer.resume))
        self.status.failures_asked.connect(lambda: self.failures.setVisible(self.failures.isHidden()))
        self.failures.closed.connect(self.failures.hide)
        self.failures.retry_asked.connect(self._retry)
        self._progressed.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)

    def _show_chat(self, shown: bool) -> None:
        self.top_bar.chat_switch.setChecked(shown)

    # ---- menus

    def _make_menus(self) -> None:
        grid, bar = self.browser.grid, self.top_bar
        key = QKeySequence.StandardKey
        file = self.menuBar().addMenu(tr("&File"))
        act(file, tr("&Add folder…"), "Ctrl+O", self.choose_folder)
        file.addSeparator()
        settings_act = act(file, tr("&Settings…"), "Ctrl+,", self.open_settings)
        settings_act.setMenuRole(QAction.MenuRole.PreferencesRole)
        file.addSeparator()
        act(file, tr("&Quit"), key.Quit, self.close)
        view = self.menuBar().addMenu(tr("&View"))
        act(view, tr("&Search"), key.Find, self._start_search)
        act(view, tr("Ask your &photos"), "Ctrl+K", self._start_asking)
        view.addSeparator()
        act(view, tr("Larger photos"), key.ZoomIn, lambda: grid.zoom_by(1))
        act(view, tr("Smaller photos"), key.ZoomOut, lambda: grid.zoom_by(-1))
        view.addSeparator()
        act(view, tr("Show or hide the side&bar"), "Ctrl+B", bar.sidebar_switch.toggle)
        act(view, tr("Show or hide the &chat"), "Ctrl+Shift+B", bar.chat_switch.toggle)
        view.addSeparator()
        self._make_appearance_menu(view.addMenu(tr("&Appearance")))
        describing = self.menuBar().addMenu(tr("&Describing"))
        act(describing, tr("Describe &again…"), "", lambda: self.desk.offer_again())
        describing.addSeparator()
        sections: dict[str, Callable[[SettingsPage], Section]] = {
            tr("&Model…"): lambda page: page.models,
            tr("How closely to &look…"): lambda page: page.describing,
            tr("&Language…"): lambda page: page.languages,
            tr("&Write beside the photos…"): lambda page: page.writing,
        }
        for name, section_of in sections.items():
            act(describing, name, "", partial(self.open_settings, section_of))

    def _make_appearance_menu(self, menu: QMenu) -> None:
        names = {
            Appearance.SYSTEM: tr("As the &system"),
            Appearance.LIGHT: tr("&Light"),
            Appearance.DARK: tr("&Dark"),
        }
        offer(menu, names, self.theme.appearance, self._choose)

    def _choose(self, appearance: Appearance) -> None:
        self.theme.choose(appearance)
        keep(self.background, self._library, "appearance", appearance)

    def _start_search(self) -> None:
        self._show_grid()
        self.top_bar.search.line.setFocus()
        self.top_bar.search.line.selectAll()

    def _start_asking(self) -> None:
        self._show_chat(True)
        self.chat.edit.setFocus()


def scope_name(scope: Scope) -> str:
    if scope.folder:
        return Path(scope.folder.path).name or scope.folder.path
    return names_of(scope.kind) if scope.kind else tr("All photos")


def dropped(event: QDropEvent) -> list[Path]:
    """Its files and folders on this machine."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def image_of(picture: Picture) -> QImage:
    """The picture's pixels as an image that owns them."""
    row_bytes = 3 * picture.width
    return QImage(picture.rgb, picture.width, picture.height, row_bytes, QImage.Format.Format_RGB888).copy()
