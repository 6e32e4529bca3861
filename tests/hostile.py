"""Makes a folder of files as no camera writes them: damaged, misnamed, enormous, unreadable, and merely odd."""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

SAMPLES = Path(__file__).parents[1] / "assets" / "samples"


class Fate(Enum):
    """What is right to become of a file."""

    INDEXED = "listed as a photo"
    FAILED = "reported with one sentence"
    SKIPPED = "no picture by its name or nature, so not looked at"


def make(folder: Path) -> Mapping[Path, Fate]:
    """Fills the folder and says what is to become of each file in it; what this system cannot hold is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    fates: dict[Path, Fate] = {}
    for fate, files in ((Fate.INDEXED, _odd()), (Fate.FAILED, _broken()), (Fate.SKIPPED, _no_pictures())):
        for name, content in files.items():
            path = folder / os.fsdecode(name)
            try:
                path.write_bytes(content)
            except OSError:
                continue
            fates[path] = fate
    return fates | _unusual(folder)


# ---- sound pictures with something odd about them


def _odd() -> Mapping[str | bytes, bytes]:
    return {
        "one pixel.png": _saved("PNG", size=(1, 1)),
        "ribbon.png": _saved("PNG", size=(20_000, 10)),
        "four inks.jpg": _saved("JPEG", mode="CMYK"),
        "sixteen bits.png": _saved("PNG", mode="I;16"),
        "see-through palette.png": _saved("PNG", mode="P", transparency=0),
        "pages.tiff": _saved("TIFF", save_all=True, append_images=[_picture(2), _picture(3)]),
        "moving.webp": _saved("WEBP", save_all=True, append_images=[_picture(4), _picture(5)], duration=100),
        "moving.gif": _saved("GIF", save_all=True, append_images=[_picture(6), _picture(7)]),
        "really a png.jpg": _saved("PNG"),
        "UPPER CASE.JPG": _saved("JPEG"),
        "broken exif.jpg": _saved("JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xfe" * 64),
        "nowhere.jpg": _saved("JPEG", exif=_exif(position=(IFDRational(0, 0), IFDRational(0, 0)))),
        "beyond the map.jpg": _saved("JPEG", exif=_exif(position=(IFDRational(123), IFDRational(999)))),
        "orientation 9.jpg": _saved("JPEG", exif=_exif(orientation=9)),
        "day 0.jpg": _saved("JPEG", exif=_exif(taken="0000:00:00 00:00:00")),
        "huge exif.jpg": _saved("JPEG", exif=_exif(maker_note=b"\xaa" * 64_000)),
        "garbled profile.jpg": _saved("JPEG", icc_profile=b"no profile at all" * 40),
        "tail.jpg": _saved("JPEG") + b"\0" * 5000 + b"what a phone hides behind a picture",
        "picture and archive.jpg": _saved("JPEG") + _zip("inside.txt", b"both at once"),
        "picture and program.jpg": _saved("JPEG", comment=b"*/=alert(1)/*<script>alert(1)</script>"),
        f"{'long ' * 48}.jpg": _saved("JPEG"),
        "line\nbreak.jpg": _saved("JPEG"),
        "🐈‍⬛ 猫 قطة.jpg": _saved("JPEG"),
        "\u202egpj.exe.jpg": _saved("JPEG"),
        "'; drop table photos; --.jpg": _saved("JPEG"),
        "%s %00 $(id) {0}.jpg": _saved("JPEG"),
        **({b"\xff\xfe not text.jpg": _saved("JPEG")} if sys.platform == "linux" else {}),
    }


# ---- files that only claim to be pictures


def _broken() -> Mapping[str | bytes, bytes]:
    return {
        "cut off.jpg": _cut(_saved("JPEG", size=(900, 700))),
        "cut off.png": _cut(_saved("PNG", size=(900, 700))),
        "cut off.heic": _cut((SAMPLES / "Receipts" / "Bäckerei.heic").read_bytes()),
        "cut off.webp": _cut(_saved("WEBP", size=(900, 700))),
        "empty.jpg": b"",
        "two bytes.jpg": b"\xff\xd8",
        "noise.jpg": random.Random(8).randbytes(20_000),
        "noise.heic": b"\0\0\0\x18ftypheic\0\0\0\0" + random.Random(9).randbytes(4000),
        "web page.png": b"<!doctype html><title>404</title><p>Not found",
        "drawing.jpg": b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>',
        "film.jpg": b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + b"\0\0\0\x08free" + b"\0" * 4000,
        "archive.jpg": _zip("zeros", b"\0" * 20_000_000),
        "no frames.gif": b"GIF89a" + struct.pack("<HHBBB", 40, 30, 0, 0, 0) + b";",
        "bomb.png": _png(50_000, 50_000),
        "text bomb.png": _png(8, 8, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 200_000_000, 9))),
        "claims too much.jpg": _claiming(_saved("JPEG"), 65_500, 65_500),
        "wrong checksum.png": _saved("PNG").replace(b"IDAT", b"IDAT\x99", 1),
    }


# ---- what is not looked at


def _no_pictures() -> Mapping[str | bytes, bytes]:
    return {
        "notes.txt": b"milk, bread",
        "film.mp4": b"\0\0\0\x18ftypmp42",
        "no extension": _saved("JPEG"),
        ".hidden.jpg": _saved("JPEG"),
        "._resource fork.jpg": b"\0\x05\x16\x07",
    }


def _unusual(folder: Path) -> Mapping[Path, Fate]:
    """Directories, links, pipes and permissions."""
    directory = folder / "directory.jpg"
    directory.mkdir()
    (directory / "inside.jpg").write_bytes(_saved("JPEG"))
    fates = {directory: Fate.SKIPPED, directory / "inside.jpg": Fate.INDEXED}
    locked = folder / "locked.jpg"
    locked.write_bytes(_saved("JPEG"))
    locked.chmod(0)
    fates[locked] = Fate.INDEXED if os.access(locked, os.R_OK) else Fate.FAILED  # root reads everything
    for name, target in {"loop.jpg": "loop.jpg", "dangling.jpg": "gone.jpg", "round and round": "."}.items():
        (folder / name).symlink_to(target)
        fates[folder / name] = Fate.SKIPPED
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jpg")
        fates[folder / "pipe.jpg"] = Fate.SKIPPED
    return fates


# ---- how they are made

_next_picture: Callable[[], int] = iter(range(100, 10_000)).__next__


def _picture(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture that no other is like."""
    image = Image.new("RGB", size, (seed % 256, seed // 256 * 40, 90))
    ImageDraw.Draw(image).line([(0, 0), size], fill=(250, seed % 200, 20), width=3)
    return image


def _saved(format_: str, *, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    image = _picture(_next_picture(), size)
    image = image.convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def _exif(
    *,
    position: tuple[IFDRational, IFDRational] | None = None,
    orientation: int | None = None,
    taken: str | None = None,
    maker_note: bytes | None = None,
) -> Image.Exif:
    exif = Image.Exif()
    if orientation is not None:
        exif[Base.Orientation] = orientation
    if taken is not None:
        exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = taken
    if maker_note is not None:
        exif.get_ifd(IFD.Exif)[Base.MakerNote] = maker_note
    if position is not None:
        latitude, longitude = position
        exif.get_ifd(IFD.GPSInfo).update(
            {
                GPS.GPSLatitudeRef: "N",
                GPS.GPSLatitude: (latitude, IFDRational(0), IFDRational(0)),
                GPS.GPSLongitudeRef: "E",
                GPS.GPSLongitude: (longitude, IFDRational(0), IFDRational(0)),
            }
        )
    return exif


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, extra: bytes = b"") -> bytes:
    """A grey PNG that says it is this large; its pixels are all zero, so that it is a small file."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * min((width + 1) * height, 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header (SOF0: marker, length, precision, height, width)."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
