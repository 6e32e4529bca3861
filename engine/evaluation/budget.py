"""Measures what views are worth: the share of the text that can be read from a photo's views, against how many it gets.

`python -m engine.evaluation.budget SAMPLES [--json]` takes the sample pictures with their truth. Those with text are
brought to a camera's size four times: filling the frame, and a third, a fifth and a seventh as broad on a sample scene.
The text reader stands in for the model: it reads each view at exactly the size the model gets, and a word of the truth
counts with its letters where one view holds it. How much a model reads of a view that it could read is another matter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from itertools import cycle
from pathlib import Path
from statistics import fmean
from typing import Protocol

import click
import msgspec
import pi_heif
from PIL import Image

from engine import views
from engine.budget import Closeness, decide
from engine.messages import Picture, Reading, TextLine
from engine.reader import Reader
from engine.slicing import Size, SlicePlan, SliceRule, plan

FRAME_PX = 2000  # the longest side at which the indexer looks at a photo
SIZES = {"full": 1.0, "third": 1 / 3, "fifth": 1 / 5, "seventh": 1 / 7}  # how much of the frame's sides a page takes
RULE = SliceRule()
PHOTO = "the photo itself"  # read at its full size: what no way to spend views can beat by much


class Reads(Protocol):
    """An engine.reader.Reader."""

    def read(self, picture: Picture) -> Reading: ...


Spend = Callable[[Picture, Reading], SlicePlan]


class Sample(msgspec.Struct, frozen=True):
    """What is true of a sample picture, as far as it is asked here."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Photo:
    """A picture as it is looked at, and the words in it; `size`: a key of SIZES, or "scene" where there are none.

    `page`: left, top, right and bottom of what holds the words, as fractions of the picture.
    """

    name: str
    size: str
    picture: Picture
    words: frozenset[str]
    page: tuple[float, float, float, float] = (0, 0, 1, 1)


@dataclass(frozen=True)
class Outcome:
    """One way on one photo: the views it spent, and how many of the photo's letters could be read in them."""

    way: str
    size: str
    views: int
    letters: int
    read: int


class Point(msgspec.Struct, frozen=True):
    """A way to spend views: a photo's mean, and the share of the letters that could be read, each by size.

    `views_mixed`: the mean where four photos in five are scenes; `read_mean` is of all sizes alike.
    """

    way: str
    views: dict[str, float]
    read: dict[str, float]
    views_mixed: float
    read_mean: float


def measure(
    samples: Path, reader: Reads, *, every: int = 1, told: Callable[[str], None] = lambda _name: None
) -> list[Point]:
    """Every way on the photos of every `every`-th page; `told` hears each photo's name."""
    outcomes: list[Outcome] = []
    for photo in photos(samples, every):
        told(f"{photo.name}, {photo.size}")
        outcomes += judge(photo, reader)
    return [summary(way, [each for each in outcomes if each.way == way]) for way in (*WAYS, PHOTO)]


def judge(photo: Photo, reader: Reads) -> Iterator[Outcome]:
    """Every way, and what the reader reads of the whole photo at its full size."""
    reading = reader.read(photo.picture)
    seen = Seen(photo, reader)
    letters = count(photo.words)
    for way, spend in WAYS.items():
        slicing = spend(photo.picture, reading)
        yield Outcome(way, photo.size, slicing.views, letters, count(seen.words(slicing)))
    yield Outcome(PHOTO, photo.size, 0, letters, count(found(photo.words, reading.lines)))


def summary(way: str, outcomes: Sequence[Outcome]) -> Point:
    by_size = {size: [each for each in outcomes if each.size == size] for size in (*SIZES, "scene")}
    views_mean = {size: fmean(each.views for each in there) for size, there in by_size.items()}
    read = {size: sum(o.read for o in by_size[size]) / sum(o.letters for o in by_size[size]) for size in SIZES}
    text = fmean(views_mean[size] for size in SIZES)
    return Point(way, views_mean, read, 0.8 * views_mean["scene"] + 0.2 * text, fmean(read.values()))


# ---- ways to spend views


def _fixed(slices: int) -> Spend:
    return lambda picture, _: plan(picture.width, picture.height, RULE, slices)


def _by_need(closeness: Closeness) -> Spend:
    def spend(picture: Picture, reading: Reading) -> SlicePlan:
        return plan(picture.width, picture.height, RULE, decide(picture, reading, RULE, closeness).views - 1)

    return spend


# The most slices are also what llama.cpp cuts photos of this size into.
WAYS: Mapping[str, Spend] = {f"at most {slices} slices": _fixed(slices) for slices in (1, 2, 3, 4, 6, 9)} | {
    "quick": _by_need(Closeness.QUICK),
    "close": _by_need(Closeness.CLOSE),
}


# ---- photos


