"""Pictures that the model is to say it does not know: noise, textures, and what is photographed.

Photographs differ from what is drawn here in more ways than can be listed. What they have in common, edges of all sizes
that hide one another and detail at every scale, is had by dead leaves (Lee, Mumford and Huang 2001), by noise whose
power falls with frequency, and by parts of a few photographs; a model that has seen these called unknown is less ready
to call a photograph a poster.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from engine.pocket.canvas import Canvas, Size
from engine.pocket.material import Material
from engine.pocket.palette import COLOURS, mostly, tone
from engine.pocket.truth import UNKNOWN, Example, Truth

_LEAVES = 220

Floats = NDArray[np.float32]


def unknown(rng: Generator, size: Size, known: Callable[[], Image.Image], material: Material) -> Example:
    """`known` draws a picture of something, which is then taken to pieces."""
    kind = int(rng.integers(11 if material.photographs else 6))
    if kind == 0:
        image = _noise(rng, size)
    elif kind == 1:
        image = _clouds(rng, size)
    elif kind == 2:
        image = _shuffled(rng, known())
    elif kind == 3:
        image = _blend(rng, known(), known().resize(size))
    elif kind < 6:
        image = _leaves(rng, size)
    else:
        image = material.part(rng, size)
    return Example(image, Truth(UNKNOWN, mostly(image)))


def _noise(rng: Generator, size: Size) -> Image.Image:
    """Independent pixels, fine or coarse, in colour or grey."""
    coarse = int(rng.integers(1, 24))
    shape = (max(1, size[1] // coarse), max(1, size[0] // coarse), 3 if rng.random() < 0.6 else 1)
    pixels = np.broadcast_to(rng.integers(0, 256, shape), (*shape[:2], 3)).astype(np.uint8)
    how = Image.Resampling.NEAREST if rng.random() < 0.5 else Image.Resampling.BICUBIC
    return Image.fromarray(pixels).resize(size, how)


def _clouds(rng: Generator, size: Size) -> Image.Image:
    """Noise whose amplitude falls with frequency, as in photographs, around a colour or two."""
    field = _fractal(rng, size)
    low, high = (np.array(tone(rng, str(rng.choice(tuple(COLOURS)))), np.float32) for _ in range(2))
    share = np.clip((field - field.min()) / max(1e-6, float(np.ptp(field))), 0, 1)[..., None]
    return Image.fromarray((low + (high - low) * share).astype(np.uint8))


def _fractal(rng: Generator, size: Size, slope: float = 1.1) -> Floats:
    """Height x width, of mean 0 and standard deviation 1."""
    rows, columns = np.fft.fftfreq(size[1])[:, None], np.fft.rfftfreq(size[0])
    frequency = np.maximum(np.hypot(rows, columns), 1 / max(size))
    spectrum = np.fft.rfft2(rng.normal(size=size[::-1])) / frequency**slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, size[::-1])
    return (field / max(1e-9, float(field.std()))).astype(np.float32)


def _shuffled(rng: Generator, image: Image.Image) -> Image.Image:
    """Its tiles in no order, each turned."""
    tiles = int(rng.integers(3, 7))
    width, height = image.width // tiles, image.height // tiles
    whole = Image.new("RGB", image.size)
    order = rng.permutation(tiles * tiles)
    for place, number in enumerate(order):
        left, top = int(number) % tiles * width, int(number) // tiles * height
        tile = image.crop((left, top, left + width, top + height)).rotate(int(rng.integers(4)) * 90)
        whole.paste(tile, (place % tiles * width, place // tiles * height))
    return whole


def _blend(rng: Generator, one: Image.Image, other: Image.Image) -> Image.Image:
    """Two pictures through each other, one of them upside down."""
    turned = other.resize(one.size).transpose(Image.Transpose.ROTATE_180)
    return Image.blend(one, turned, float(rng.uniform(0.4, 0.6)))


def _leaves(rng: Generator, size: Size) -> Image.Image:
    """Shapes of all sizes on top of one another, in a few muted colours, with light, shadow and texture."""
    canvas = Canvas(rng, size, tone(rng, str(rng.choice(tuple(COLOURS)))))
    chosen = [COLOURS[str(name)] for name in rng.choice(tuple(COLOURS), int(rng.integers(2, 6)))]
    greys = rng.uniform(0.2, 0.8)
    for _ in range(_LEAVES):
        base = np.array(canvas.one_of(chosen), np.float32)
        muted = base * (1 - greys) + base.mean() * greys + rng.normal(0, 22)
        red, green, blue = (int(value) for value in np.clip(muted, 0, 255))
        radius = canvas.unit * min(0.6, 0.015 / max(0.02, rng.random()))  # as many per octave of size
        x, y = canvas.between(0, 1) * canvas.width, canvas.between(0, 1) * canvas.height
        corners = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = radius * rng.uniform(0.5, 1, corners)
        outline = [(x + float(r * np.cos(a)), y + float(r * np.sin(a))) for r, a in zip(reach, angles, strict=True)]
        canvas.draw.polygon(outline, fill=(red, green, blue))
    light = 1 + 0.18 * _fractal(rng, size, 1.6) + 0.06 * _fractal(rng, size, 0.7)
    pixels = np.asarray(canvas.image, np.float32) * light[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
