"""The colours that the pocket model names, and which of them most of a picture has."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageCms

Colour = tuple[int, int, int]  # sRGB

COLOURS: dict[str, Colour] = {
    "black": (22, 22, 24),
    "white": (244, 244, 242),
    "gray": (128, 128, 130),
    "red": (205, 38, 38),
    "orange": (240, 138, 30),
    "yellow": (245, 215, 60),
    "green": (50, 145, 65),
    "blue": (45, 95, 205),
    "purple": (125, 55, 160),
    "pink": (240, 150, 190),
    "brown": (115, 72, 42),
}
NAMES = tuple(COLOURS)

_CENSUS_PX = 32  # the picture is counted at this size
_LEAST_CHROMA = 13.0  # in CIE Lab; what has less is black, gray or white, by its lightness
_DARK, _BRIGHT = 25.0, 82.0
_LIGHTNESS_WEIGHT = 0.6  # degrees of hue for one of lightness: it tells brown from orange, and pink from red


def tone(rng: Generator, name: str, *, by: int = 18) -> Colour:
    """One of the tones that go by that name."""
    return near(rng, COLOURS[name], by=by)


def near(rng: Generator, colour: Colour, *, by: int = 18) -> Colour:
    """A colour like this one, lighter or darker, and of a slightly other hue."""
    light, *tints = (int(value) for value in rng.integers(-by, by + 1, 4))
    red, green, blue = (min(255, max(0, value + light + tint // 3)) for value, tint in zip(colour, tints, strict=True))
    return red, green, blue


def shaded(colour: Colour, factor: float) -> Colour:
    """Darker (below 1) or lighter (above)."""
    red, green, blue = (min(255, max(0, int(value * factor))) for value in colour)
    return red, green, blue


def mostly(image: Image.Image) -> str:
    """The name of the colour that more of the picture has than any other."""
    small = image.resize((_CENSUS_PX, _CENSUS_PX), Image.Resampling.BOX)
    return NAMES[int(np.bincount(_named(_lab(small)), minlength=len(NAMES)).argmax())]


def _named(lab: NDArray[np.float32]) -> NDArray[np.intp]:
    """For each pixel the number of its colour's name: by lightness where it has no hue, else by hue and lightness."""
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    grey = np.select([lightness < _DARK, lightness > _BRIGHT], [0, 1], 2)
    references = _references()
    turn = np.abs(_hue(lab)[:, None] - _hue(references)[None])
    apart = np.minimum(turn, 360 - turn) + _LIGHTNESS_WEIGHT * np.abs(lightness[:, None] - references[None, :, 0])
    return np.where(chroma < _LEAST_CHROMA, grey, 3 + apart.argmin(axis=1))


@cache
def _references() -> NDArray[np.float32]:
    """Of the colours that have a hue."""
    return _lab(Image.fromarray(np.array([list(COLOURS.values())[3:]], np.uint8)))


def _hue(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """In degrees."""
    return np.degrees(np.arctan2(lab[:, 2], lab[:, 1])).astype(np.float32)


def _lab(image: Image.Image) -> NDArray[np.float32]:
    """Pixels x (L, a, b)."""
    values = np.asarray(ImageCms.applyTransform(image, _to_lab()), np.int16).reshape(-1, 3)
    lightness, red_green, yellow_blue = values.T
    return np.stack([lightness * 100 / 255, _signed(red_green), _signed(yellow_blue)], axis=1).astype(np.float32)


def _signed(values: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.where(values > 127, values - 256, values).astype(np.int16)


@cache
def _to_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
