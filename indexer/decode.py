"""Opens picture files in a process of its own, which has no network, little memory and little time.

A file that ends that process, or makes it hang, is named; the next file gets a new process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from engine.child import Child
from engine.errors import EngineCrashed, EngineError, PictureUnusable
from engine.messages import Picture
from indexer.library.types import Written
from indexer.metadata import Recorded
from indexer.xmp_merge import Words


class Limits(msgspec.Struct, frozen=True):
    """What the process may take. It may never write to a file."""

    memory_bytes: int = 2 << 30  # 200 megapixels and what turning them takes
    thumbnail_px: int = 512


class Inspect(msgspec.Struct, frozen=True, tag=True):
    """What is in the file at `path` (as the system's bytes) and in its sidecars, the foremost first; its thumbnail."""

    id: int
    path: bytes
    sidecars: tuple[bytes, ...] = ()


class Load(msgspec.Struct, frozen=True, tag=True):
    """The pixels of the file at `path`, the longest side at most `max_px`; of a video so many `frames`."""

    id: int
    path: bytes
    max_px: int
    frames: int = 1


class Merge(msgspec.Struct, frozen=True, tag=True):
    """What is to be written into the sidecar at `path`, which may be none yet."""

    id: int
    path: bytes
    words: Words


class Inspected(msgspec.Struct, frozen=True, tag=True):
    """A picture file's facts, its size upright, what people wrote of it, its look (indexer.likeness), and a JPEG
    file as thumbnail.
    """

    id: int
    width: int
    height: int
    format: str
    recorded: Recorded
    written: Written
    look: int
    thumbnail: bytes


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """A picture file's pixels."""

    id: int
    picture: Picture


class Merged(msgspec.Struct, frozen=True, tag=True):
    """The bytes of a sidecar as it is to be."""

    id: int
    packet: bytes


Answer = TypeVar("Answer", Inspected, Loaded, Merged)


class DecoderUnusable(EngineError):
    """The process cannot even be started: no fault of any picture."""

    code = "decoder-unusable"


class Decoder:
    """Owns the process, which starts with the first file. Any thread may use it.

    `hang_s`: how long one file may take. It is tried twice before it is given up.
    """

    def __init__(self, limits: Limits | None = None, *, hang_s: float = 60.0) -> None:
        self._child = Child("indexer.decode_child", limits or Limits(), Inspected | Loaded | Merged, hang_s=hang_s)

    def inspect(self, path: str, sidecars: Sequence[str] = ()) -> Inspected:
        """Raises PictureUnusable with a sentence on the file, or DecoderUnusable where no process can be started."""
        beside = tuple(map(os.fsencode, sidecars))
        return self._ask(lambda number: Inspect(number, os.fsencode(path), beside), Inspected)

    def load(self, path: str, max_px: int, *, frames: int = 1) -> Picture:
        """The upright pixels in sRGB; of a video, that many frames on one sheet. Raises as `inspect`."""
        return self._ask(lambda number: Load(number, os.fsencode(path), max_px, frames), Loaded).picture

    def merge(self, sidecar: str, words: Words) -> bytes:
        """The bytes of the sidecar with `words` in it. Raises EngineError with a sentence on the sidecar."""
        return self._ask(lambda number: Merge(number, os.fsencode(sidecar), words), Merged).packet

    def close(self) -> None:
        self._child.close()

    def _ask(self, build: Callable[[int], msgspec.Struct], expected: type[Answer]) -> Answer:
        self._start()
        try:
            return self._child.call(build, expected)
        except EngineCrashed as error:
            raise PictureUnusable(
                "Opening this picture took too long or ended the process that opens pictures, twice."
            ) from error

    def _start(self) -> None:
        try:
            self._child.start()
        except EngineCrashed as error:
            raise DecoderUnusable(f"The process that opens pictures cannot be started: {error}") from error
