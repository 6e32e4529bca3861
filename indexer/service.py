"""The indexer as a whole: scans, watches and works the queue off, on threads of its own or for one run.

Only one process indexes a library at a time; any number may read it meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.descriptions import PROMPT_VERSION
from indexer import choices, writing_back
from indexer.changes import What
from indexer.control import Control, Stopped
from indexer.decode import Decoder
from indexer.lanes import Lanes
from indexer.lease import Lease
from indexer.library import files, folders, jobs, photos, search, settings, vectors, written
from indexer.library.database import Library, LibraryError, LibraryUnwritable, translated
from indexer.library.types import Failure, FolderId, Job, PhotoId, Stage, Written
from indexer.progress import Pace, Progress, Report, State, left
from indexer.reconcile import Found, Reconciler
from indexer.rest import Reason
from indexer.stages import PICTURE_PX, Looker, Reader, Tools
from indexer.watch import ROOTS_S, Look, Watch
from indexer.worker import Trouble, Worker

_log = logging.getLogger(__name__)

# Progress is told no more often than this, but for a change of state: counting takes 0.1 s with 100,000 photos.
_TELL_EVERY_S = 0.25
_TELL_SHARE = 0.05  # of the time, at most

LIKE_AT_MOST = 200  # photos like one


class Indexer:
    """Indexes `library` with what it is given: without a reader no text is read, without a looker nothing described.

    `home` takes the thumbnails. `rest` says for what the machine should be left alone; a `run`, which somebody waits
    for, does not ask. `on_progress` is called on the indexer's threads and may be replaced at any time. The engines
    stay the caller's, who may give them other models while they are used here.
    Either `start` and `stop`, or `run`.
    """

    def __init__(
        self,
        library: Library,
        *,
        home: Path,
        reader: Reader | None,
        looker: Looker | None,
        rest: Callable[[], Reason | None] = lambda: None,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._library = library
        self._home = home.absolute()
        self._reader = reader
        self._looker = looker
        self._rest = rest
        self._resting: Reason | None = None
        self.on_progress = on_progress
        reading = [Stage.READ] if reader is not None else []
        looking = [Stage.LOOK, Stage.CLOSE] if looker is not None else []
        self._stages = [Stage.FACTS, *reading, *looking, Stage.WRITE]
        self._lease = Lease(library.path)
        self._pace = Pace(library.connect())
        self._control = Control()
        self._decoder = Decoder()
        self._watch: Watch | None = None
        self._threads: list[threading.Thread] = []
        self._something_to_do = threading.Event()
        self._telling = threading.Lock()
        self._tell_again_at = 0.0
        self._told: tuple[State, bool, Reason | None] | None = None
        self._scanning = False
        self._lanes: Lanes | None = None
        self._trouble = ""
        self._unreadable: tuple[Failure, ...] = ()

    # ---- what the person does

    def add_folder(self, path: Path) -> FolderId:
        """Takes the folder into the library; where the indexer runs, it is scanned at once."""
        with self._library.writing() as conn:
            folder = folders.add(conn, os.path.abspath(path))  # noqa: PTH100 (a link stays the link it is)
        self._look_around()
        return folder

    def remove_folder(self, folder: FolderId) -> None:
        """Takes it out; its photos are listed no more. The files stay where they are."""
        with self._library.writing() as conn:
            folders.remove(conn, folder)
        self._look_around()

    def prioritise(self, photo: PhotoId) -> None:
        """Works on this photo next: the person looks at it or asks about it."""
        with self._library.writing() as conn:
            jobs.prioritise(conn, photo)
        self._something_to_do.set()

    def look_closely(self, photo: PhotoId) -> None:
        """Looks at this photo next, in all its views; what is known of it stays until that is done."""
        with self._library.writing() as conn:
            jobs.ask(conn, photo, Stage.CLOSE)
        self._something_to_do.set()

    def note(self, photo: PhotoId, own: Written) -> None:
        """Keeps what the person writes about this photo, in place of what they wrote before."""
        with self._library.writing() as conn:
            written.say(conn, photo, own)
            search.refresh(conn, photo)
            writing_back.queue(conn, photo)
        self._something_to_do.set()

    def write_back(self, on: bool) -> None:
        """Whether what is known of photos, now and from now on, is written into files beside them."""
        with self._library.writing() as conn:
            settings.set(conn, "write_back", "on" if on else "off")
            if on:
                jobs.write_all(conn)
            else:
                jobs.drop(conn, Stage.WRITE)
        self._something_to_do.set()

    def count_outdated(self) -> int:
        """How many photos would be described otherwise today: by the chosen model, in the chosen language, by today's
        prompts.
        """
        conn = self._library.connect()
        return jobs.count_outdated(conn, *_today(conn))

    def describe_again(self) -> None:
        """Has those looked at again; what is known of them stays until that is done."""
        with self._library.writing() as conn:
            jobs.look_again(conn, *_today(conn))
        self._something_to_do.set()

    def like(self, photo: PhotoId) -> list[PhotoId]:
        """The photos that are most like this one to the model that looked at it; none where none has."""
        conn = self._library.connect()
        seen = vectors.of(conn, photo)
        found = vectors.like(conn, *seen, limit=LIKE_AT_MOST + 1) if seen else []
        return [other for other in found if other != photo][:LIKE_AT_MOST]

    def like_file(self, path: Path) -> list[PhotoId]:
        """The same for any picture file, which is looked at for that unless it is known. Raises EngineError."""
        conn = self._library.connect()
        photo = files.photo_at(conn, str(path))
        if photo is not None and vectors.of(conn, photo):
            return self.like(photo)
        if self._looker is None:
            return []
        seen = self._looker.describe(self._decoder.load(str(path), PICTURE_PX), max_views=1)
        return vectors.like(conn, self._looker.status.model or "", seen.vector, limit=LIKE_AT_MOST)

    def retry(self, photo: PhotoId | None = None) -> None:
        """Tries again what failed: of one photo, or of all."""
        with self._library.writing() as conn:
            jobs.retry(conn, photo)
        self._something_to_do.set()

    def take_in_again(self) -> None:
        """Has the facts and thumbnails of all photos made anew; what is known of them stays until that is done."""
        with self._library.writing() as conn:
            jobs.take_in_again(conn)
        self._something_to_do.set()

    @property
    def silent_folders(self) -> frozenset[str]:
        """The chosen folders that the system tells nothing of: they are looked at from time to time instead."""
        return self._watch.silent if self._watch else frozenset()

    def failures(self) -> tuple[Failure, ...]:
        """Every file and directory of which something failed, each with one sentence."""
        return (*self._unreadable, *jobs.failures(self._library.connect()))

    def pause(self) -> None:
        """Stops before the next photo."""
        self._control.pause()
        self._tell()

    def resume(self) -> None:
        self._trouble = ""
        self._control.resume()
        self._tell()

    def overcome(self) -> None:
        """Goes on where trouble, not the person, stopped it: what caused that may be gone."""
        if self._trouble:
            self.resume()

    # ---- on threads of its own

    def start(self) -> None:
        """Scans, then watches and works until `stop`. Raises IndexerBusy where another process indexes the library."""
        self._begin(Control())
        self._watch = Watch(str(self._home))
        self._threads = [
            threading.Thread(target=self._keep_looking, args=(self._watch,), name="indexer scan"),
            threading.Thread(target=self._keep_working, name="indexer work"),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns once all threads have ended, if any; the photo in work is begun again another time."""
        if not self._threads:
            return
        self._control.stop()
        self._something_to_do.set()
        self._look_around()
        self._decoder.close()
        for thread in self._threads:
            thread.join()
        self._threads = []
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self._end()

    def _keep_looking(self, watch: Watch) -> None:
        roots: dict[str, tuple[int, int] | None] = {}
        look: Look | None = None
        next_at = 0.0
        with contextlib.suppress(Stopped):
            while True:
                self._control.checkpoint()
                if roots != (roots := self._roots()):
                    watch.follow([path for path, identity in roots.items() if identity])
                    next_at = 0.0
                if time.monotonic() >= next_at or (look and (look.everything or set(look.paths) & roots.keys())):
                    self._scan(Reconciler.everything)
                    next_at = time.monotonic() + watch.reconcile_s
                elif look:
                    paths = look.paths
                    self._scan(lambda reconciler: reconciler.some(paths))  # noqa: B023 (called at once)
                look = watch.wait(ROOTS_S)

    def _roots(self) -> dict[str, tuple[int, int] | None]:
        """The chosen folders and which directory each is right now, so that a drive that comes or goes is noticed."""
        return {folder.path: _identity(folder.path) for folder in folders.every(self._library.connect())}

    def _keep_working(self) -> None:
        while True:
            try:
                self._work(wait=True)
            except Stopped:
                return
            except Trouble as trouble:
                self._hold(str(trouble))
            except Exception:
                _log.exception("The worker stopped")
                self._hold("Tintype has a fault and stopped working on photos; its log says more.")

    # ---- for one run

    def run(self, *, stop: threading.Event) -> Report:
        """Scans once, works everything off that can be done now, and returns; `stop` ends it early.

        Raises IndexerBusy where another process indexes the library, Trouble where the machine keeps it from working.
        """
        started = time.monotonic()
        self._begin(Control(stop))
        before = files.latest(self._library.connect())
        found = Found()
        try:
            with contextlib.suppress(Stopped):
                found = self._scan_once()
                self._work(wait=False)
        finally:
            self._decoder.close()
            self._end()
        return Report(
            photos=photos.count(self._library.connect()),
            new=found.counts[What.NEW] - files.unusable_since(self._library.connect(), before),
            changed=found.counts[What.CHANGED],
            moved=found.counts[What.MOVED],
            removed=found.removed,
            failed=self.failures(),
            seconds=time.monotonic() - started,
        )

    def look_at(self, wanted: Sequence[PhotoId], *, closely: bool, stop: threading.Event) -> None:
        """Looks at these photos again and at no others: in all views, or in as many as each needs. Raises as `run`."""
        if self._looker is None:
            raise ValueError("Without a looker nothing is looked at.")
        stage = Stage.CLOSE if closely else Stage.LOOK
        self._begin(Control(stop))
        try:
            with contextlib.suppress(Stopped):
                worker = self._worker(self._control.stopping)
                worker.recover()
                for photo in wanted:
                    for each in (*self._unread(photo), stage):
                        self._control.checkpoint()
                        worker.work(worker.take(photo, each))
        finally:
            self._decoder.close()
            self._end()

    def _unread(self, photo: PhotoId) -> list[Stage]:
        """What leads up to looking at a photo and still waits."""
        conn = self._library.connect()
        return [
            stage for stage in self._stages if stage in (Stage.FACTS, Stage.READ) and jobs.awaits(conn, photo, stage)
        ]

    # ---- the parts of both

    def _begin(self, control: Control) -> None:
        self._lease.acquire()
        self._control = control
        self._decoder = Decoder()
        self._trouble = ""

    def _end(self) -> None:
        with contextlib.suppress(LibraryError), self._library.writing() as conn:
            self._pace.keep(conn)
        self._lease.release()
        self._tell()

    def _scan(self, look: Callable[[Reconciler], Found]) -> None:
        try:
            self._look(look)
        except Stopped:
            raise
        except LibraryError as error:
            self._hold(str(error))
        except Exception:
            _log.exception("The scan stopped")
            self._hold("Tintype has a fault and stopped looking for photos; its log says more.")

    def _scan_once(self) -> Found:
        try:
            return self._look(Reconciler.everything)
        except LibraryUnwritable as error:
            raise Trouble(str(error)) from error

    def _look(self, look: Callable[[Reconciler], Found]) -> Found:
        self._scanning = True
        self._tell()
        try:
            with translated(self._library.path):
                found = look(Reconciler(self._library, self._home, self._control.checkpoint, self._something_to_do.set))
            self._unreadable = found.unreadable
            return found
        finally:
            self._scanning = False
            self._tell()

    def _work(self, *, wait: bool) -> None:
        """Works the queue off; then waits for more, or returns. Raises Stopped or Trouble."""
        self._control.checkpoint()
        cancel = threading.Event()
        worker = self._worker(cancel)
        worker.recover()
        with Lanes(worker, self._looks_at_once, cancel=cancel, changed=self._something_to_do) as self._lanes:
            while True:
                self._something_to_do.clear()
                self._lanes.collect()
                self._control.checkpoint()
                self._resting = self._rest() if wait else None
                if self._lanes.begin(resting=self._resting is not None):
                    self._tell()
                elif self._lanes.current:
                    self._tell()
                    self._control.wait(self._something_to_do, ROOTS_S)
                elif wait:
                    self._tell()
                    self._something_to_do.wait(ROOTS_S)
                else:
                    return

    def _worker(self, cancel: threading.Event) -> Worker:
        tools = Tools(
            home=self._home,
            decoder=self._decoder,
            reader=self._reader,
            looker=self._looker,
            cancel=cancel,
        )
        return Worker(self._library, tools, self._stages, self._pace.measured)

    def _looks_at_once(self) -> int:
        """How many photos the looker describes best together, which is known once it is ready."""
        return self._looker.status.at_once if self._looker else 0

    def _is_preparing(self) -> bool:
        if self._current is None or self._looker is None:
            return False
        return self._current[0].stage in (Stage.LOOK, Stage.CLOSE) and self._looker.status.model is None

    def _hold(self, trouble: str) -> None:
        """Pauses with a sentence, until the person lets it go on."""
        self._trouble = trouble
        self._control.pause()
        self._tell()

    def _look_around(self) -> None:
        if self._watch is not None:
            self._watch.wake()

    def _state(self) -> State:
        if self._control.paused:
            return State.PAUSED
        if self._scanning:
            return State.SCANNING
        return State.WORKING if self._current else State.IDLE

    @property
    def _current(self) -> tuple[Job, str] | None:
        return self._lanes.current if self._lanes else None

    def _tell(self) -> None:
        with self._telling:
            state, preparing = self._state(), self._is_preparing()
            now = time.monotonic()
            if (state, preparing, self._resting) == self._told and now < self._tell_again_at:
                return
            self._told = state, preparing, self._resting
            self.on_progress(self._progress(state, preparing))
            took = time.monotonic() - now
            self._tell_again_at = now + max(_TELL_EVERY_S, took / _TELL_SHARE)

    def _progress(self, state: State, preparing: bool) -> Progress:
        counts = jobs.counts(self._library.connect())
        waiting = left(counts, self._stages)
        job, path = self._current or (None, "")
        resting = self._resting if state is State.IDLE and any(waiting.values()) else None
        return Progress(
            state=State.RESTING if resting else state,
            done=sum(counts[stage].done for stage in self._stages),
            left=sum(waiting.values()),
            failed=sum(counts[stage].failed for stage in self._stages),
            current_path=path,
            seconds_left=self._pace.seconds_for(waiting),
            stage=job.stage if job else None,
            preparing=preparing,
            resting=resting,
            trouble=self._trouble,
            unwatched=self._watch.trouble if self._watch else "",
        )


def _today(conn: sqlite3.Connection) -> tuple[str, int, str]:
    """By which model, by which prompts and in which language photos are described today."""
    return choices.model(conn), PROMPT_VERSION, choices.caption_language(conn)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino
