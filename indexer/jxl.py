"""Opens JPEG XL where the package imagecodecs is installed (the extra `jxl`).

Runs in the decoder's process only, because picture files are not to be trusted. Source: ISO/IEC 18181, 1 and 2.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import PictureUnusable

_CODESTREAM = b"\xff\x0a"
_CONTAINER = b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a"
_HEADER_BYTES = 16  # that hold the size
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # of width to height
_SIZE_BITS = (9, 13, 18, 30)


@dataclass(frozen=True)
class Decoded:
    """A picture, upright as the decoder turns it, and what else is in its file, unread."""

    image: Image.Image
    exif: Image.Exif
    xmp: bytes


def is_one(file: BinaryIO) -> bool:
    """By its first bytes."""
    file.seek(0)
    start = file.read(len(_CONTAINER))
    file.seek(0)
    return start.startswith(_CODESTREAM) or start == _CONTAINER


def open_jxl(file: BinaryIO, refuse: Callable[[int, int], None]) -> Decoded:
    """`refuse` is told width and height before anything is decoded, and may raise. Raises PictureUnusable."""
    try:
        import imagecodecs
    except ImportError:
        raise PictureUnusable("JPEG XL needs one more package: pip install imagecodecs.") from None
    file.seek(0)
    data = file.read()
    boxes = dict(_boxes(data)) if data.startswith(_CONTAINER) else {b"jxlc": data}
    refuse(*_size(boxes.get(b"jxlc") or boxes.get(b"jxlp", b"")[4:]))
    try:
        pixels = imagecodecs.jpegxl_decode(data)
    except imagecodecs.JpegxlError as error:
        raise PictureUnusable("The picture is damaged: it cannot be decoded to its end.") from error
    exif = Image.Exif()
    if tiff := boxes.get(b"Exif", b"")[4:]:
        exif.load(b"Exif\0\0" + tiff)
    return Decoded(_image(pixels), exif, boxes.get(b"xml ", b""))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes by their type, the last of a type first told so that the first stays."""
    found = []
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = len(data) if size == 0 else at + size
        if end <= at or end > len(data):
            break
        found.append((kind, data[start:end]))
        at = end
    yield from reversed(found)


def _size(codestream: bytes) -> tuple[int, int]:
    """Width and height as the codestream's header has them. Raises PictureUnusable."""
    if not codestream.startswith(_CODESTREAM):
        raise PictureUnusable("The picture is damaged: there are no pixels in it.")
    bits = int.from_bytes(codestream[2:_HEADER_BYTES], "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    def side(small: int) -> int:
        return 8 * (take(5) + 1) if small else 1 + take(_SIZE_BITS[take(2)])

    small = take(1)
    height = side(small)
    ratio = take(3)
    if not ratio:
        return side(small), height
    over, under = _RATIOS[ratio - 1]
    return height * over // under, height


def _image(pixels: NDArray[Any]) -> Image.Image:
    """Eight bits a channel."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        pixels = (np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    frame = pixels[0] if pixels.ndim == 4 else pixels  # of an animation the first
    return Image.fromarray(frame[..., 0] if frame.ndim == 3 and frame.shape[-1] == 1 else frame)
