from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from engine.errors import PictureUnusable
from indexer import video
from indexer.decode import Decoder
from indexer.library import photos
from indexer.library.database import Library
from indexer.pictures import open_picture
from indexer.service import Indexer

COLOURS = ((200, 30, 30), (30, 160, 30), (30, 30, 200), (220, 220, 220))
Film = Callable[..., Path]


@pytest.fixture
def film() -> Film:
    """Films each of COLOURS for a second: `film(path, codec="mpeg4", **metadata)`."""
    av = pytest.importorskip("av", reason="the extra `video` is not installed")

    def film_it(path: Path, *, codec: str = "mpeg4", **said: str) -> Path:
        options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
        with av.open(str(path), "w", options=options) as container:
            container.metadata.update(said)
            stream = container.add_stream(codec, rate=5)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            stream.codec_context.gop_size = 5
            for colour in COLOURS:
                pixels = np.full((96, 160, 3), colour, np.uint8)
                for _ in range(5):
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path

    return film_it


def near(image: Any, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 25 for one, other in zip(image.getpixel(at), colour, strict=True))


@pytest.mark.parametrize(
    ("name", "codec", "ours"),
    [
        ("a.mp4", "mpeg4", "MP4"),
        ("a.mov", "mpeg4", "MOV"),
        ("a.mkv", "mpeg4", "MKV"),
        ("a.avi", "mpeg4", "AVI"),
        ("a.webm", "libvpx", "WEBM"),
        ("a.mts", "mpeg2video", "MTS"),
    ],
)
def test_a_video_shows_its_poster_and_is_looked_at_in_several_frames(
    film: Film, tmp_path: Path, name: str, codec: str, ours: str
) -> None:
    path = str(film(tmp_path / name, codec=codec))
    poster = open_picture(path, 100, reducing_gap=1.0)
    assert (poster.width, poster.height, poster.format) == (160, 96, ours)
    assert poster.image.size == (100, 60)
    assert any(near(poster.image, (50, 30), colour) for colour in COLOURS[:2])  # seeking goes by whole groups of frames
    sheet = open_picture(path, 2000, reducing_gap=1.0, frames=4)
    assert (sheet.width, sheet.height) == (160, 96)
    assert sheet.image.size == (324, 196)
    places = [(80, 48), (244, 48), (80, 148), (244, 148)]
    seen = [colour for at in places for colour in COLOURS if near(sheet.image, at, colour)]
    assert seen == sorted(seen, key=COLOURS.index) and len(set(seen)) >= 3  # in their order, spread over the length


def test_when_and_where_it_was_filmed(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", creation_time="2023-07-14T22:30:05Z", location="+35.6800+139.7000/")
    filmed = open_picture(str(path), 100, reducing_gap=1.0).filmed
    assert filmed is not None
    assert filmed.taken_at == datetime(2023, 7, 15, 7, 30, 5)  # in Tokyo
    assert (filmed.latitude, filmed.longitude) == (35.68, 139.7)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ({"com.apple.quicktime.creationdate": "2023-07-14T22:30:05+0900", "creation_time": "2023-07-14T13:30:05Z"}, 22),
        ({"creation_time": "1904-01-01T00:00:00Z"}, None),
        ({"creation_time": "yesterday"}, None),
        ({}, None),
    ],
)
def test_the_clock_there_is_believed_before_the_universal_one(said: dict[str, str], moment: int | None) -> None:
    found = video._recorded(said).taken_at
    assert (found.hour if found else None) == moment


@pytest.mark.parametrize("text", ["", "Lisbon", "+91+0", "+0.0+0.0/", "+10.5"])
def test_a_place_that_is_none_is_left_out(text: str) -> None:
    assert video._recorded({"location": text}).latitude is None


def test_a_video_goes_through_all_stages(
    film: Film, indexer: Indexer, library: Library, engine: Any, folder: Path
) -> None:
    film(folder / "VID_20230514_101112.mp4")
    (folder / "IMG_1.jpg").write_bytes(b"")  # beside it, a live photo's film is no item of its own
    film(folder / "IMG_1.mov")
    indexer.add_folder(folder)
    indexer.run(stop=Event())
    (photo,) = photos.page(library.connect())
    assert photo.is_video and photo.taken_at == datetime(2023, 5, 14, 10, 11, 12)
    assert {(picture.width, picture.height) for picture in engine.shown} == {(324, 196)}


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_damaged_video_is_said_in_a_sentence(film: Film, tmp_path: Path, share: float) -> None:
    whole = film(tmp_path / "a.mp4").read_bytes()
    path = tmp_path / "b.mp4"
    path.write_bytes(whole[: int(share * len(whole))])
    decoder = Decoder()
    with pytest.raises(PictureUnusable, match="damaged"):
        decoder.inspect(str(path))
    decoder.close()


def test_a_list_of_other_files_is_no_video(tmp_path: Path) -> None:
    for name, text in (("a.mp4", "#EXTM3U\n/etc/passwd\n"), ("b.mp4", "ffconcat version 1.0\nfile /etc/passwd\n")):
        (tmp_path / name).write_text(text)
        with pytest.raises(PictureUnusable, match="not a picture"):
            open_picture(str(tmp_path / name), 100, reducing_gap=1.0)


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(40))
    with pytest.raises(PictureUnusable, match="pip install av"):
        open_picture(str(tmp_path / "a.mp4"), 100, reducing_gap=1.0)
