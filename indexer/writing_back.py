"""Writes what is known of the photos into XMP files beside them, for other programs; the photos stay as they are."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import EngineError
from engine.whole_files import whole
from indexer import choices, sidecars
from indexer.decode import Decoder
from indexer.library import care, files, jobs, photos
from indexer.library.database import Library
from indexer.library.types import Photo, PhotoId, Stage
from indexer.neighbours import Neighbours
from indexer.xmp_merge import Words


class NotWritten(EngineError):
    """A file beside a photo could not be written."""


class What(StrEnum):
    """What becomes of a sidecar."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"  # as it was
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """One sidecar, and where it could not be written, a sentence on why."""

    path: str
    what: What
    failure: str = ""


def write_back(library: Library, decoder: Decoder, *, dry: bool = False) -> Iterator[Outcome]:
    """Goes through the photos that are there and are described or written about; can be left and begun again anywhere.

    `dry`: says what would be done, and does nothing.
    """
    neighbours = Neighbours()
    for photo in care.everything(library.connect()):
        words = words_of(photo)
        if words == Words():
            continue
        for path in _there(photo):
            sidecar = neighbours.sidecar_to_write(path)
            try:
                what = _put(sidecar, decoder, words, dry=dry)
            except EngineError as error:
                yield Outcome(sidecar, What.FAILED, str(error))
                continue
            if not dry:
                with library.writing() as conn:
                    _restamp(conn, path)
            yield Outcome(sidecar, what)


def queue(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Something new is known of the photo: it is written in its turn, where the person wants that."""
    if choices.writes_back(conn):
        jobs.queue(conn, photo, Stage.WRITE)


def write_one(photo: Photo, decoder: Decoder) -> Callable[[sqlite3.Connection], None]:
    """Writes what is known of one photo; what it gives is to be called in a transaction of the library.

    Raises EngineError with a sentence on a sidecar that could not be written.
    """
    words, paths, neighbours = words_of(photo), _there(photo), Neighbours()
    for path in paths:
        _put(neighbours.sidecar_to_write(path), decoder, words)

    def record(conn: sqlite3.Connection) -> None:
        for path in paths:
            _restamp(conn, path)
        if words_of(photos.get(conn, photo.id)) != words:  # more became known meanwhile
            jobs.again(conn, photo.id, Stage.WRITE)

    return record


def words_of(photo: Photo) -> Words:
    """What is written of a photo: what the person wrote here, and what a model saw unless that is unsure."""
    own, seen = photo.own, photo.description
    if seen is None or seen.fault or not seen.caption:
        return Words(own_caption=own.caption, own_keywords=own.keywords)
    return Words(
        caption=seen.caption,
        language=seen.language,
        tags=seen.tags,
        model=seen.model,
        prompt_version=seen.prompt_version,
        described_at=seen.created_at.isoformat(timespec="seconds"),
        own_caption=own.caption,
        own_keywords=own.keywords,
    )


def _there(photo: Photo) -> list[str]:
    return [path for path in photo.paths if os.path.exists(path)]  # noqa: PTH110 (a name that is no Unicode has no Path)


def _put(path: str, decoder: Decoder, words: Words, *, dry: bool = False) -> What:
    """Makes the sidecar say those words, and no earlier ones of ours. Raises EngineError."""
    sidecar = Path(path)
    there = sidecar.exists()
    if not there and words == Words():
        return What.SAME
    packet = decoder.merge(path, words)
    try:
        if there and packet == sidecar.read_bytes():
            return What.SAME
        if not dry:
            _replace(sidecar, packet)
    except OSError as error:
        raise NotWritten(f"{sidecar.name} cannot be written: {error.strerror}.") from error
    return What.CHANGED if there else What.NEW


def _restamp(conn: sqlite3.Connection, path: str) -> None:
    """So that the next look at the disk finds nothing new there."""
    files.restamp(conn, path, sidecars.stamp(path))


def _replace(sidecar: Path, packet: bytes) -> None:
    """Whole or not at all, with the permissions that were there."""
    target = sidecar.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    with whole(target, lasting=True) as part:
        if mode is not None:
            part.touch(0o600)
        part.write_bytes(packet)
    if mode is not None:
        target.chmod(mode)
