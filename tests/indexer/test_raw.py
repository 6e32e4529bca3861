"""What cameras keep unprocessed, with a DNG file made on the spot: tags by Adobe's DNG specification 1.4."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from engine.errors import PictureUnusable
from indexer.decode import Decoder
from indexer.metadata import recorded
from indexer.pictures import open_picture
from indexer.scan import may_be_picture

Draw = Callable[..., Path]
Tag = tuple[int, str, object]  # number, struct's letter of its values, value or values

GREEN = (10, 200, 30)
_KINDS = {"B": 1, "s": 2, "H": 3, "I": 4, "II": 5, "ii": 10}


class Dng:
    """Writes a little-endian TIFF file with one directory in another."""

    def __init__(self) -> None:
        self._out = bytearray(b"II*\0\0\0\0\0")

    def directory(self, tags: list[Tag], strip: bytes) -> int:
        """Where it lies; `strip` are its pixels."""
        entries = b""
        for number, kind, value in sorted([*tags, (273, "I", self._put(strip)), (279, "I", len(strip))]):
            packed, count = _packed(kind, value)
            if len(packed) > 4:
                packed = struct.pack("<I", self._put(packed))
            entries += struct.pack("<HHI", number, _KINDS[kind], count) + packed.ljust(4, b"\0")
        return self._put(struct.pack("<H", len(tags) + 2) + entries + bytes(4))

    def whole(self, first: int) -> bytes:
        self._out[4:8] = struct.pack("<I", first)
        return bytes(self._out)

    def _put(self, data: bytes) -> int:
        self._out += bytes(len(self._out) % 2)
        self._out += data
        return len(self._out) - len(data)


def _packed(kind: str, value: object) -> tuple[bytes, int]:
    if isinstance(value, bytes):
        return value, len(value)
    values = value if isinstance(value, tuple) else (value,)
    packed = b"".join(struct.pack(f"<{kind}", *(each if isinstance(each, tuple) else (each,))) for each in values)
    return packed, len(values)


def dng(preview: Image.Image | None, *, size: tuple[int, int] = (96, 64), flip: int = 1) -> bytes:
    """A red picture as a sensor sees it, and the preview beside it, by default a dot."""
    width, height = size
    mosaic = np.full((height, width), 2000, np.uint16)
    mosaic[::2, ::2] = 50_000  # the red ones of red, green / green, blue
    file = Dng()
    sensor: list[Tag] = [
        *((254, "I", 0), (256, "I", width), (257, "I", height), (258, "H", 16), (259, "H", 1), (262, "H", 32803)),
        *((277, "H", 1), (278, "I", height), (284, "H", 1), (33421, "H", (2, 2)), (33422, "B", (0, 1, 1, 2))),
        *((50714, "H", 0), (50717, "I", 65535)),
    ]
    preview = preview or Image.new("RGB", (16, 8), GREEN)
    jpeg = io.BytesIO()
    preview.save(jpeg, "JPEG", quality=95)
    identity = tuple((int(row == column), 1) for row in range(3) for column in range(3))
    first: list[Tag] = [
        *((254, "I", 1), (256, "I", preview.width), (257, "I", preview.height), (258, "H", (8, 8, 8)), (259, "H", 7)),
        *((262, "H", 6), (277, "H", 3), (278, "I", preview.height), (284, "H", 1)),
        *((271, "s", b"Lumen\0"), (272, "s", b"Lumen P7\0"), (274, "H", flip), (306, "s", b"2021:02:03 04:05:06\0")),
        *((50706, "B", (1, 4, 0, 0)), (50708, "s", b"Lumen P7\0"), (50721, "ii", identity)),
        *((50728, "II", ((1, 1),) * 3), (50778, "H", 21), (330, "I", file.directory(sensor, mosaic.tobytes()))),
    ]
    return file.whole(file.directory(first, jpeg.getvalue()))


def middle(image: Image.Image) -> tuple[int, ...]:
    colour = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(colour, tuple)
    return colour


def near(colour: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(one - two) < 40 for one, two in zip(colour, other, strict=True))


@pytest.mark.parametrize("name", ["a.dng", "a.jpg", "a"])
def test_a_large_preview_is_the_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(dng(Image.new("RGB", (96, 64), GREEN)))
    opened = open_picture(str(tmp_path / name), 512, reducing_gap=2.0)
    assert (opened.width, opened.height, opened.format, opened.image.size) == (96, 64, "DNG", (96, 64))
    assert near(middle(opened.image), GREEN)
    said = recorded(opened.exif)
    assert (said.camera, str(said.taken_at)) == ("Lumen P7", "2021-02-03 04:05:06")


@pytest.mark.parametrize(("max_px", "size"), [(512, (96, 64)), (40, (40, 27))])
def test_with_a_small_preview_what_the_sensor_saw_is_the_picture(
    tmp_path: Path, max_px: int, size: tuple[int, int]
) -> None:
    (tmp_path / "a.dng").write_bytes(dng(None))
    opened = open_picture(str(tmp_path / "a.dng"), max_px, reducing_gap=2.0)
    assert (opened.width, opened.height, opened.image.size) == (96, 64, size)
    red, green, _ = middle(opened.image)
    assert red > 200 > 60 > green


@pytest.mark.parametrize("preview", [None, Image.new("RGB", (96, 64), GREEN)])
@pytest.mark.parametrize(("flip", "size"), [(3, (96, 64)), (6, (64, 96)), (8, (64, 96))])
def test_it_is_turned_upright(tmp_path: Path, flip: int, size: tuple[int, int], preview: Image.Image | None) -> None:
    (tmp_path / "a.dng").write_bytes(dng(preview, flip=flip))
    opened = open_picture(str(tmp_path / "a.dng"), 512, reducing_gap=1.0)
    assert (opened.width, opened.height) == opened.image.size == size


def test_it_is_opened_in_the_decoders_process(tmp_path: Path) -> None:
    (tmp_path / "a.nef").write_bytes(dng(None, flip=6))
    with closing(Decoder()) as decoder:
        found = decoder.inspect(str(tmp_path / "a.nef"))
        picture = decoder.load(str(tmp_path / "a.nef"), 40)
    assert (found.width, found.height, found.recorded.camera) == (64, 96, "Lumen P7")
    assert (picture.width, picture.height) == (27, 40)


def test_a_file_that_ends_early_or_is_damaged_is_refused_with_a_sentence(tmp_path: Path) -> None:
    whole = dng(None)
    for number, damaged in enumerate(
        (whole[:2000], whole[:300], b"FUJIFILMCCD-RAW " + bytes(200), whole[:8] + bytes(900))
    ):
        (tmp_path / f"{number}.dng").write_bytes(damaged)
        with pytest.raises(PictureUnusable, match=r"\.$"):
            open_picture(str(tmp_path / f"{number}.dng"), 512, reducing_gap=1.0)


def test_a_sensor_that_nobody_built_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.pictures.MAX_PIXELS", 96 * 64 - 1)
    (tmp_path / "a.dng").write_bytes(dng(None))
    with pytest.raises(PictureUnusable, match="megapixels"):
        open_picture(str(tmp_path / "a.dng"), 512, reducing_gap=1.0)


def test_a_scan_with_a_makers_name_is_an_ordinary_tiff(tmp_path: Path, draw: Draw) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Epson"
    opened = open_picture(str(draw(tmp_path / "a.tif", exif=exif)), 512, reducing_gap=1.0)
    assert (opened.format, opened.image.size) == ("TIFF", (64, 48))


def test_what_cameras_call_their_files_is_looked_at() -> None:
    assert all(
        may_be_picture(name) for name in ("DSC_0001.NEF", "_MG_1.CR3", "x.arw", "x.RAF", "x.orf", "x.rw2", "x.dng")
    )
