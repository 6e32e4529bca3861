"""Endless pictures with their truth: of all kinds, in all shapes, as a camera or a screen gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from engine.pocket import camera
from engine.pocket.canvas import Size
from engine.pocket.documents import document
from engine.pocket.material import Material
from engine.pocket.scenes import scene
from engine.pocket.truth import DOCUMENTS, SCENES, UNKNOWN, Example
from engine.pocket.unknowns import unknown

LONG_PX = 480  # the longer side: three views of 160
SIZES: tuple[Size, ...] = ((480, 360), (480, 320), (480, 270), (480, 480), (360, 480), (320, 480), (270, 480))
SCREENS = ("chat", "settings", "map")  # are not photographed
_UNKNOWN_SHARE = 0.18
_DOCUMENT_SHARE = 0.5  # of the others
# Kinds that are hard to tell apart, and how many times as often as others they are drawn: papers in print, and people
# anywhere.
_OFTEN = {
    "receipt": 3,
    "invoice": 3,
    "ticket": 3,
    "card": 4,
    "cover": 4,
    "note": 6,
    "poster": 4,
    "menu": 4,
    "people": 6,
    "beach": 3,
}


def picture(seed: Sequence[int], material: Material, size: Size, kind: str | None = None) -> Example:
    """The picture of that seed and size, always the same; `kind`: one of truth.KINDS, or any. Raises OSError."""
    rng = np.random.default_rng(seed)
    kind = kind or _a_kind(rng)
    if kind == UNKNOWN:
        drawn = unknown(rng, size, lambda: _known(rng, material, _a_known_kind(rng), size).image, material)
    else:
        drawn = _known(rng, material, kind, size)
    return drawn if kind in SCREENS else replace(drawn, image=camera.snapshot(drawn.image, rng))


def _known(rng: Generator, material: Material, kind: str, size: Size) -> Example:
    return document(rng, kind, size, material) if kind in DOCUMENTS else scene(rng, kind, size)


def _a_kind(rng: Generator) -> str:
    return UNKNOWN if rng.random() < _UNKNOWN_SHARE else _a_known_kind(rng)


def _a_known_kind(rng: Generator) -> str:
    kinds = DOCUMENTS if rng.random() < _DOCUMENT_SHARE else SCENES
    often = np.array([_OFTEN.get(kind, 1) for kind in kinds])
    return str(rng.choice(kinds, p=often / often.sum()))
