"""Photos of a camera's size to measure with, no two alike, so that nothing kept of one serves another."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine import views
from engine.messages import Picture

LONG_PX, SHORT_PX = 4032, 3024  # 12 megapixels: llama.cpp's rule and the published one both cut ten views
DECODED_PX = 2000  # the indexer's bound: still ten views
DOCUMENT_SHARE = 5  # every fifth picture is a document

_SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
_PHOTOGRAPHS = ("photo", "sign", "poster")
_DOCUMENTS = ("receipt", "document", "note")
_READABLE = (".jpg", ".png", ".webp")
_SMALL_PX = 448


@dataclass(frozen=True)
class Photo:
    """A JPEG file, and whether it shows a page of text."""

    path: Path
    is_document: bool

    def decoded(self) -> Picture:
        """Its pixels as Tintype hands them to the engine: no side longer than DECODED_PX."""
        with Image.open(self.path) as image:
            image.thumbnail((DECODED_PX, DECODED_PX), Image.Resampling.BICUBIC)
            return views.picture_of(image)


class Album:
    """Makes photos of the samples into a folder, always the same ones in the same order."""

    def __init__(self, folder: Path, *, long_px: int = LONG_PX) -> None:
        """`long_px`: the longer side; the shorter is three quarters of it."""
        self._folder = folder
        self._size = (long_px, long_px * SHORT_PX // LONG_PX)
        self._random = np.random.default_rng(0)
        self._numbers = itertools.count()
        self._photographs = _samples(_PHOTOGRAPHS)
        self._documents = _samples(_DOCUMENTS)

    def photograph(self) -> Photo:
        return self._made(next(self._photographs), is_document=False)

    def document(self) -> Photo:
        return self._made(next(self._documents), is_document=True)

    def mixed(self, count: int) -> list[Photo]:
        """Photographs and documents, four to one; of fewer than five the last is a document, of one none."""
        places = {*range(DOCUMENT_SHARE - 1, count, DOCUMENT_SHARE)} or {max(1, count - 1)}
        return [self.document() if place in places else self.photograph() for place in range(count)]

    def small(self) -> Photo:
        """One view only, to warm up with."""
        return self._made(next(self._photographs), is_document=False, size=(_SMALL_PX, _SMALL_PX))

    def _made(self, sample: Path, *, is_document: bool, size: tuple[int, int] | None = None) -> Photo:
        """The sample but for a random edge of up to 2 %, at the size wanted and in the sample's orientation."""
        with Image.open(sample) as image:
            width, height = image.size
            left, top, right, bottom = self._random.uniform(0, 0.02, 4)
            box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
            wanted = size or (self._size if width >= height else self._size[::-1])
            picture = image.convert("RGB").resize(wanted, Image.Resampling.BICUBIC, box)
        path = self._folder / f"{next(self._numbers)}.jpg"
        picture.save(path, quality=92)
        return Photo(path, is_document)


def shifted(picture: Picture, pixels: int) -> Picture:
    """Another picture, as good as the first, made in no time: every pixel `pixels` further on."""
    cut = pixels * 3
    return Picture(picture.width, picture.height, picture.rgb[-cut:] + picture.rgb[:-cut])


def samples() -> dict[Path, dict[str, Any]]:
    """What is true of each of the sample photos that Pillow opens by itself."""
    known = json.loads((_SAMPLES / "truth.json").read_text(encoding="utf-8"))
    return {_SAMPLES / name: facts for name, facts in known.items() if name.endswith(_READABLE)}


def _samples(kinds: tuple[str, ...]) -> Iterator[Path]:
    return itertools.cycle([path for path, facts in samples().items() if facts["kind"] in kinds])
