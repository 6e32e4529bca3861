"""Writes what is known of the photos into XMP files beside them, for other programs; the photos stay as they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import EngineError
from engine.whole_files import whole
from indexer import sidecars
from indexer.decode import Decoder
from indexer.library import care, files
from indexer.library.database import Library
from indexer.library.types import Photo
from indexer.neighbours import Neighbours
from indexer.xmp_merge import Words


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
        for path in photo.paths:
            if os.path.exists(path):  # noqa: PTH110 (a name that is no Unicode has no Path)
                yield _write(library, decoder, path, Path(neighbours.sidecar_to_write(path)), words, dry=dry)


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


def _write(library: Library, decoder: Decoder, path: str, sidecar: Path, words: Words, *, dry: bool) -> Outcome:
    there = sidecar.exists()
    try:
        packet = decoder.merge(str(sidecar), words)
        if there and packet == sidecar.read_bytes():
            return Outcome(str(sidecar), What.SAME)
        if not dry:
            _replace(sidecar, packet)
            with library.writing() as conn:  # so that the next look at the disk finds nothing new
                files.restamp(conn, path, sidecars.stamp(path))
    except EngineError as error:
        return Outcome(str(sidecar), What.FAILED, str(error))
    except OSError as error:
        return Outcome(str(sidecar), What.FAILED, f"It cannot be written: {error.strerror}.")
    return Outcome(str(sidecar), What.CHANGED if there else What.NEW)


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