def photos(samples: Path, every: int = 1) -> Iterator[Photo]:
    """Every scene, and every `every`-th sample with text in each of the sizes."""
    truth = msgspec.json.decode((samples / "truth.json").read_bytes(), type=dict[str, Sample])
    images = {name: Image.open(samples / name).convert("RGB") for name in truth}
    scenes = {name: framed(images[name]) for name, sample in truth.items() if not sample.words}
    for name, scene in scenes.items():
        yield Photo(name, "scene", views.picture_of(scene), frozenset())
    tables, places = cycle(scenes.values()), scattered()
    pages = [name for name, sample in truth.items() if sample.words]
    for name in pages[::every]:
        words = frozenset(word for phrase in truth[name].words for word in split(phrase))
        page = framed(images[name])
        for size, share in SIZES.items():
            left, top = ((1 - share) * place for place in next(places))
            laid = lay(page, share, next(tables), left, top)
            yield Photo(name, size, views.picture_of(laid), words, (left, top, left + share, top + share))


def framed(image: Image.Image) -> Image.Image:
    """At the size of a photo."""
    factor = FRAME_PX / max(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)


def scattered() -> Iterator[tuple[float, float]]:
    """Places from 0 to 1 that fill the square evenly, so that grids cut pages now and then: the R2 sequence."""
    for number in count_from(1):
        yield number * 0.7548776662 % 1, number * 0.5698402910 % 1


def lay(page: Image.Image, share: float, table: Image.Image, left: float, top: float) -> Image.Image:
    """The page on a table of the page's own shape."""
    whole = table.resize(page.size, Image.Resampling.LANCZOS)
    small = page.resize((round(page.width * share), round(page.height * share)), Image.Resampling.LANCZOS)
    whole.paste(small, (round(left * whole.width), round(top * whole.height)))
    return whole


# ---- reading


class Seen:
    """What the reader reads in a photo's views; each plan is cut and read once."""

    def __init__(self, photo: Photo, reader: Reads) -> None:
        self._photo = photo
        self._reader = reader
        self._words: dict[SlicePlan, frozenset[str]] = {}
        self._overviews: dict[Size, frozenset[str]] = {}

    def words(self, slicing: SlicePlan) -> frozenset[str]:
        """The words of the photo that one view or another holds."""
        if slicing not in self._words:
            overview, *slices = views.cut(self._photo.picture, slicing)
            read = self._overview(slicing.overview, overview)
            for number, view in enumerate(slices):
                if read != self._photo.words and self._shows_page(slicing, number):
                    read |= self._read(view)
            self._words[slicing] = read
        return self._words[slicing]

    def _shows_page(self, slicing: SlicePlan, number: int) -> bool:
        assert slicing.grid is not None
        columns, rows = slicing.grid
        row, column = divmod(number, columns)
        left, top, right, bottom = self._photo.page
        return left * columns < column + 1 and right * columns > column and top * rows < row + 1 and bottom * rows > row

    def _overview(self, size: Size, view: views.Pixels) -> frozenset[str]:
        if size not in self._overviews:
            self._overviews[size] = self._read(view)
        return self._overviews[size]

    def _read(self, view: views.Pixels) -> frozenset[str]:
        height, width, _ = view.shape
        return found(self._photo.words, self._reader.read(Picture(width, height, view.tobytes())).lines)


def found(words: frozenset[str], lines: Sequence[TextLine]) -> frozenset[str]:
    """Those of the words that the lines hold, letter by letter."""
    text = " ".join(plain(line.text) for line in lines)
    return frozenset(word for word in words if word in text)


def split(phrase: str) -> list[str]:
    """The words of at least two letters, as they are compared."""
    return [word for word in map(plain, phrase.split()) if len(word) > 1]


def plain(text: str) -> str:
    """Letters and digits only, without case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def count(words: frozenset[str]) -> int:
    return sum(map(len, words))


def table_of(points: Sequence[Point]) -> Iterator[str]:
    """The points as a Markdown table."""
    head = (*(f"views: {size}" for size in (*SIZES, "scene", "mixed")), *(f"read: {size}" for size in (*SIZES, "mean")))
    yield f"| way | {' | '.join(head)} |"
    yield f"|---|{'---:|' * len(head)}"
    for point in points:
        spent = [f"{point.views[size]:.1f}" for size in (*SIZES, "scene")] + [f"{point.views_mixed:.1f}"]
        read = [f"{point.read[size]:.0%}" for size in SIZES] + [f"{point.read_mean:.0%}"]
        yield f"| {point.way} | {' | '.join((*spent, *read))} |"


@click.command()
@click.argument("samples", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the points as JSON.")
@click.option("--every", default=1, type=click.IntRange(1), help="Take every n-th page only: sooner, and rougher.")
def main(samples: Path, as_json: bool, every: int) -> None:
    """Print what views are worth on the sample pictures in SAMPLES."""
    pi_heif.register_heif_opener()
    points = measure(samples, Reader(), every=every, told=lambda name: click.echo(name, err=True))
    click.echo(msgspec.json.format(msgspec.json.encode(points)) if as_json else "\n".join(table_of(points)))


if __name__ == "__main__":
    main()
