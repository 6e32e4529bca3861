"""Opens what cameras keep unprocessed (RAW): the preview in it where that is large enough, else what the sensor saw.

Runs in the decoder's process only, because picture files are not to be trusted. Through LibRaw.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    import rawpy

# LibRaw's way to say how a picture is to be turned, as EXIF's.
_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}
_ENOUGH = 0.9  # of what is wanted: some cameras crop their previews a little


@dataclass(frozen=True)
class Unprocessed:
    """A picture as it lies in the file; `width` and `height` are the sensor's.

    `orientation` turns it upright, as in EXIF. `exif`: what the preview says, where some cameras keep all of it.
    """

    image: Image.Image
    width: int
    height: int
    orientation: int
    exif: Image.Exif


def open_raw(file: BinaryIO, max_px: int, refuse: Callable[[int, int], None]) -> Unprocessed:
    """The picture, about as large as `max_px` on its longer side if it is as large.

    `refuse` is told width and height before anything is decoded, and may raise. Raises UnidentifiedImageError.
    """
    import rawpy  # LibRaw, only where it is needed

    file.seek(0)
    try:
        with rawpy.imread(file) as raw:
            sensor = (raw.sizes.width, raw.sizes.height)
            refuse(*sensor)
            preview = _preview(raw)
            refuse(*(preview.size if preview else sensor))
            wanted = _ENOUGH * min(max_px, max(sensor))
            image = preview if preview and max(preview.size) >= wanted else _developed(raw, max_px, sensor)
            exif = preview.getexif() if preview else Image.Exif()
            return Unprocessed(image, *sensor, _ORIENTATIONS.get(raw.sizes.flip, 1), exif)
    except (rawpy.LibRawFileUnsupportedError, rawpy.LibRawIOError) as error:
        raise UnidentifiedImageError(str(error)) from error
    except rawpy.LibRawError as error:
        raise OSError(f"LibRaw says: {_words(error)}") from error


def _preview(raw: rawpy.RawPy) -> Image.Image | None:
    import rawpy

    with contextlib.suppress(rawpy.LibRawError):
        found = raw.extract_thumb()
        if found.format is rawpy.ThumbFormat.JPEG:
            return Image.open(io.BytesIO(found.data), formats=("JPEG",))
        return Image.fromarray(found.data)
    return None


def _developed(raw: rawpy.RawPy, max_px: int, sensor: tuple[int, int]) -> Image.Image:
    """By the camera's white balance; at half the size, which is four times as quick, where that is large enough."""
    half = max(sensor) >= 2 * max_px
    return Image.fromarray(raw.postprocess(use_camera_wb=True, half_size=half, user_flip=0))


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
