"""What pictures are painted on: gradients, ridges, ripples, and a place for each thing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from engine.pocket.chance import Value, one_of
from engine.pocket.palette import Colour, near

Size = tuple[int, int]  # width, height in pixels
Point = tuple[float, float]


class Canvas:
    """A picture that is being painted, with its source of chance. Lengths are fractions of its shorter side."""

    def __init__(self, rng: Generator, size: Size, ground: Colour) -> None:
        self.rng = rng
        self.width, self.height = size
        self.unit = min(size)
        self.image = Image.new("RGB", size, ground)
        self.draw = ImageDraw.Draw(self.image)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def one_of(self, values: Sequence[Value]) -> Value:
        return one_of(self.rng, values)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def gradient(self, top: float, bottom: float, upper: Colour, lower: Colour) -> None:
        """From one height to another, both as fractions of the picture's height."""
        start, stop = round(top * self.height), round(bottom * self.height)
        if stop <= start:
            return
        share = np.linspace(0, 1, stop - start, dtype=np.float32)[:, None, None]
        rows = np.array(upper, np.float32) * (1 - share) + np.array(lower, np.float32) * share
        band = np.broadcast_to(rows, (stop - start, self.width, 3)).astype(np.uint8)
        self.image.paste(Image.fromarray(band), (0, start))

    def ridge(self, base: float, low: float, high: float, peaks: int, colour: Colour, *, smooth: bool = False) -> None:
        """Hills or mountains in front of what is there: from `base` up by `low` to `high` of the height."""
        knots = self.rng.uniform(low, high, 2 * peaks + 1)
        knots[::2] = self.rng.uniform(0, low, peaks + 1)
        across = np.linspace(0, 2 * peaks, self.width // 4)
        if smooth:
            left = across.astype(int).clip(max=2 * peaks - 1)
            ease = (1 - np.cos((across - left) * np.pi)) / 2
            rise = knots[left] * (1 - ease) + knots[left + 1] * ease
        else:
            rise = np.interp(across, np.arange(2 * peaks + 1), knots)
        xs, ys = np.linspace(0, self.width, len(rise)), (base - rise) * self.height
        outline = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        self.draw.polygon([(0, base * self.height), *outline, (self.width, base * self.height)], fill=colour)

    def ripples(self, top: float, bottom: float, colour: Colour, count: int) -> None:
        """Short level strokes, denser towards the horizon, as on water."""
        for _ in range(count):
            depth = self.rng.random() ** 2
            y = (top + (bottom - top) * depth) * self.height
            x, length = self.between(0, 1) * self.width, (0.02 + 0.12 * depth) * self.unit
            self.draw.line([(x, y), (x + length, y)], fill=near(self.rng, colour), width=1 + round(2 * depth))

    def specks(self, top: float, bottom: float, colour: Colour, count: int, largest: float = 0.008) -> None:
        for _ in range(count):
            x, y = self.between(0, 1) * self.width, self.between(top, bottom) * self.height
            radius = self.between(0.3, 1) * largest * self.unit
            self.disc((x, y), radius, near(self.rng, colour))

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        x, y = centre
        self.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.draw.rectangle([left, top, max(left, right), max(top, bottom)], fill=colour)

    def colour_at(self, x: int, y: int) -> Colour:
        """Of the pixel there."""
        pixel = self.image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        return pixel[0], pixel[1], pixel[2]
