"""What the indexer's tests share: a library, a folder of pictures made on the spot, and engines that answer at once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from engine.client import EngineStatus
from engine.messages import Claim, Described, Picture, Reading, TextLine, TextRead
from engine.slicing import SliceRule
from indexer.library.database import Library
from indexer.service import Indexer

Draw = Callable[..., Path]


@pytest.fixture
def draw() -> Draw:
    """Draws a picture of one colour into a file, another colour each time: `draw(path, size=(64, 48), **save)`."""
    colours = itertools.count()

    def draw_one(path: Path, *, size: tuple[int, int] = (64, 48), **save: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (8 * next(colours), 40, 90)).save(path, **save)
        return path

    return draw_one


@dataclass
class Engine:
    """Reads and describes in no time; what it was shown is kept, and it can be told to fail."""

    error: Exception | None = None
    model: str | None = "test-model"  # None: not loaded yet
    at_once: int = 1
    slicing: SliceRule = field(default_factory=SliceRule)
    said: tuple[str, ...] = ("A plain colour in {views} views.",)  # at each attempt
    doubts: tuple[str, ...] = ()  # what of it it does not stand by
    shown: list[Picture] = field(default_factory=list)
    began: threading.Event = field(default_factory=threading.Event)

    @property
    def status(self) -> EngineStatus:
        return EngineStatus(True, 1, self.model, "test-reader", True, 0, 0, at_once=self.at_once)

    def read(self, picture: Picture, *, cancel: threading.Event | None = None) -> TextRead:
        self._show(picture)
        return TextRead(0, Reading((TextLine("Café Zürich", 0.9, (0.1, 0.2, 0.8, 0.3)),)), 0.1)

    def describe(
        self,
        picture: Picture,
        *,
        language: str = "en",
        max_views: int = 10,
        attempt: int = 0,
        verify: bool = False,
        cancel: threading.Event | None = None,
    ) -> Described:
        self._show(picture)
        views = min(max_views, 10)
        caption = self.said[min(attempt, len(self.said) - 1)].format(views=views, number=len(self.shown))
        claims = tuple(Claim(text, 0.1) for text in self.doubts) if verify else ()
        return Described(0, caption, ("colour",), "photo", "grey", "", 0.8, views, 10, 5, 0.1, claims=claims)

    def _show(self, picture: Picture) -> None:
        self.shown.append(picture)
        self.began.set()
        if self.error:
            raise self.error


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the person's pictures; empty."""
    path = tmp_path / "Pictures"
    path.mkdir()
    return path


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    library = Library(home / "library.db")
    yield library
    library.close()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def indexer(library: Library, home: Path, engine: Engine) -> Iterator[Indexer]:
    indexer = Indexer(library, home=home, reader=engine, looker=engine)
    yield indexer
    indexer.stop()
