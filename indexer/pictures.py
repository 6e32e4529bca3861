"""Opens a picture of any format by its content: upright, in sRGB, eight bits a channel, what is transparent on white.

Runs in the decoder's process only, because picture files are not to be trusted.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import pi_heif
from PIL import ExifTags, Image, ImageCms, IptcImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from engine.errors import PictureUnusable
from indexer import jxl, video
from indexer.metadata import Recorded
from indexer.raw import Unprocessed, open_raw

MAX_PIXELS = 200_000_000  # as many as the largest cameras take; more is refused, as an attack on the memory
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")
_FORMAT_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}

# EXIF's orientation: what turns the pixels upright. From 5 on width and height change places.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TIFF_XMP = 700
_SRGB = ImageCms.createProfile("sRGB")

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit warns; ours is `_refuse_if_too_large`
pi_heif.register_heif_opener()


@dataclass(frozen=True)
class Opened:
    """A picture in RGB; `width` and `height` are those of the file, upright, and `image` may be smaller.

    `xmp` and `iptc`: what else is written in the file, unread. `filmed`: what the camera wrote, of a video.
    """

    image: Image.Image
    width: int
    height: int
    format: str
    exif: Image.Exif
    xmp: bytes = b""
    iptc: Mapping[tuple[int, int], bytes | list[bytes]] = field(default_factory=dict)
    filmed: Recorded | None = None


def open_picture(path: bytes | str, max_px: int, *, reducing_gap: float, frames: int = 1) -> Opened:
    """The picture with its longest side at most `max_px`; of a video, `frames` on one sheet.

    Raises PictureUnusable with a sentence.

    `reducing_gap`: a JPEG that is larger is decoded at no less than this many times `max_px`. 1 is the quickest; from
    2 on no difference to a full decode can be seen.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a name as bytes has no Path)
            return _open(file, max_px, reducing_gap, frames)
    except PictureUnusable:
        raise
    except MemoryError:
        raise PictureUnusable("The picture takes more memory to open than Tintype allows.") from None
    except Exception as error:  # there is no end to what decoders raise on damaged files
        raise PictureUnusable(_sentence(error)) from error


def to_jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _open(file: BinaryIO, max_px: int, reducing_gap: float, frames: int) -> Opened:
    if os.fstat(file.fileno()).st_size == 0:
        raise PictureUnusable("The file is empty.")
    try:
        with Image.open(file, formats=FORMATS) as source:
            raw = _raw(file, max_px) if _may_be_raw(source) else None
            if raw is None:
                return _processed(source, max_px, reducing_gap)
            return _unprocessed(raw, source, max_px, reducing_gap)
    except UnidentifiedImageError:
        if jxl.is_one(file):
            decoded = jxl.open_jxl(file, _refuse_if_too_large)
            image = _in_srgb(_resized(_resizable(decoded.image), max_px), None)
            return Opened(image, *decoded.image.size, "JXL", decoded.exif, decoded.xmp)
        if reader := video.reader_of(file):
            filmed = video.open_video(file, reader, frames, _refuse_if_too_large)
            image = _resized(filmed.sheet, max_px)
            return Opened(image, filmed.width, filmed.height, filmed.format, Image.Exif(), filmed=filmed.recorded)
        raw = _raw(file, max_px)
        if raw is None:
            raise
        return _unprocessed(raw, None, max_px, reducing_gap)


def _processed(source: ImageFile, max_px: int, reducing_gap: float) -> Opened:
    _refuse_if_too_large(*source.size)
    size = source.size
    drafted = source.draft(None, _fitting(size, round(max_px * reducing_gap))) is not None
    source.load()
    size = size if drafted else source.size  # loading a TIFF turns it upright
    orientation = _orientation(source)
    image = _in_srgb(_resized(_resizable(source), max_px), source.info.get("icc_profile"))
    image, width, height = _upright(image, size, orientation)
    name = _FORMAT_NAMES.get(str(source.format), str(source.format))
    return Opened(image, width, height, name, source.getexif(), _xmp(source), _iptc(source))


