"""Carries what the page of settings asks for to the library, the indexer and the engines, and shows what came of it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app import i18n, storage
from desktop_app.background import Background, sentence_of
from desktop_app.engines import Engines
from desktop_app.i18n import plural, tr
from desktop_app.storage import Part
from desktop_app.views.menus import confirm
from desktop_app.views.settings.models import named
from desktop_app.views.settings.page import SettingsPage
from desktop_app.views.settings.pieces import Section, Setting
from engine.budget import Closeness
from engine.errors import Cancelled
from engine.fetching import Progress
from engine.models import CatalogueModel
from indexer import choices, rest
from indexer.library import care, chats
from indexer.library.database import Library
from indexer.rest import Limits, Meter
from indexer.service import Indexer

Choose = Callable[[sqlite3.Connection], None]

FOLLOW_MS = 2000  # how often what changes by itself is looked at, while the page is shown


@dataclass(frozen=True)
class Chosen:
    """What the person chose, and what follows from it, as the library has it."""

    closeness: Closeness
    verifies: bool
    caption_language: str
    writes_back: bool
    limits: Limits
    outdated: int
    asked: int


class SettingsDesk(QObject):
    """Behind one page of settings. What takes long is done in the background, and one thing of that kind at a time."""

    said = Signal(str)  # a sentence for the person, wherever they are
    changed = Signal()  # the library holds something else now, or there is new work
    forgotten = Signal()  # all that the person asked
    _progressed = Signal(object)  # Progress, from a thread that works

    def __init__(
        self,
        window: QWidget,
        page: SettingsPage,
        background: Background,
        library: Library,
        indexer: Indexer,
        engines: Engines,
        home: Path,
    ) -> None:
        super().__init__(window)
        self._window = window
        self.page = page
        self._background = background
        self._library = library
        self._indexer = indexer
        self._engines = engines
        self._home = home
        self._latest: dict[str, Choose] = {}
        self._meter: Meter | None = None
        self._stop: Event | None = None  # of what is downloaded or imported
        self._pace: Pace | None = None
        self._follow = QTimer(self, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._show_what_changes)
        self._progressed.connect(self._show_progress)
        self._connect()

    def begin(self) -> None:
        """The page is shown from now on."""
        self.refresh()
        self._measure()
        self._show_what_changes()
        self._follow.start()

    def end(self) -> None:
        """The page is shown no more; what is downloaded goes on."""
        self._follow.stop()

    def stop(self) -> None:
        """Ends what is under way; what came of a download is kept."""
        self._follow.stop()
        if self._stop:
            self._stop.set()

    def refresh(self) -> None:
        """Shows what is chosen and what there is to choose from."""
        self._background.run(self._read, self._show)
        self._show_offers()

    def offer_again(self) -> None:
        """Asks whether the photos that would be described otherwise by now are to be; says so where there are none."""
        self._background.run(self._indexer.count_outdated, lambda count: self._ask_again(count, tell=True))

    # ---- what is chosen

    def _read(self) -> Chosen:
        conn = self._library.connect()
        return Chosen(
            choices.closeness(conn),
            choices.verifies(conn),
            choices.caption_language(conn),
            choices.writes_back(conn),
            rest.limits(conn),
            self._indexer.count_outdated(),
            chats.count(conn),
        )

    def _show(self, chosen: Chosen) -> None:
        page = self.page
        page.describing.closeness.show_choice(chosen.closeness)
        page.describing.verifying.setChecked(chosen.verifies)
        page.describing.show_outdated(chosen.outdated)
        page.languages.captions.show_choice(chosen.caption_language)
        page.writing.writing.setChecked(chosen.writes_back)
        page.resting.show_limits(chosen.limits)
        page.privacy.show_asked(chosen.asked)

    def _choose(self, name: str, choose: Choose, then: Callable[[], None] = lambda: None) -> None:
        """Keeps the latest choice of that name, in whichever order the threads come to it."""
        self._latest[name] = choose

        def keep() -> None:
            with self._library.writing() as conn:
                self._latest[name](conn)

        self._background.run(keep, lambda _: then())

    def _choose_closeness(self, closeness: Closeness) -> None:
        self._choose("closeness", lambda conn: choices.choose_closeness(conn, closeness))

    def _choose_verifying(self, on: bool) -> None:
        self._choose("verifying", lambda conn: choices.choose_verifying(conn, on))

    def _choose_language(self, code: str) -> None:
        self._choose("language", lambda conn: choices.choose_caption_language(conn, code), self._offer_again_quietly)

    def _choose_limits(self, limits: Limits) -> None:
        self._choose("limits", lambda conn: rest.choose(conn, limits))

    def _offer_again_quietly(self) -> None:
        self._background.run(self._indexer.count_outdated, lambda count: self._ask_again(count, tell=False))

    def _ask_again(self, count: int, *, tell: bool) -> None:
        self.page.describing.show_outdated(count)
        if not count:
            if tell:
                self.said.emit(tr("All photos are described as you chose."))
            return
        confirm(
            self._window,
            plural("Describe one photo again?", "Describe {count} photos again?", count),
            tr("What is known of them stays until that is done."),
            tr("Describe again"),
            lambda: self._do(self._indexer.describe_again),
        )

    def _switch_writing(self, on: bool) -> None:
        """Writes into the person's folders only once they have agreed."""
        if not on:
            self._do(lambda: self._indexer.write_back(False))
            return
        self.page.writing.writing.setChecked(False)  # until they have
        confirm(
            self._window,
            tr("Write captions and tags into XMP files beside your photos?"),
            tr("Other programs read them there. The photos stay as they are, and so does what others wrote."),
            tr("Write"),
            lambda: self._do(lambda: self._indexer.write_back(True)),
        )

    def _do(self, command: Callable[[], object]) -> None:
        def then() -> None:
            self.refresh()
            self.changed.emit()

        self._background.run(command, lambda _: then())

    # ---- models

    def _show_offers(self) -> None:
        self._background.run(self._engines.offers, self.page.models.show_offers)
        self._background.run(self._engines.readers, self.page.models.show_readers)

    def _use(self, name: str) -> None:
        def use() -> None:
            self._engines.use(name)
            self._indexer.overcome()

        self.page.models.tell(tr("One moment…"))
        self._background.run(use, lambda _: self._tell_use(name), partial(self._tell_trouble, self.page.models))

    def _tell_use(self, name: str) -> None:
        self.page.models.tell(tr("{model} looks at your photos from now on.", model=name))
        self.refresh()
        self._show_what_changes()
        self._offer_again_quietly()

    def _ask_download(self, model: CatalogueModel) -> None:
        name, _what = named(model)
        confirm(
            self._window,
            tr("Download {model}?", model=name),
            tr(
                "{size} from {place}, under the licence {licence}. Nothing of yours is sent.",
                size=i18n.size(model.download_bytes),
                place=self._engines.place_of(model),
                licence=model.licence,
            ),
            tr("Download"),
            lambda: self._download(model.name),
        )

    def _download(self, name: str) -> None:
        done = tr("{model} is here. Choose “Use” to let it look at your photos.", model=name)
        row = self.page.models.models[name]
        self._begin(row, tr("Connecting…"), lambda tell, stop: self._engines.fetch(name, tell, stop), lambda _: done)

    def _ask_files(self) -> None:
        kinds = tr("Models ({endings})", endings="*.gguf *.onnx")
        chosen, _ = QFileDialog.getOpenFileNames(self._window, tr("Files of a model"), str(Path.home()), kinds)
        if chosen:
            self.import_files([Path(each) for each in chosen])

    def import_files(self, files: list[Path]) -> None:
        """Keeps a model's files, or one of the text reader's, once all of them is read."""
        self._begin(
            self.page.models.files,
            tr("Reading…"),
            lambda tell, stop: self._engines.import_files(files, tell, stop),
            lambda name: tr("{model} is ready.", model=name),
        )

    def _begin(
        self,
        row: Setting,
        sentence: str,
        do: Callable[[Callable[[Progress], None], Event], object],
        outcome: Callable[[object], str],
    ) -> None:
        """Does something long, showing at that setting how far it is; `outcome` is a sentence on what it returned."""
        self._stop, self._pace = Event(), Pace()
        stop = self._stop
        self.page.models.tell("")
        self.page.models.begin_work(row, sentence)
        self._background.run(
            lambda: do(self._progressed.emit, stop),
            lambda result: self._finish(outcome(result)),
            lambda error: self._finish(sentence_of(error), trouble=not isinstance(error, Cancelled)),
        )

    def _show_progress(self, progress: Progress) -> None:
        if self._pace:
            self.page.models.work.show_progress(progress, self._pace.seconds_left(progress))

    def _finish(self, sentence: str, *, trouble: bool = False) -> None:
        self._stop = self._pace = None
        self.page.models.end_work()
        self.page.models.tell(sentence, trouble=trouble)
        self._show_offers()
        self._measure()
        self.changed.emit()

    def _stop_work(self) -> None:
        if self._stop:
            self._stop.set()

    def _ask_removal(self, model: CatalogueModel) -> None:
        name, _what = named(model)
        confirm(
            self._window,
            tr("Remove {model} from this machine?", model=name),
            tr("What it wrote about your photos stays."),
            tr("Remove"),
            lambda: self._remove(model.name),
        )

    def _remove(self, name: str) -> None:
        def then() -> None:
            self._show_offers()
            self._measure()

        section = self.page.models
        self._background.run(lambda: self._engines.remove(name), lambda _: then(), partial(self._tell_trouble, section))

    def _tell_trouble(self, section: Section, error: Exception) -> None:
        section.tell(sentence_of(error), trouble=True)

    # ---- what is kept

    def _measure(self) -> None:
        self._background.run(lambda: storage.measure(self._home), self.page.storage.show_sizes)

    def _ask_clearing(self, part: Part) -> None:
        """Small pictures of photos that are not there right now would be missed, so that is asked."""
        if part is not Part.THUMBNAILS:
            self._clear(part)
            return
        confirm(
            self._window,
            tr("Make all small pictures anew?"),
            tr("That takes a while. Those of drives that are not connected come back with the drives."),
            tr("Clear"),
            lambda: self._clear(part),
        )

    def _clear(self, part: Part) -> None:
        def clear() -> None:
            if part is Part.THUMBNAILS:
                storage.clear(self._home, part)
                self._indexer.take_in_again()
            else:
                with self._engines.looker.ended():
                    storage.clear(self._home, part)

        def then() -> None:
            self._measure()
            self.changed.emit()

        self._background.run(clear, lambda _: then())

    def _back_up(self) -> None:
        def back_up() -> Path:
            target = care.new_backup(self._library.path, datetime.now())
            care.back_up(self._library.path, target)
            return target

        section = self.page.storage
        section.tell(tr("One moment…"))
        self._background.run(back_up, self._tell_backup, partial(self._tell_trouble, section))

    def _tell_backup(self, target: Path) -> None:
        self.page.storage.tell(tr("The library was copied into {file}.", file=target.name))
        self._measure()

    def _show_backups(self) -> None:
        folder = care.new_backup(self._library.path, datetime.now()).parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _ask_forgetting(self) -> None:
        confirm(
            self._window,
            tr("Forget all that you asked?"),
            tr("The questions and answers are taken out of the library. Backups of it keep theirs."),
            tr("Forget all"),
            lambda: self._choose("chats", chats.forget, self._tell_forgotten),
        )

    def _tell_forgotten(self) -> None:
        self.refresh()
        self.forgotten.emit()

    # ---- what changes by itself

    def _show_what_changes(self) -> None:
        self._background.run(lambda: self._engines.statuses, self.page.privacy.show_engines)
        self._background.run(self._condition, self.page.resting.show_condition)

    def _condition(self) -> rest.Condition:
        self._meter = self._meter or Meter()
        return self._meter()

    def _connect(self) -> None:
        page = self.page
        page.describing.closeness.chosen.connect(self._choose_closeness)
        page.describing.verifying.clicked.connect(self._choose_verifying)
        page.describing.again_asked.connect(self.offer_again)
        page.languages.captions.chosen.connect(self._choose_language)
        page.writing.writing.clicked.connect(self._switch_writing)
        page.resting.chosen.connect(self._choose_limits)
        page.models.use_asked.connect(self._use)
        page.models.download_asked.connect(self._ask_download)
        page.models.removal_asked.connect(self._ask_removal)
        page.models.import_asked.connect(self._ask_files)
        page.models.stop_asked.connect(self._stop_work)
        page.storage.clearing_asked.connect(self._ask_clearing)
        page.storage.backup_asked.connect(self._back_up)
        page.storage.folder_asked.connect(self._show_backups)
        page.privacy.forgetting_asked.connect(self._ask_forgetting)


class Pace:
    """How long the rest of something takes, by what was done since it was first told. One thread asks."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._first: tuple[float, int] | None = None

    def seconds_left(self, progress: Progress) -> float | None:
        """None where that cannot be told yet."""
        now = self._now()
        if self._first is None:
            self._first = now, progress.done_bytes
        began_at, before_bytes = self._first
        done_bytes = progress.done_bytes - before_bytes
        if done_bytes <= 0 or now <= began_at:
            return None
        return (progress.total_bytes - progress.done_bytes) * (now - began_at) / done_bytes
