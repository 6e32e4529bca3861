"""The stages of a photo as plain functions: each works on the file and returns what is to be recorded."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from engine.budget import Budget, Closeness, decide
from engine.descriptions import PROMPT_VERSION
from engine.messages import Described, Picture, Reading, TextLine, TextRead
from engine.slicing import SliceRule
from indexer import captions, checks, choices, claims, metadata, places, sidecars, thumbnails, writing_back
from indexer.checks import Fault
from indexer.claims import Said
from indexer.decode import Decoder
from indexer.library import descriptions, files, jobs, lines, photos, vectors, written
from indexer.library.types import FOLLOWING, Description, Facts, Kind, Line, Photo, PhotoId, Place, Stage
from indexer.metadata import Recorded

ATTEMPTS = 2  # at a description that is one
PICTURE_PX = 2000  # longest side of what is read and looked at: more than either uses
FRAMES = 4  # of a video

Record = Callable[[sqlite3.Connection], None]


class Absent(Exception):
    """No file with this content can be opened right now: its drive is away, or the next look at the disk is due."""


class Reader(Protocol):
    """Reads the text in a picture: an EngineClient set up with the reader."""

    def read(self, picture: Picture, *, cancel: threading.Event | None = None) -> TextRead: ...


class Status(Protocol):
    """What an EngineClient says of itself."""

    @property
    def model(self) -> str | None: ...

    @property
    def at_once(self) -> int: ...


class Looker(Protocol):
    """Describes a picture: an EngineClient set up with a model."""

    @property
    def status(self) -> Status: ...

    @property
    def slicing(self) -> SliceRule: ...

    def describe(
        self,
        picture: Picture,
        *,
        language: str = "en",
        max_views: int = 10,
        attempt: int = 0,
        verify: bool = False,
        cancel: threading.Event | None = None,
    ) -> Described: ...


@dataclass(frozen=True)
class Tools:
    """What the stages work with. `cancel` ends what the engine is doing."""

    home: Path
    decoder: Decoder
    reader: Reader | None
    looker: Looker | None
    cancel: threading.Event


def run(stage: Stage, conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """Works the stage off. Raises Absent, NoSuchPhoto, EngineError or, where home cannot be written, OSError."""
    work = {
        Stage.FACTS: facts,
        Stage.READ: read,
        Stage.LOOK: look,
        Stage.CLOSE: look_closely,
        Stage.WRITE: write,
    }[stage]
    return work(conn, photo, tools)


def facts(conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """Size, time, place, camera, thumbnail and what people wrote; then it can be listed, read and looked at."""
    content = photos.content_hash(conn, photo)
    held = files.of(conn, photo)
    beside = [sidecar for file in held for sidecar in sidecars.of(file.path)]
    inspected = tools.decoder.inspect(_openable(held), beside)
    thumbnails.write(tools.home, content, inspected.thumbnail)
    camera = inspected.recorded
    taken_at, source = metadata.taken(camera, [(file.path, file.mtime_ns) for file in held])
    found = Facts(
        width=inspected.width,
        height=inspected.height,
        format=inspected.format,
        taken_at=taken_at,
        taken_at_source=source,
        utc_offset=camera.utc_offset,
        latitude=camera.latitude,
        longitude=camera.longitude,
        place=_place(camera),
        camera=camera.camera,
        lens=camera.lens,
        look=inspected.look,
    )

    def record(conn: sqlite3.Connection) -> None:
        photos.record(conn, photo, found)
        written.record(conn, photo, inspected.written)
        jobs.add(conn, photo, FOLLOWING)

    return record


def read(conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """The lines of text in the picture; where some could not be read, the model is to look at it before others."""
    assert tools.reader is not None
    picture = tools.decoder.load(_openable(files.of(conn, photo)), PICTURE_PX, frames=FRAMES)
    reading = tools.reader.read(picture, cancel=tools.cancel).reading
    found = [Line(line.text, line.confidence, line.box) for line in reading.lines]

    def record(conn: sqlite3.Connection) -> None:
        lines.record(conn, photo, found, reading.unread)
        if reading.unread:
            jobs.hasten(conn, photo, Stage.LOOK)

    return record


def look(conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """Caption, tags and kind by the model, in as many views as the photo needs."""
    return _look(conn, photo, tools, choices.closeness(conn))


def look_closely(conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """The same, in all views."""
    return _look(conn, photo, tools, Closeness.ALL)


def write(conn: sqlite3.Connection, photo: PhotoId, tools: Tools) -> Record:
    """What is known of the photo, into a sidecar beside each of its files."""
    _openable(files.of(conn, photo))
    return writing_back.write_one(photos.get(conn, photo), tools.decoder)


def budget(known: Photo, picture: Picture, slicing: SliceRule, closeness: Closeness) -> Budget:
    """How many views a photo is to be looked at in, by what was read in it and by its pixels."""
    read = tuple(TextLine(line.text, line.confidence, line.box) for line in known.lines)
    return decide(picture, Reading(read, known.unread), slicing, closeness)


def _look(conn: sqlite3.Connection, photo: PhotoId, tools: Tools, closeness: Closeness) -> Record:
    """The caption is composed of what is known where the model gives none."""
    assert tools.looker is not None
    picture = tools.decoder.load(_openable(files.of(conn, photo)), PICTURE_PX, frames=FRAMES)
    known = photos.get(conn, photo)
    allowed = budget(known, picture, tools.looker.slicing, closeness)
    language = choices.caption_language(conn)
    seen, said, fault = _described(conn, photo, picture, allowed.views, language, tools)
    kind = Kind(seen.kind) if seen.kind in set(Kind) else Kind.UNKNOWN
    sight = captions.Sight(kind, said.tags, seen.colour, said.things)
    if not seen.caption:  # a small model that only sorts pictures, and is sure of nonsense
        sight = captions.believed(sight, seen.confidence, known.lines)
    description = Description(
        caption=said.caption or captions.compose(sight, known.lines, language),
        tags=sight.tags,
        kind=sight.kind,
        colour=sight.colour,
        text=seen.text,
        confidence=seen.confidence,
        language=language,
        model=tools.looker.status.model or "",
        prompt_version=PROMPT_VERSION,
        views=seen.views,
        seconds=seen.seconds,
        created_at=datetime.now(UTC),
        all_views=seen.all_views,
        views_reason=allowed.reason,
        fault=fault or "",
        doubted=said.doubted,
    )

    def record(conn: sqlite3.Connection) -> None:
        descriptions.record(conn, photo, description)
        if seen.vector:
            vectors.record(conn, photo, description.model, seen.vector)
        writing_back.queue(conn, photo)

    return record


def _described(
    conn: sqlite3.Connection, photo: PhotoId, picture: Picture, max_views: int, language: str, tools: Tools
) -> tuple[Described, Said, Fault | None]:
    """What the model says, and what of it it stands by; where that is no description, what it says when asked anew.

    And what is still wrong with it.
    """
    assert tools.looker is not None
    for attempt in range(ATTEMPTS):
        seen = tools.looker.describe(
            picture,
            language=language,
            max_views=max_views,
            attempt=attempt,
            verify=choices.verifies(conn),
            cancel=tools.cancel,
        )
        said = claims.held(Said(seen.caption, seen.tags, seen.things), seen.claims)
        if not seen.caption:  # it writes none
            return seen, said, None
        found = checks.fault(seen.caption, language, descriptions.alike(conn, photo, seen.caption))
        if found is None:
            return seen, said, Fault.DOUBTED if said.is_doubtful else None
    return seen, said, found


def is_there(conn: sqlite3.Connection, photo: PhotoId) -> bool:
    """Whether a file with this content can be opened right now."""
    try:
        _openable(files.of(conn, photo))
    except Absent:
        return False
    return True


def _place(camera: Recorded) -> Place | None:
    if camera.latitude is None or camera.longitude is None:
        return None
    return places.nearest(camera.latitude, camera.longitude)


def _openable(held: list[files.Seen]) -> str:
    """The path of a file that is there and, by its size and time, still has the content it had."""
    for file in held:
        try:
            found = os.stat(file.path)  # noqa: PTH116
        except OSError:
            continue
        if (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns):
            return file.path
    raise Absent
