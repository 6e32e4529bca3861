"""The process that opens picture files for indexer.decode: `python -m indexer.decode_child`, spoken to on two pipes."""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
from collections.abc import Iterator

import msgspec

from engine.messages import Picture
from engine.serving import Send, Service, serve
from indexer import likeness, xmp
from indexer.decode import Inspect, Inspected, Limits, Load, Loaded, Merge, Merged
from indexer.library.types import Written
from indexer.metadata import recorded
from indexer.pictures import open_picture, to_jpeg
from indexer.xmp_merge import merged

# Of thumbnails: a little under 2, so that the commonest photos, 4032 pixels wide, are decoded at a quarter of that.
_REDUCING_GAP = 1.96


@contextlib.contextmanager
def opener(limits: Limits) -> Iterator[Service]:
    """Gives up memory and writing first, then answers."""
    if sys.platform != "win32":
        _confine(limits)

    def handle(
        request: Inspect | Load | Merge,
        send: Send,  # noqa: ARG001
        cancelled: threading.Event,  # noqa: ARG001
    ) -> msgspec.Struct:
        match request:
            case Inspect():
                return _inspect(request, limits.thumbnail_px)
            case Load():
                return _load(request)
            case Merge():
                return Merged(request.id, merged(_sidecar(request.path), request.words))

    yield Service(handle)


def _confine(limits: Limits) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _inspect(request: Inspect, thumbnail_px: int) -> Inspected:
    opened = open_picture(request.path, thumbnail_px, reducing_gap=_REDUCING_GAP)
    written, taken_at = Written(), None
    for packet in (*map(_sidecar, request.sidecars), opened.xmp):
        more, moment = xmp.read(packet)
        written, taken_at = written.over(more), taken_at or moment
    return Inspected(
        request.id,
        opened.width,
        opened.height,
        opened.format,
        opened.filmed or recorded(opened.exif, taken_at),
        written.over(xmp.iptc(opened.iptc)),
        likeness.look(opened.image),
        to_jpeg(opened.image),
    )


def _sidecar(path: bytes) -> bytes:
    """Its bytes; none where it is gone or larger than one can be."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a name as bytes has no Path)
            return file.read(xmp.MOST_BYTES + 1)
    except OSError:
        return b""


def _load(request: Load) -> Loaded:
    image = open_picture(request.path, request.max_px, reducing_gap=1.0, frames=request.frames).image
    return Loaded(request.id, Picture(image.width, image.height, image.tobytes()))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Pillow's, on damaged metadata: the picture may be sound
    serve(Limits, Inspect | Load | Merge, opener)
