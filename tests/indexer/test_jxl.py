from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from engine.errors import PictureUnusable
from indexer import jxl
from indexer.pictures import MAX_PIXELS, open_picture

CONTAINER = b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a" + struct.pack(">I", 20) + b"ftypjxl \0\0\0\0jxl "


@pytest.fixture
def codecs() -> Any:
    return pytest.importorskip("imagecodecs", reason="the extra `jxl` is not installed")


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def gradient(width: int, height: int, channels: int = 3) -> np.ndarray[Any, np.dtype[np.uint8]]:
    columns = np.linspace(0, 255, width).astype(np.uint8)
    return np.broadcast_to(columns[None, :, None], (height, width, channels)).copy()


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("deep", [False, True])
def test_pictures_of_all_sorts_are_opened(codecs: Any, tmp_path: Path, channels: int, deep: bool) -> None:
    pixels = gradient(300, 200, channels)
    if channels == 4:
        pixels[..., 3] = 255
    data = pixels.astype(np.uint16) << 8 if deep else pixels
    path = tmp_path / "a.jxl"
    path.write_bytes(codecs.jpegxl_encode(data, lossless=True))
    opened = open_picture(str(path), 150, reducing_gap=1.0)
    assert (opened.width, opened.height, opened.format) == (300, 200, "JXL")
    assert (opened.image.size, opened.image.mode) == ((150, 100), "RGB")
    left, right = opened.image.getpixel((2, 50)), opened.image.getpixel((147, 50))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert max(left) < 10 and min(right) > 245


def test_what_the_camera_and_people_wrote_is_in_boxes(codecs: Any, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Orchid One"
    written = exif.tobytes().removeprefix(b"Exif\0\0")
    path = tmp_path / "a.jxl"
    stream = codecs.jpegxl_encode(gradient(64, 48), usecontainer=False)
    path.write_bytes(CONTAINER + box(b"Exif", bytes(4) + written) + box(b"xml ", b"<x/>") + box(b"jxlc", stream))
    opened = open_picture(str(path), 100, reducing_gap=1.0)
    assert (opened.width, opened.height) == (64, 48)
    assert opened.exif[ExifTags.Base.Model] == "Orchid One"
    assert opened.xmp == b"<x/>"


@pytest.mark.parametrize(
    "size", [(1, 1), (8, 8), (256, 256), (300, 200), (160, 90), (4096, 3072), (513, 7), (9000, 20)]
)
def test_the_size_is_known_before_anything_is_decoded(codecs: Any, size: tuple[int, int]) -> None:
    stream = codecs.jpegxl_encode(gradient(*size), usecontainer=False, effort=1)
    assert jxl._size(stream) == size


def test_a_picture_that_claims_too_much_is_refused(codecs: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jxl"
    header = 3 << 1 | (50_000 - 1) << 3  # height in 30 bits, then as wide
    path.write_bytes(b"\xff\x0a" + (header | 1 << 33).to_bytes(14, "little"))
    with pytest.raises(PictureUnusable, match=f"opens up to {MAX_PIXELS // 1_000_000}"):
        open_picture(str(path), 100, reducing_gap=1.0)


@pytest.mark.parametrize("end", [2, 20, 400])
def test_a_damaged_picture_is_said_in_a_sentence(codecs: Any, tmp_path: Path, end: int) -> None:
    path = tmp_path / "a.jxl"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path.write_bytes(codecs.jpegxl_encode(noise, usecontainer=False)[:end])
    with pytest.raises(PictureUnusable, match="damaged"):
        open_picture(str(path), 100, reducing_gap=1.0)


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    path = tmp_path / "a.jxl"
    path.write_bytes(b"\xff\x0a" + bytes(20))
    with pytest.raises(PictureUnusable, match="pip install imagecodecs"):
        open_picture(str(path), 100, reducing_gap=1.0)
