"""Measures the library at a size that nobody has at hand: a made-up one, of as many photos as are wanted.

Its files hold a few bytes each, so that a hundred thousand of them can be made; what opening real photos takes is
measured on photos of 12 megapixels, against Pillow making the same thumbnails and nothing else.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from desktop_app import paths
from desktop_app.assistant.assistant import Assistant
from engine.hardware import processor, usable_cores
from engine.likeness import SIZE as VECTOR_SIZE
from engine.likeness import vector
from indexer.decode import Decoder
from indexer.library import descriptions, files, folders, jobs, lines, photos, search, vectors
from indexer.library.database import Library
from indexer.library.types import Description, Facts, FolderId, Kind, Line, Place, Query, Stage, Term
from indexer.reconcile import Reconciler
from indexer.scan import Walk, Walker

Told = Callable[[str], None]

_PER_DIRECTORY = 500
_BATCH = 2_000  # photos to a transaction
_PAGE = 200
_QUERIES = 60
_LARGE = (4032, 3024)
_THUMBNAIL_PX = 512
_PLACES = (
    Place("Lisbon", "Lisbon", "PT", 38.71, -9.14),
    Place("Berlin", "Berlin", "DE", 52.52, 13.40),
    Place("Tokyo", "Tokyo", "JP", 35.66, 139.70),
)
_THINGS = ("dog", "cat", "boat", "umbrella", "receipt", "bicycle", "mountain", "cake", "friend", "garden", "tower")
_MODEL = "made-up"
_LIKES = 12
# Of what there is much of, which is what takes long; in six languages, since each has its words read.
_QUESTIONS = tuple(
    question.format(thing=thing)
    for thing, es, de, zh, ar, hi in (
        ("dog", "perro", "Hund", "狗", "كلب", "कुत्ता"),
        ("boat", "barco", "Boot", "船", "قارب", "नाव"),
        ("cake", "pastel", "Kuchen", "蛋糕", "كعكة", "केक"),
    )
    for question in (
        "how many photos of a {thing} do I have?",
        "when did I see a {thing} in Lisbon?",
        "where was the {thing} on the beach?",
        "the latest photo of a {thing} at night",
        "photos of a {thing} in 2015",
        f"¿Cuántas fotos de {es} tengo?",
        f"¿Dónde está el {es}?",
        f"Wie viele Fotos mit {de} habe ich aus Berlin?",
        f"Wann war der {de} im Schnee?",
        f"我有多少张{zh}的照片",
        f"كم صورة {ar} عندي؟",
        f"{hi} की कितनी तस्वीरें हैं?",
    )
)
_SCENES = ("on the beach", "in the snow", "at night", "in a room", "in the city", "by the sea", "in a forest")


class Share(msgspec.Struct, frozen=True):
    """Seconds: the median of all that were measured, and what 95 % stay below."""

    median_s: float
    p95_s: float


class LibraryResult(msgspec.Struct, frozen=True):
    """`opening_s`: from nothing to the first rows, in a process of its own, without its start.

    `page`: 200 rows anywhere. `search`: of one or two words. `answer`: to a question in words, from reading it to the
    sentence; `first_answer_s`: to the very first, which loads the lexicon. `like`: photos like one. `rescan_s`: looking
    at all files again, none of which has changed. `facts_a_second`: of photos of 12 megapixels, thumbnail and all;
    `pillow_a_second`: the same thumbnails alone. `window_bytes`: what the window's process takes once it shows the
    library.
    """

    photos: int
    processor: str
    cores: int
    library_bytes: int
    made_in_s: float
    opening_s: float
    counting_s: float
    page: Share
    search: Share
    first_answer_s: float
    answer: Share
    like: Share
    rescan_s: float
    facts_a_second: float
    pillow_a_second: float
    facts_ratio: float
    window_bytes: int


@dataclass(frozen=True)
class Made:
    """Where it lies."""

    home: Path
    pictures: Path


def measure(folder: Path, count: int, large: int, told: Told = lambda _line: None) -> LibraryResult:
    """Makes a library of `count` photos in `folder`, and measures it; opens `large` photos of 12 megapixels.

    Raises LibraryError, OSError.
    """
    made = Made(folder / "home", folder / "pictures")
    library_file = paths.library_file(made.home)
    began = time.monotonic()
    told(f"making a library of {count:,} photos")
    make(made, count)
    made_in_s = time.monotonic() - began
    told(f"made in {made_in_s:.0f} s; opening it")
    opening_s = _opening(library_file)
    with closing(Library(library_file)) as library:
        conn = library.connect()
        counting_s = _timed(lambda: (photos.count(conn), descriptions.count_by_kind(conn), jobs.counts(conn)))
        pages = _shares([_timed(page) for page in _pages(library, count)])
        told("searching")
        found = _shares([_timed(ask) for ask in _searches(library)])
        told("asking")
        assistant = Assistant(library)
        first_answer_s = _timed(partial(assistant.answer, _QUESTIONS[0]))
        answers = _shares([_timed(partial(assistant.answer, question)) for question in _QUESTIONS])
        likes = _shares([_timed(like) for like in _likes(library)])
        told("looking at all its files again")
        rescan_s = _timed(lambda: rescan(library, made))
    told(f"opening {large} photos of 12 megapixels")
    ours, pillows = _facts(folder / "large", large)
    told("showing it in a window")
    return LibraryResult(
        photos=count,
        processor=processor(),
        cores=usable_cores(),
        library_bytes=library_file.stat().st_size,
        made_in_s=made_in_s,
        opening_s=opening_s,
        counting_s=counting_s,
        page=pages,
        search=found,
        first_answer_s=first_answer_s,
        answer=answers,
        like=likes,
        rescan_s=rescan_s,
        facts_a_second=ours,
        pillow_a_second=pillows,
        facts_ratio=ours / pillows,
        window_bytes=_window_bytes(made.home),
    )


def make(made: Made, count: int) -> None:
    """The files, and what a finished index knows of them."""
    rng = np.random.default_rng(0)
    for first in range(0, count, _PER_DIRECTORY):
        directory = made.pictures / f"{2000 + first // _PER_DIRECTORY % 26}" / f"{first // _PER_DIRECTORY:05}"
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(first, min(first + _PER_DIRECTORY, count)):
            (directory / f"IMG_{number:07}.jpg").write_bytes(b"\xff\xd8\xff" + number.to_bytes(8, "big"))
    made.home.mkdir(parents=True)
    with closing(Library(paths.library_file(made.home))) as library:
        with library.writing() as conn:
            folder = folders.add(conn, str(made.pictures))
        seen = _walked(made, folder, library)
        for first in range(0, len(seen), _BATCH):
            with library.writing() as conn:
                for number, file in enumerate(seen[first : first + _BATCH], first):
                    photo = photos.identify(conn, f"{number:032x}")
                    files.add(conn, file, photo)
                    photos.record(conn, photo, _some_facts(rng, number))
                    descriptions.record(conn, photo, _some_description(rng))
                    lines.record(conn, photo, _some_lines(rng))
                    vectors.record(conn, photo, _MODEL, vector(rng.standard_normal((1, VECTOR_SIZE), np.float32)))
                    jobs.add(conn, photo, (Stage.FACTS, Stage.READ, Stage.LOOK))
                    search.refresh(conn, photo)
        with library.writing() as conn:
            conn.execute("update jobs set state = 'done'")


def _walked(made: Made, folder: FolderId, library: Library) -> list[files.Seen]:
    walk = Walk()
    (chosen,) = (each for each in folders.every(library.connect()) if each.id == folder)
    Walker(chosen, walk, excluded=frozenset(), checkpoint=lambda: None).look(str(made.pictures))
    return walk.files


def _some_facts(rng: np.random.Generator, number: int) -> Facts:
    taken_at = datetime(2000, 1, 1) + timedelta(minutes=97 * number)
    place = _PLACES[number % 5] if number % 5 < len(_PLACES) else None
    look = int(rng.integers(0, 1 << 63, dtype=np.int64))
    return Facts(*_LARGE, "JPEG", taken_at, "exif", place=place, camera="Lumen P7", look=look)


def _some_description(rng: np.random.Generator) -> Description:
    things = rng.choice(_THINGS, 2, replace=False)
    caption = f"A {things[0]} and a {things[1]} {rng.choice(_SCENES)}, number {int(rng.integers(10_000))}."
    kind = Kind.RECEIPT if things[0] == "receipt" else Kind.PHOTO
    made = datetime(2026, 1, 1)
    return Description(
        caption, tuple(map(str, things)), kind, "blue", "", 0.9, "en", _MODEL, 1, 1, 1.0, made, 10, "plain"
    )


def _some_lines(rng: np.random.Generator) -> list[Line]:
    """A fifth have text."""
    if rng.random() > 0.2:
        return []
    words = ["".join(chr(97 + letter) for letter in rng.integers(0, 26, 6)) for _ in range(6)]
    return [Line(f"{word} {int(rng.integers(1000))}", 0.9, (0.1, 0.1, 0.9, 0.2)) for word in words]


def _opening(library_file: Path) -> float:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from indexer.library import photos; from indexer.library.database import Library\n"
        "began = time.monotonic()\n"
        f"library = Library(Path(sys.argv[1])); photos.page(library.connect(), limit={_PAGE})\n"
        "print(time.monotonic() - began); library.close()"
    )
    command = [sys.executable, "-c", program, str(library_file)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(3)]
    return statistics.median(map(float, runs))


def _pages(library: Library, count: int) -> Iterator[Callable[[], object]]:
    conn = library.connect()
    ids = photos.ids(conn)
    for share in np.linspace(0, 0.99, _QUERIES):
        (row,) = photos.rows(conn, [ids[int(share * count)]])
        yield partial(photos.page, conn, after=row, limit=_PAGE)


def _searches(library: Library) -> Iterator[Callable[[], object]]:
    conn = library.connect()
    for number in range(_QUERIES):
        words = (_THINGS[number % len(_THINGS)], _SCENES[number % len(_SCENES)].split()[-1])[: 1 + number % 2]
        query = Query(tuple(Term(word) for word in words))
        yield partial(search.search, conn, query, limit=50)


def _likes(library: Library) -> Iterator[Callable[[], object]]:
    conn = library.connect()
    for photo in photos.ids(conn)[:: max(1, photos.count(conn) // _LIKES)]:
        seen = vectors.of(conn, photo)
        assert seen is not None
        yield partial(vectors.like, conn, *seen, limit=_PAGE)


def rescan(library: Library, made: Made) -> None:
    found = Reconciler(library, made.home, lambda: None, lambda: None).everything()
    assert not found.counts and not found.removed, found


def _facts(folder: Path, count: int) -> tuple[float, float]:
    """Photos a second: by the decoder, and by Pillow in this process; in turns, so that both have the same machine."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    shown = []
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).resize(_LARGE, Image.Resampling.BICUBIC)
        grain = Image.effect_noise(_LARGE, 12).convert("RGB")
        shown.append(folder / f"{number}.jpg")
        Image.blend(coarse, grain, 0.15).save(shown[-1], quality=85)
    ours_s = pillows_s = 0.0
    with closing(Decoder()) as decoder:
        decoder.inspect(str(shown[0]))  # which starts its process
        for path in shown:
            ours_s += _timed(partial(decoder.inspect, str(path)))
            pillows_s += _timed(partial(_thumbnail, path))
    return count / ours_s, count / pillows_s


