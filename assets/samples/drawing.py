"""What every sample picture is drawn with: fonts, gradients, grain, and paper that lies on a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Size = tuple[int, int]  # width, height in pixels
Point = tuple[float, float]  # x, y
Floats = NDArray[np.float32]

INK: Colour = (43, 42, 46)

# The faces of Debian's fonts-dejavu and fonts-noto packages, found by name; CJK collections hold one face a country.
FACES = {
    "sans": ("DejaVuSans.ttf", 0),
    "sans-bold": ("DejaVuSans-Bold.ttf", 0),
    "condensed-bold": ("DejaVuSansCondensed-Bold.ttf", 0),
    "serif": ("DejaVuSerif.ttf", 0),
    "serif-bold": ("DejaVuSerif-Bold.ttf", 0),
    "hand": ("DejaVuSerif-Italic.ttf", 0),
    "mono": ("DejaVuSansMono.ttf", 0),
    "mono-bold": ("DejaVuSansMono-Bold.ttf", 0),
    "noto": ("NotoSans-Regular.ttf", 0),
    "noto-bold": ("NotoSans-Bold.ttf", 0),
    "japanese": ("NotoSansCJK-Regular.ttc", 0),
    "japanese-bold": ("NotoSansCJK-Bold.ttc", 0),
    "chinese": ("NotoSansCJK-Regular.ttc", 2),
    "chinese-bold": ("NotoSansCJK-Bold.ttc", 2),
    "chinese-serif": ("NotoSerifCJK-Bold.ttc", 2),
    "arabic": ("NotoNaskhArabic-Regular.ttf", 0),
    "arabic-bold": ("NotoNaskhArabic-Bold.ttf", 0),
    "hindi": ("NotoSansDevanagari-Regular.ttf", 0),
    "hindi-bold": ("NotoSansDevanagari-Bold.ttf", 0),
}


@cache
def font(face: str, size_px: int) -> ImageFont.FreeTypeFont:
    file, index = FACES[face]
    return ImageFont.truetype(file, size_px, index=index)


def fitting(face: str, text: str, width_px: float, largest_px: int) -> ImageFont.FreeTypeFont:
    """The largest font up to `largest_px` in which the text is no wider than `width_px`."""
    size = largest_px
    while size > 8 and font(face, size).getlength(text) > width_px:
        size -= 2
    return font(face, size)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (below 1) or lighter (above 1)."""
    red, green, blue = (min(255, max(0, round(value * factor))) for value in colour)
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (share 0) to `other` (share 1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def varied(rng: Generator, colour: Colour, by: float) -> Colour:
    """The same colour a little lighter or darker."""
    return shade(colour, 1 + float(rng.uniform(-by, by)))


def gradient(size: Size, *stops: Colour) -> Image.Image:
    """Even steps from the first colour at the top to the last at the bottom."""
    width, height = size
    at = np.linspace(0, len(stops) - 1, height)
    channels = [np.interp(at, range(len(stops)), channel) for channel in zip(*stops, strict=True)]
    column = np.stack(channels, axis=1)[:, None].repeat(width, axis=1)
    return Image.fromarray(column.astype(np.uint8))


def glow(picture: Image.Image, centre: Point, radius_px: float, colour: Colour, strength: float) -> Image.Image:
    """Light around a point, fading out at `radius_px`."""
    xs, ys = np.arange(picture.width, dtype=np.float32), np.arange(picture.height, dtype=np.float32)[:, None]
    distance = np.hypot(xs - centre[0], ys - centre[1]) / radius_px
    light = strength * np.clip(1 - distance, 0, 1) ** 2
    return Image.composite(Image.new("RGB", picture.size, colour), picture, _mask(light))


def _mask(share: Floats) -> Image.Image:
    return Image.fromarray((share * 255).astype(np.uint8))


def photographed(picture: Image.Image, rng: Generator, *, grain: float = 1.5, vignette: float = 0.12) -> Image.Image:
    """The picture as a camera gives it: darker corners, slightly soft, a little grain."""
    xs = np.linspace(-1, 1, picture.width, dtype=np.float32)
    ys = np.linspace(-1, 1, picture.height, dtype=np.float32)[:, None]
    corners = 1 - vignette * (xs**2 + ys**2) / 2
    noise = rng.normal(0, grain, (picture.height // 2, picture.width // 2)).astype(np.float32)
    speckle = np.asarray(Image.fromarray(noise).resize(picture.size, Image.Resampling.BICUBIC))
    pixels = np.asarray(picture, np.float32) * corners[..., None] + speckle[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def lines_of(rng: Generator, size: Size, colour: Colour, *, count: int, contrast: float) -> Image.Image:
    """Long soft streaks, as in wood and brushed metal."""
    width, height = size
    rows = rng.normal(0, 1, (count, 12)).astype(np.float32)
    streaks = np.asarray(Image.fromarray(rows).resize((width, height), Image.Resampling.BICUBIC))
    pixels = np.asarray(colour, np.float32) * (1 + contrast * streaks[..., None])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def wood(rng: Generator, size: Size, colour: Colour) -> Image.Image:
    """A table top of planks."""
    width, height = size
    table = Image.new("RGB", size)
    planks = 4
    for index in range(planks):
        top, bottom = height * index // planks, height * (index + 1) // planks
        plank = lines_of(rng, (width, bottom - top), varied(rng, colour, 0.06), count=60, contrast=0.035)
        table.paste(plank, (0, top))
        ImageDraw.Draw(table).line([(0, top), (width, top)], fill=shade(colour, 0.6), width=max(2, height // 500))
    return table


def stone(rng: Generator, size: Size, colour: Colour) -> Image.Image:
    """A counter or a cloth: one colour, cloudy."""
    width, height = size
    coarse = rng.normal(0, 1, (9, 12)).astype(np.float32)
    fine = rng.normal(0, 1, (60, 80)).astype(np.float32)
    clouds = sum(
        weight * np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC))
        for field, weight in ((coarse, 0.05), (fine, 0.02))
    )
    pixels = np.asarray(colour, np.float32) * (1 + np.asarray(clouds)[..., None])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def lay(paper: Image.Image, table: Image.Image, corners: Sequence[Point], *, lift_px: int = 18) -> Image.Image:
    """Paper on a table: its corners (clockwise from the top left) at these points, with a soft shadow under it.

    `paper` may carry an alpha channel for torn or punched edges.
    """
    width, height = paper.size
    coefficients = _perspective(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    warped = paper.convert("RGBA").transform(
        table.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC
    )
    outline = warped.getchannel("A")
    shadow = ImageChops.offset(outline, lift_px, lift_px).filter(ImageFilter.GaussianBlur(lift_px))
    darkened = Image.composite(Image.new("RGB", table.size, (12, 10, 12)), table, shadow.point(lambda a: a * 0.55))
    darkened.paste(warped.convert("RGB"), (0, 0), outline)
    return darkened


def _perspective(of: Sequence[Point], onto: Sequence[Point]) -> list[float]:
    """The eight coefficients that take each point of `of` to its partner in `onto` (a plane homography)."""
    rows, values = [], []
    for (x, y), (u, v) in zip(of, onto, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, float), np.array(values, float))]


def tilted(size: Size, margin: float, rng: Generator, *, tilt: float = 0.012) -> list[Point]:
    """Corners of a sheet that nearly fills a picture: `margin` of the width and height left free, a little askew."""
    width, height = size
    corners = [(margin, margin), (1 - margin, margin), (1 - margin, 1 - margin), (margin, 1 - margin)]
    return [
        (width * (x + float(rng.uniform(-tilt, tilt))), height * (y + float(rng.uniform(-tilt, tilt))))
        for x, y in corners
    ]


def curled(paper: Image.Image, rng: Generator, *, folds: int = 2) -> Image.Image:
    """Soft bands of light and shadow across a sheet that was folded or rolled."""
    rows = np.linspace(0, 1, paper.height, dtype=np.float32)
    light = 1 + 0.025 * np.cos(rows * np.pi * (folds + 1) + float(rng.uniform(0, 2)))
    pixels = np.asarray(paper.convert("RGB"), np.float32) * light[:, None, None]
    shaded = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if paper.mode == "RGBA":
        shaded.putalpha(paper.getchannel("A"))
    return shaded