def _unprocessed(raw: Unprocessed, container: ImageFile | None, max_px: int, reducing_gap: float) -> Opened:
    """`container`: the file as Pillow opens it, which is where most cameras keep what they say of a picture."""
    raw.image.draft(None, _fitting(raw.image.size, round(max_px * reducing_gap)))
    image = _in_srgb(_resized(_resizable(raw.image), max_px), raw.image.info.get("icc_profile"))
    orientation = raw.orientation
    if orientation == 1 and container is not None:  # LibRaw does not ask every directory of the file
        orientation = _orientation(container)
    image, width, height = _upright(image, (raw.width, raw.height), orientation)
    if container is None:
        return Opened(image, width, height, "RAW", raw.exif)
    exif = container.getexif()
    name = "DNG" if ExifTags.Base.DNGVersion in exif else "RAW"
    return Opened(image, width, height, name, exif, _xmp(container), _iptc(container))


def _may_be_raw(source: ImageFile) -> bool:
    """Most cameras' RAW files are TIFF files, as which Pillow would open a thumbnail."""
    return source.format == "TIFF" and ExifTags.Base.Make in source.getexif()


def _raw(file: BinaryIO, max_px: int) -> Unprocessed | None:
    try:
        return open_raw(file, max_px, _refuse_if_too_large)
    except UnidentifiedImageError:
        return None


def _upright(image: Image.Image, size: tuple[int, int], orientation: int) -> tuple[Image.Image, int, int]:
    """The picture turned, and the width and height that `size` has then."""
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    width, height = reversed(size) if orientation >= 5 else size
    return image, width, height


def _xmp(source: ImageFile) -> bytes:
    """The packet as each format's decoder gives it; PNG's as text."""
    packet = source.info.get("xmp") or source.info.get("XML:com.adobe.xmp") or b""
    if not packet and source.format == "TIFF":
        packet = source.getexif().get(_TIFF_XMP) or b""
    return packet.encode() if isinstance(packet, str) else bytes(packet)


def _iptc(source: ImageFile) -> Mapping[tuple[int, int], bytes | list[bytes]]:
    try:
        return IptcImagePlugin.getiptcinfo(source) or {}
    except Exception:  # there is no end to what a damaged record raises
        return {}


def _refuse_if_too_large(width: int, height: int) -> None:
    pixels = width * height
    if pixels > MAX_PIXELS:
        raise PictureUnusable(
            f"The picture claims {pixels // 1_000_000:,} megapixels; Tintype opens up to {MAX_PIXELS // 1_000_000}."
        )


def _orientation(source: Image.Image) -> int:
    """EXIF's orientation, 1 to 8. pi-heif and TIFF have applied it by now and say 1."""
    found = source.getexif().get(ExifTags.Base.Orientation, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _resizable(image: Image.Image) -> Image.Image:
    """In a mode whose pixels may be averaged: L, LA, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # sixteen bits, whatever their order
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "F":
        return _stretched(image)
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Floating point has no agreed white: its darkest value becomes black, its lightest white."""
    darkest, lightest = image.getextrema()
    assert isinstance(darkest, float) and isinstance(lightest, float)
    scale = 255 / (lightest - darkest) if lightest > darkest else 0.0
    return image.point(lambda value: value * scale - darkest * scale).convert("L")


def _resized(image: Image.Image, max_px: int) -> Image.Image:
    size = _fitting(image.size, max_px)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _fitting(size: tuple[int, int], max_px: int) -> tuple[int, int]:
    """The size of the same shape with its longest side `max_px`; `size` itself where that is no smaller."""
    width, height = size
    scale = min(1.0, max_px / max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB; transparency becomes white, and a profile that cannot be used is ignored."""
    if image.mode in ("LA", "RGBA"):
        image = _on_white(image)
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            converted = ImageCms.profileToProfile(image, io.BytesIO(profile), _SRGB, outputMode="RGB")
            return converted or image
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _sentence(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "This is not a picture in a format that Tintype knows."
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "The file is cut off: a part of the picture is missing."
    if isinstance(error, OSError) and error.strerror:
        return f"It cannot be read: {error.strerror}."
    return f"The picture is damaged ({str(error).rstrip('.') or type(error).__name__})."