def _thumbnail(path: Path) -> None:
    with Image.open(path) as image:
        image.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
        image.save(os.devnull, "JPEG", quality=85)


def _window_bytes(home: Path) -> int:
    program = (
        "import sys; from pathlib import Path; import psutil\n"
        "from desktop_app import gui; from desktop_app.app import opened\n"
        "from desktop_app.screenshots import settle; from desktop_app.window import MainWindow\n"
        "gui.application()\n"
        "with opened(Path(sys.argv[1])) as app:\n"
        "    window = MainWindow(app.library, app.indexer, app.assistant, app.engines, home=app.home)\n"
        "    window.show(); settle(window); print(psutil.Process().memory_info().rss); window.close()"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _shares(seconds: Sequence[float]) -> Share:
    return Share(statistics.median(seconds), float(np.percentile(seconds, 95)))


def table(result: LibraryResult) -> Iterator[str]:
    """The result as a Markdown table."""
    yield f"| {result.photos:,} photos, {result.library_bytes / 1e6:,.0f} MB of library | |"
    yield "|---|---:|"
    yield f"| opening it, to the first rows | {result.opening_s:.3f} s |"
    yield f"| counting photos, kinds and work | {result.counting_s:.3f} s |"
    yield f"| {_PAGE} rows anywhere, median (95 %) | {result.page.median_s:.3f} s ({result.page.p95_s:.3f}) |"
    yield f"| a search, median (95 %) | {result.search.median_s:.3f} s ({result.search.p95_s:.3f}) |"
    yield f"| an answer, median (95 %) | {result.answer.median_s:.3f} s ({result.answer.p95_s:.3f}) |"
    yield f"| the first answer, which loads the words of languages | {result.first_answer_s:.1f} s |"
    yield f"| photos like one, median (95 %) | {result.like.median_s:.3f} s ({result.like.p95_s:.3f}) |"
    yield f"| looking at all files again, unchanged | {result.rescan_s:.1f} s |"
    yield (
        f"| facts and thumbnail of 12 megapixels | {result.facts_a_second:.1f} a second, "
        f"{result.facts_ratio:.2f} of Pillow's thumbnail alone |"
    )
    yield f"| the window's process | {result.window_bytes / 1e6:,.0f} MB |"
