"""A library of three drawn pictures, and the window on it: the real library, indexer and assistant."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PIL import Image, ImageDraw
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop_app.assistant.assistant import Assistant
from desktop_app.background import Background
from desktop_app.engines import Engines
from desktop_app.theme import Theme
from desktop_app.window import MainWindow
from indexer.library import descriptions, lines, photos, search
from indexer.library.database import Library
from indexer.library.types import Description, Kind, Line, PhotoId
from indexer.service import Indexer

CAPTIONS = {
    "beach.jpg": ("A dog on the beach", Kind.PHOTO, ()),
    "receipt.jpg": ("A receipt from a bakery", Kind.RECEIPT, ("BAKERY", "TOTAL 6.40")),
    "sign.jpg": ("A street sign", Kind.SIGN, ("Rua Augusta",)),
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three pictures of different colours, sizes and dates."""
    folder = tmp_path / "Holiday"
    folder.mkdir()
    for number, name in enumerate(sorted(CAPTIONS)):
        image = Image.new("RGB", (800 + 10 * number, 600), (60 * number, 120, 200))
        ImageDraw.Draw(image).text((40, 40), name, fill="white")
        exif = image.getexif()
        exif.get_ifd(0x8769)[0x9003] = f"2026:0{number + 1}:15 12:00:00"
        image.save(folder / name, exif=exif)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    opened = Library(home / "library.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def indexer(library: Library, home: Path) -> Indexer:
    """Takes in what files say of themselves, with neither reader nor looker: it is quick."""
    return Indexer(library, home=home, reader=None, looker=None)


@pytest.fixture
def described(library: Library, indexer: Indexer, pictures: Path) -> dict[str, PhotoId]:
    """The pictures are in the library, with what a reader and a looker would have found: photos by file name."""
    indexer.add_folder(pictures)
    indexer.run(stop=Event())
    conn = library.connect()
    found = {Path(photos.get(conn, photo).paths[0]).name: photo for photo in photos.ids(conn)}
    with library.writing() as conn:
        for name, photo in found.items():
            describe(conn, photo, name)
    return found


def describe(conn: sqlite3.Connection, photo: PhotoId, name: str) -> None:
    caption, kind, text = CAPTIONS[name]
    seen = Description(
        caption, (), kind, "blue", "", 0.9, "en", "pocket", 1, 1, 0.5, datetime(2026, 11, 22, 12, 0), 10, "plain"
    )
    descriptions.record(conn, photo, seen)
    lines.record(conn, photo, [Line(line, 0.9, (0.1, 0.1, 0.9, 0.2)) for line in text])
    search.refresh(conn, photo)


@pytest.fixture
def engines(library: Library, home: Path) -> Iterator[Engines]:
    """With the embedded model; their children start with the first work for them."""
    made = Engines(library, home)
    yield made
    made.close()


OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot, library: Library, indexer: Indexer, engines: Engines, home: Path) -> Iterator[OpenWindow]:
    """Opens the window on the library as it is then; it is closed in the end."""
    opened: list[MainWindow] = []

    def open_it() -> MainWindow:
        window = MainWindow(library, indexer, Assistant(library), engines, home=home)
        opened.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.background.is_resting)
        return window

    yield open_it
    for window in opened:
        window.close()
        delete(window)  # else it is styled anew with each window of later tests
    indexer.stop()


@pytest.fixture
def window(described: dict[str, PhotoId], open_window: OpenWindow) -> MainWindow:
    """The window on the described pictures."""
    return open_window()


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)
