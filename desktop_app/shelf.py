"""What the window reads from the library, each call on the connection of the thread that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop_app import i18n
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.types import Chip
from desktop_app.models.sidebar import Scope
from indexer import thumbnails
from indexer.library import bursts, chats, descriptions, folders, photos, search
from indexer.library.database import Library
from indexer.library.types import Chat, Failure, Folder, Hit, Kind, Photo, PhotoId, PhotoRow
from indexer.neighbours import Neighbours
from indexer.service import Indexer

FOUND_AT_MOST = 5000


@dataclass(frozen=True)
class Overview:
    """The library at a glance."""

    photos: int
    kinds: Mapping[Kind, int]
    folders: tuple[Folder, ...]
    failures: tuple[Failure, ...]
    silent: frozenset[str]  # the paths of folders that are looked at from time to time


@dataclass(frozen=True)
class Found:
    """What a search found, best first, how it was read, and which of the photos are shown as one."""

    photos: tuple[PhotoId, ...]
    chips: tuple[Chip, ...] = ()
    bursts: Mapping[PhotoId, int] = field(default_factory=dict)


class Shelf:
    """Read-only and free of Qt; any thread may call it."""

    def __init__(self, library: Library, indexer: Indexer, assistant: Assistant, home: Path) -> None:
        self._library = library
        self._indexer = indexer
        self._assistant = assistant
        self._home = home

    def overview(self) -> Overview:
        conn = self._library.connect()
        return Overview(
            photos=photos.count(conn),
            kinds=descriptions.count_by_kind(conn),
            folders=tuple(folders.every(conn)),
            failures=self._indexer.failures(),
            silent=self._indexer.silent_folders,
        )

    def rows(self, wanted: Sequence[PhotoId]) -> list[PhotoRow]:
        return photos.rows(self._library.connect(), wanted)

    def photo(self, photo: PhotoId) -> Photo:
        """With the RAW files and films that are part of it at the end of its paths."""
        known = photos.get(self._library.connect(), photo)
        neighbours = Neighbours()
        seconds = [second for path in known.paths for second in neighbours.seconds_of(path)]
        return replace(known, paths=(*known.paths, *seconds)) if seconds else known

    def thumbnail(self, photo: PhotoId) -> Path:
        return thumbnails.path_of(self._home, photos.content_hash(self._library.connect(), photo))

    def chats(self, text: str) -> list[Chat]:
        """What was asked before, of which `text` holds some words."""
        return chats.find(self._library.connect(), text)

    def cited(self, chat: Chat) -> tuple[Hit, ...]:
        """The photos its answer numbers, if all of them are still there."""
        found = search.hits(self._library.connect(), chat.photos)
        return tuple(found) if len(found) == len(chat.photos) else ()

    def find(self, scope: Scope, text: str = "", left_out: tuple[Chip, ...] = ()) -> Found:
        """The photos of a scope that fit what was typed; all of it where nothing was."""
        conn = self._library.connect()
        folder = scope.folder.id if scope.folder else None
        if not text and scope.kind is None:
            return Found(tuple(photos.ids(conn, folder)), bursts=bursts.numbers(conn))
        reading = self._assistant.read(text, prior=i18n.language(), without=left_out)
        query = replace(reading.query, folder=folder)
        if scope.kind is not None:
            query = replace(query, kinds=(scope.kind,))
        hits = search.search(conn, query, limit=FOUND_AT_MOST, order=reading.order)
        return Found(tuple(hit.photo for hit in hits), reading.chips, bursts.numbers(conn))
