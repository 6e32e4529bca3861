from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from engine.errors import PictureUnusable
from indexer.decode import Decoder, Limits
from indexer.library.types import Written

Draw = Callable[..., Path]


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "indexer.decode_child" in child.cmdline()]


def test_facts_and_thumbnail_come_back(decoder: Decoder, draw: Draw, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Rolleiflex"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2023:05:14 10:11:12"
    found = decoder.inspect(str(draw(tmp_path / "a.jpg", size=(1200, 800), exif=exif)))
    assert (found.width, found.height, found.format) == (1200, 800, "JPEG")
    assert found.recorded.camera == "Rolleiflex"
    assert found.recorded.taken_at == datetime(2023, 5, 14, 10, 11, 12)
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (512, 341))


PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' xmp:Rating="3" xmp:CreateDate="2020-02-03T04:05:06" dc:title="Am See"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_what_people_wrote_comes_back_from_every_format(
    decoder: Decoder, draw: Draw, tmp_path: Path, ending: str
) -> None:
    how: dict[str, object] = {"xmp": PACKET}
    if ending == "png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", PACKET.decode())
        how = {"pnginfo": text}
    if ending == "tif":
        how = {"tiffinfo": {700: PACKET}}
    found = decoder.inspect(str(draw(tmp_path / f"a.{ending}", **how)))
    assert found.written == Written(title="Am See", rating=3)
    assert (found.recorded.taken_at, found.recorded.source) == (datetime(2020, 2, 3, 4, 5, 6), "xmp")


def test_pixels_come_back_no_larger_than_asked(decoder: Decoder, draw: Draw, tmp_path: Path) -> None:
    picture = decoder.load(str(draw(tmp_path / "a.png", size=(1200, 800))), 600)
    assert (picture.width, picture.height, len(picture.rgb)) == (600, 400, 600 * 400 * 3)


def test_name_that_is_no_unicode_is_opened(decoder: Decoder, draw: Draw, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"\xff\xfe.png"))
    assert decoder.inspect(str(path)).width == 64


def test_damaged_file_is_refused_and_the_next_one_opened(decoder: Decoder, draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    with pytest.raises(PictureUnusable):
        decoder.inspect(str(tmp_path / "bad.jpg"))
    process = children()
    assert decoder.inspect(str(draw(tmp_path / "good.jpg"))).width == 64
    assert children() == process


def test_picture_that_takes_too_much_memory_is_refused_and_the_next_one_opened(draw: Draw, tmp_path: Path) -> None:
    Image.new("L", (12_000, 12_000)).save(tmp_path / "large.png", compress_level=1)
    decoder = Decoder(Limits(memory_bytes=150 << 20))
    with pytest.raises(PictureUnusable, match="memory"):
        decoder.inspect(str(tmp_path / "large.png"))
    assert decoder.inspect(str(draw(tmp_path / "small.png"))).width == 64
    decoder.close()


def test_file_that_hangs_the_process_is_given_up(draw: Draw, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.jpg")  # nobody writes into it: opening it takes for ever
    decoder = Decoder(hang_s=0.3)
    with pytest.raises(PictureUnusable, match="took too long"):
        decoder.inspect(str(tmp_path / "endless.jpg"))
    assert decoder.inspect(str(draw(tmp_path / "small.png"))).width == 64
    decoder.close()


def test_file_that_was_open_when_the_process_was_killed_is_opened_by_the_next(
    decoder: Decoder, draw: Draw, tmp_path: Path
) -> None:
    path = str(draw(tmp_path / "a.png"))
    decoder.inspect(path)
    (process,) = children()
    process.suspend()
    killer = threading.Timer(0.3, process.kill)
    killer.start()
    assert decoder.inspect(path).width == 64
    assert [child.pid for child in children()] != [process.pid]
    killer.join()
