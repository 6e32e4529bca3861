"""What a camera makes of a flat picture: it is held askew, the light is uneven, and there are blur, grain and JPEG."""

from __future__ import annotations

import io

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter


def photographed(image: Image.Image, rng: Generator) -> Image.Image:
    """The picture as taken by a hand that means well: all of it is seen."""
    tilted = image.rotate(
        float(rng.uniform(-1.5, 1.5)),
        Image.Resampling.BICUBIC,
        fillcolor=image.getpixel((0, 0)),
    )
    blurred = tilted.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.7))))
    return _compressed(_lit(blurred, rng), int(rng.integers(70, 95)))


def snapshot(image: Image.Image, rng: Generator) -> Image.Image:
    """The picture as taken in any light, now and then out of focus or grainy."""
    gain = rng.uniform(0.8, 1.15) * rng.uniform(0.94, 1.06, 3)
    pixels = np.asarray(image, np.float32) * gain.astype(np.float32)
    pixels += rng.normal(0, rng.uniform(0, 10), (image.height, image.width, 1)).astype(np.float32)
    exposed = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        exposed = exposed.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.2))))
    return _compressed(exposed, int(rng.integers(50, 95)))


def _lit(image: Image.Image, rng: Generator) -> Image.Image:
    """Up to a quarter darker towards one side, with grain."""
    across = np.linspace(0, 1, image.width, dtype=np.float32)
    down = np.linspace(0, 1, image.height, dtype=np.float32)[:, None]
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.25)
    slope = np.cos(angle) * across + np.sin(angle) * down
    light = 1 - depth * (slope - slope.min()) / max(float(np.ptp(slope)), 1e-6)
    grain = rng.normal(0, rng.uniform(1, 5), (image.height, image.width)).astype(np.float32)
    pixels = np.asarray(image, np.float32) * light[..., None] + grain[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    with Image.open(stream) as loaded:
        return loaded.convert("RGB")
