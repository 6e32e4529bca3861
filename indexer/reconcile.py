"""Brings what the library knows of the files up to date with the disk: all of them, or those at a few paths."""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer import changes, fingerprints, metadata, scan, thumbnails
from indexer.changes import Change, Missing, Reach, What
from indexer.library import files, folders, jobs, photos, search, written
from indexer.library.database import Library
from indexer.library.files import Known, Seen
from indexer.library.types import Failure, Folder, FolderState, PhotoId, Stage
from indexer.metadata import Recorded
from indexer.neighbours import Neighbours
from indexer.scan import Walk, Walker

_BATCH = 64  # files recorded in one transaction: the work lost when the process is killed


@dataclass(frozen=True)
class Found:
    """What came of it. `unreadable`: directories that could not be listed; nothing below them is forgotten."""

    counts: Counter[What] = field(default_factory=Counter)
    removed: int = 0
    unreadable: tuple[Failure, ...] = ()


class Reconciler:
    """Compares the disk with the library.

    `checkpoint` is called often; what it raises ends the work, and nothing is lost. `recorded` is called when there may
    be new jobs. `home` holds our own files.
    """

    def __init__(
        self, library: Library, home: Path, checkpoint: Callable[[], None], recorded: Callable[[], None]
    ) -> None:
        self._library = library
        self._home = home
        self._checkpoint = checkpoint
        self._recorded = recorded

    def everything(self) -> Found:
        """Looks at every folder; then, and only then, forgets the photos that no file holds any more."""
        chosen = folders.every(self._library.connect())
        walk = self._walk(chosen, [folder.path for folder in chosen])
        known = files.known(self._library.connect())
        found = self._compare(known, walk, [folder.path for folder in chosen])
        self._mark(chosen, walk)
        self._forget()
        return found

    def some(self, paths: Sequence[str]) -> Found:
        """Looks at those files and directories only. One of them may be gone, but no chosen folder."""
        chosen = folders.every(self._library.connect())
        paths = Neighbours().concerned(paths)
        walk = self._walk(chosen, paths)
        return self._compare(files.known(self._library.connect(), under=paths), walk, paths)

    def _walk(self, chosen: Sequence[Folder], paths: Sequence[str]) -> Walk:
        walk = Walk()
        excluded = frozenset({str(self._home), *(folder.path for folder in chosen)})
        for folder in chosen:
            walker = Walker(folder, walk, excluded=excluded, checkpoint=self._checkpoint)
            for path in paths:
                if scan.is_under(path, folder.path):
                    walker.look(path)
        return walk

    def _compare(self, known: list[Known], walk: Walk, paths: Sequence[str]) -> Found:
        reach = Reach(frozenset(paths), frozenset(walk.unreadable), frozenset(walk.devices))
        difference = changes.compare(known, walk.files, reach)
        missing = Missing(difference.missing)
        counts: Counter[What] = Counter()
        explained = itertools.chain(difference.moved, self._settled(difference.unsure, missing))
        for batch in _batches(explained):
            self._record(batch)
            counts.update(change.what for change in batch if change.failure is None)
        self._remove(missing.rest())
        unreadable = tuple(Failure(path, "scan", reason) for path, reason in walk.unreadable.items())
        return Found(counts, len(missing.rest()), unreadable)

    def _settled(self, unsure: Iterable[tuple[Seen, Known | None]], missing: Missing) -> Iterator[Change]:
        for seen, known in unsure:
            self._checkpoint()
            try:
                yield changes.settle(seen, known, fingerprints.of(seen.path), missing)
            except FileNotFoundError:
                continue  # it went while we were looking: the next look will say where
            except OSError as error:
                yield changes.unread(seen, known, scan.unreadable(error))

    def _record(self, batch: Sequence[Change]) -> None:
        with self._library.writing() as conn:
            for change in batch:
                for photo in _apply(conn, change):
                    refresh(conn, photo)
        self._recorded()

    def _remove(self, gone: Sequence[Known]) -> None:
        neighbours = Neighbours()
        with self._library.writing() as conn:
            for file in gone:
                _carry_to_its_picture(conn, file, neighbours)
            files.remove(conn, [file.id for file in gone])
            for content in {file.content for file in gone if file.content}:
                refresh(conn, photos.identify(conn, content))

    def _mark(self, chosen: Sequence[Folder], walk: Walk) -> None:
        """A folder is offline when it cannot be listed, or is an empty place where a drive used to be."""
        seen = {file.folder for file in walk.files}
        with self._library.writing() as conn:
            remembered = files.folders(conn)
            for folder in chosen:
                lost = folder.path in walk.unreadable or (folder.id in remembered and folder.id not in seen)
                folders.mark(conn, folder.id, FolderState.OFFLINE if lost else FolderState.PRESENT)

    def _forget(self) -> None:
        with self._library.writing() as conn:
            forgotten = photos.forget_fileless(conn)
        for content in forgotten:
            thumbnails.discard(self._home, content)


def refresh(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Brings up to date what depends on a photo's files: its place in the search, and its date where that is theirs."""
    held = files.of(conn, photo)
    if held and photos.is_dated_by_files(conn, photo):
        photos.redate(conn, photo, *metadata.taken(Recorded(), [(file.path, file.mtime_ns) for file in held]))
    search.refresh(conn, photo)


def _apply(conn: sqlite3.Connection, change: Change) -> set[PhotoId]:
    """Records the change; gives the photos it concerns."""
    photo = photos.identify(conn, change.content) if change.content else None
    if change.known is None:
        files.add(conn, change.seen, photo, change.failure)
    else:
        files.update(conn, change.known.id, change.seen, photo, change.failure)
    if photo is not None:
        jobs.add(conn, photo, [Stage.FACTS])
        jobs.wake(conn, photo)
        if change.seen.sidecars != (change.known.seen.sidecars if change.known else 0):
            jobs.again(conn, photo, Stage.FACTS)
    if photo is not None and change.what in (What.NEW, What.MOVED):
        jobs.again(conn, photo, Stage.WRITE)  # there may be nothing beside it
    before = photos.identify(conn, change.known.content) if change.known and change.known.content else None
    if change.what is What.CHANGED and photo is not None and before is not None:
        written.carry(conn, before, photo)
    return {concerned for concerned in (photo, before) if concerned is not None}


def _carry_to_its_picture(conn: sqlite3.Connection, gone: Known, neighbours: Neighbours) -> None:
    """What was written about a RAW file that is part of another photo now is said of that."""
    if gone.content is None:
        return
    for path in neighbours.pictures_of(gone.seen.path):
        if (photo := files.photo_at(conn, path)) is not None:
            written.carry(conn, photos.identify(conn, gone.content), photo)
            search.refresh(conn, photo)


def _batches(explained: Iterator[Change]) -> Iterator[list[Change]]:
    while batch := list(itertools.islice(explained, _BATCH)):
        yield batch
