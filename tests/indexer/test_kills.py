"""An indexer that is killed again and again, at random moments and while photos come, move and are written about."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.library import descriptions, photos
from indexer.library.care import complaints
from indexer.library.database import Library
from indexer.library.types import PhotoId, Written
from indexer.service import Indexer

Draw = Callable[..., Path]

LONGEST_LIFE_S = 0.6  # after the first job began
AT_FIRST, MORE = 12, 2  # photos: in the beginning, and before each life
LIFE = """
import sys, threading, time
from pathlib import Path
from engine.client import EngineStatus
from engine.messages import Described, Reading, TextLine, TextRead
from engine.slicing import SliceRule
from indexer.library.database import Library
from indexer.service import Indexer

class Engine:
    status = EngineStatus(True, 1, "test-model", "test-reader", True, 0, 0, at_once=2)
    slicing = SliceRule()

    def read(self, picture, *, cancel=None):
        print("at work", flush=True)
        time.sleep(0.01)
        return TextRead(0, Reading((TextLine("text", 0.9, (0.1, 0.2, 0.8, 0.3)),)), 0.1)

    def describe(self, picture, **how):
        time.sleep(0.02)
        return Described(0, "A plain colour.", ("colour",), "photo", "grey", "", 0.8, 1, 1, 5, 0.1)

home, folder = map(Path, sys.argv[1:])
engine = Engine()
indexer = Indexer(Library(home / "library.db"), home=home, reader=engine, looker=engine)
indexer.add_folder(folder)
indexer.start()
threading.Event().wait()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
@pytest.mark.parametrize("lives", [4, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_however_often_it_is_killed_nothing_is_lost(
    indexer: Indexer, home: Path, folder: Path, draw: Draw, lives: int
) -> None:
    chance = random.Random(lives)
    for number in range(AT_FIRST):
        draw(folder / f"{number}.png", size=(64 + number, 48))
    described: set[PhotoId] = set()
    noted: dict[PhotoId, Written] = {}
    for life in range(lives):
        for number in range(MORE):
            draw(folder / f"{life}" / f"{number}.png", size=(100 + life, 50 + number))
        if life:
            (folder / f"{life - 1}").rename(folder / f"moved {life - 1}")
        live(home, folder, chance.random() * LONGEST_LIFE_S)
        library = Library(home / "library.db")
        assert complaints(library.connect()) == []
        known = photos.ids(library.connect())
        now = {photo for photo in known if descriptions.current(library.connect(), photo)}
        assert now >= described
        assert {photo: photos.get(library.connect(), photo).own for photo in noted} == noted
        described = now
        if known:
            photo = chance.choice(known)
            noted[photo] = Written(caption=f"In life {life}")
            Indexer(library, home=home, reader=None, looker=None).note(photo, noted[photo])
        library.close()
    indexer.add_folder(folder)
    report = indexer.run(stop=threading.Event())
    assert (report.photos, report.failed) == (AT_FIRST + MORE * lives, ())
    conn = indexer._library.connect()
    assert all(descriptions.current(conn, photo) for photo in photos.ids(conn))
    assert {photo: photos.get(conn, photo).own for photo in noted} == noted


def live(home: Path, folder: Path, seconds: float) -> None:
    """Runs the indexer until it is at work, and so long after that kills it."""
    command: list[Any] = [sys.executable, "-c", LIFE, home, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        process.kill()
