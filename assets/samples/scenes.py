"""Landscapes and cities as flat, softly lit pictures: sky, water, trees, rock and houses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from assets.samples.drawing import Colour, Point, Size, glow, gradient, mix, photographed, shade, varied

Scene = Callable[[Generator], Image.Image]

SMOOTHING = 2  # drawn at twice the size and reduced, so that edges are smooth


def sunset(size: Size, sky: tuple[Colour, Colour, Colour], ground: Colour, *, over_water: bool, sail: bool) -> Scene:
    """A low sun under a glowing sky, over water or dark hills."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        horizon = int(height * 0.60)
        picture = Image.new("RGB", (width, height))
        picture.paste(gradient((width, horizon), *sky), (0, 0))
        sun, radius = (width * float(rng.uniform(0.38, 0.62)), horizon - height * 0.055), height * 0.085
        picture = glow(picture, sun, height * 0.75, (255, 214, 120), 0.55)
        _clouds(picture, rng, horizon, mix(sky[0], sky[2], 0.55), count=7)
        ImageDraw.Draw(picture).ellipse(_around(sun, radius), fill=(255, 232, 150))
        if over_water:
            _water(picture, rng, horizon, ground)
            _glitter(picture, rng, sun[0], horizon, (255, 205, 130))
            _ridge(picture, rng, horizon, height * 0.035, mix(ground, sky[2], 0.25), (0.0, 0.24))
        else:
            ImageDraw.Draw(picture).rectangle([0, horizon, width, height], fill=ground)
            for depth, rise in ((0.02, 0.035), (0.14, 0.05), (0.27, 0.06)):
                colour = mix(mix(ground, sky[1], 0.22), shade(ground, 0.5), depth * 3.6)
                _ridge(picture, rng, horizon + height * depth, height * rise, colour, (0.0, 1.0))
        if sail:
            _boat(picture, (width * 0.24, horizon + height * 0.06), height * 0.11, (58, 30, 34), (92, 52, 50))
        return _finished(picture, size, rng)

    return draw


def sea(size: Size, *, sand: bool, boats: int, umbrellas: int = 0) -> Scene:
    """Blue water under a light sky, with sailing boats, and a beach in front if there is sand."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        horizon, shore = int(height * 0.52), int(height * 0.88)
        picture = Image.new("RGB", (width, height))
        picture.paste(gradient((width, horizon), (84, 158, 228), (150, 200, 240), (198, 226, 246)), (0, 0))
        _clouds(picture, rng, int(horizon * 0.8), (247, 250, 252), count=5)
        _water(picture, rng, horizon, (34, 108, 168))
        for index in range(boats):
            at = width * (0.18 + 0.62 * (index + float(rng.uniform(0.2, 0.8))) / boats)
            _boat(picture, (at, horizon + height * 0.03 * (1 + index)), height * 0.09, (122, 52, 34), (250, 250, 250))
        if sand:
            _beach(picture, rng, shore)
        for index in range(umbrellas):
            at = width * (0.16 + 0.68 * (index + 0.5) / umbrellas)
            _umbrella(picture, (at, shore + height * 0.09), height * 0.11, [(214, 62, 52), (244, 190, 60)][index % 2])
        return _finished(picture, size, rng)

    return draw


def forest(size: Size, leaf: Colour, *, path: bool, pines: bool) -> Scene:
    """Rows of trees, the far ones pale with haze."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        horizon = int(height * 0.55)
        picture = gradient((width, height), (142, 192, 222), (206, 226, 222), (206, 226, 222))
        ImageDraw.Draw(picture).rectangle([0, horizon, width, height], fill=(62, 112, 48))
        for row, haze in enumerate((0.38, 0.18, 0.0)):
            base = horizon + height * (0.04 + 0.13 * row)
            colour = mix(leaf, (176, 206, 204), haze)
            if path and row == 2:
                _path(picture, horizon)
            for at in np.linspace(-0.03, 1.03, 11 - 2 * row) + rng.uniform(-0.03, 0.03, 11 - 2 * row):
                if path and row == 2 and 0.36 < at < 0.64:
                    continue
                foot = (width * float(at), base + height * float(rng.uniform(-0.015, 0.02)))
                tall = height * (0.30 + 0.09 * row) * float(rng.uniform(0.8, 1.15))
                (_pine if pines else _tree)(picture, foot, tall, varied(rng, colour, 0.14))
        return _finished(picture, size, rng)

    return draw


def mountains(size: Size, rock: Colour, *, snowy: bool) -> Scene:
    """Peaks with a lit and a shaded side over rolling meadows or snow fields."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        foot = int(height * 0.64)
        picture = gradient((width, height), (98, 158, 224), (206, 226, 242), (206, 226, 242))
        _clouds(picture, rng, int(height * 0.22), (246, 249, 252), count=4)
        peaks = ((0.14, 0.30), (0.86, 0.33), (0.36, 0.46), (0.66, 0.42), (0.52, 0.28))
        for order, (at, tall) in enumerate(peaks):
            colour = mix(rock, (176, 198, 220), 0.34 - 0.08 * order)
            _peak(picture, rng, (width * at, foot), height * tall, colour, snow=0.42 if snowy else 0.24)
        ground = (226, 232, 238) if snowy else (96, 146, 74)
        ImageDraw.Draw(picture).rectangle([0, foot, width, height], fill=ground)
        for depth, rise in ((0.10, 0.022), (0.19, 0.030), (0.29, 0.026)):
            _ridge(picture, rng, foot + height * depth, height * rise, shade(ground, 1 - depth * 0.6), (0.0, 1.0))
        return _finished(picture, size, rng)

    return draw


def night(size: Size, *, moon: bool, water: bool) -> Scene:
    """A dark sky with stars over lit windows."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        picture = gradient((width, height), (7, 8, 24), (16, 16, 44), (34, 30, 66))
        canvas = ImageDraw.Draw(picture)
        for x, y in zip(rng.uniform(0, width, 130), rng.uniform(0, height * 0.55, 130), strict=True):
            dot = height * float(rng.uniform(0.0008, 0.0024))
            canvas.ellipse(_around((float(x), float(y)), dot), fill=varied(rng, (226, 226, 216), 0.2))
        if moon:
            centre = (width * 0.78, height * 0.20)
            picture = glow(picture, centre, height * 0.30, (120, 124, 170), 0.5)
            ImageDraw.Draw(picture).ellipse(_around(centre, height * 0.065), fill=(240, 240, 214))
        shore = int(height * (0.80 if water else 1.0))
        _skyline(picture, rng, shore, (22, 22, 36), tall=(0.24, 0.50), lit=0.45)
        if water:
            _water(picture, rng, shore, (17, 20, 52))
            for at in rng.uniform(0, 1, 34):
                _glitter(picture, rng, width * float(at), shore, (190, 150, 84), narrow=True)
        return _finished(picture, size, rng)

    return draw


def city(size: Size, wall: Colour, *, roofs: Colour | None, trees: bool) -> Scene:
    """A street of houses by day."""

    def draw(rng: Generator) -> Image.Image:
        width, height = _drawn(size)
        street = int(height * 0.72)
        picture = gradient((width, height), (126, 178, 230), (212, 226, 236), (212, 226, 236))
        _clouds(picture, rng, int(height * 0.2), (246, 249, 252), count=3)
        _skyline(picture, rng, street, mix(wall, (190, 206, 222), 0.5), tall=(0.38, 0.58), lit=0.0)
        _skyline(picture, rng, street, wall, tall=(0.26, 0.46), lit=0.0, roofs=roofs)
        canvas = ImageDraw.Draw(picture)
        canvas.rectangle([0, street, width, height], fill=(76, 76, 82))
        canvas.rectangle([0, street, width, street + height * 0.035], fill=(168, 166, 162))
        for x in np.arange(0, width, width * 0.155):
            canvas.rectangle([x, height * 0.86, x + width * 0.08, height * 0.875], fill=(236, 236, 222))
        if trees:
            for at in (0.08, 0.34, 0.62, 0.90):
                _tree(picture, (width * at, street + height * 0.03), height * 0.2, varied(rng, (70, 128, 62), 0.1))
        return _finished(picture, size, rng)

    return draw


# ---- parts


def _drawn(size: Size) -> Size:
    return size[0] * SMOOTHING, size[1] * SMOOTHING


def _finished(picture: Image.Image, size: Size, rng: Generator) -> Image.Image:
    return photographed(picture.resize(size, Image.Resampling.LANCZOS), rng)


def _around(centre: Point, radius_px: float) -> tuple[float, float, float, float]:
    return centre[0] - radius_px, centre[1] - radius_px, centre[0] + radius_px, centre[1] + radius_px


def _clouds(picture: Image.Image, rng: Generator, below: int, colour: Colour, *, count: int) -> None:
    """Flat-bottomed clusters, soft at the edge."""
    mask = Image.new("L", picture.size, 0)
    canvas = ImageDraw.Draw(mask)
    for _ in range(count):
        x, y = float(rng.uniform(0, picture.width)), float(rng.uniform(below * 0.12, below * 0.85))
        broad = picture.width * float(rng.uniform(0.06, 0.13))
        for part in np.linspace(-1, 1, 5):
            tall = broad * 0.16 * (1.5 - abs(part))
            left = x + broad * float(part) * 0.8
            canvas.ellipse([left - broad * 0.4, y - tall, left + broad * 0.4, y + tall * 0.5], fill=205)
    picture.paste(
        Image.new("RGB", picture.size, colour), (0, 0), mask.filter(ImageFilter.GaussianBlur(picture.width / 260))
    )


def _water(picture: Image.Image, rng: Generator, top: int, colour: Colour) -> None:
    """Darker towards us, with short level strokes that grow as they come nearer."""
    width, height = picture.size
    picture.paste(gradient((width, height - top), colour, shade(colour, 0.68)), (0, top))
    canvas = ImageDraw.Draw(picture)
    for near in np.sort(rng.uniform(0, 1, 150)):
        x, y = float(rng.uniform(-0.1, 1)) * width, top + float(near) ** 1.6 * (height - top)
        length, thick = width * (0.015 + 0.07 * float(near)), max(1, round(height * 0.0035 * float(near)))
        canvas.line([(x, y), (x + length, y)], fill=shade(colour, float(rng.uniform(0.72, 1.28))), width=thick)


def _glitter(
    picture: Image.Image, rng: Generator, at: float, top: int, colour: Colour, *, narrow: bool = False
) -> None:
    """A light's broken reflection on the water below it."""
    width, height = picture.size
    spread = 0.006 if narrow else 0.05
    canvas = ImageDraw.Draw(picture)
    for near in rng.uniform(0, 1, 8 if narrow else 90):
        y = top + float(near) * (height - top) * (0.6 if narrow else 1.0)
        x = at + width * spread * (0.5 + float(near)) * float(rng.normal(0, 0.6))
        length = width * (0.006 if narrow else 0.028) * float(rng.uniform(0.4, 1.2))
        canvas.line([(x - length, y), (x + length, y)], fill=varied(rng, colour, 0.15), width=max(2, height // 420))


def _ridge(
    picture: Image.Image, rng: Generator, base: float, rise: float, colour: Colour, reach: tuple[float, float]
) -> None:
    """Rolling hills from one fraction of the width to another."""
    width, height = picture.size
    xs = np.linspace(reach[0], reach[1], 60)
    waves = sum(np.sin(xs * frequency + rng.uniform(0, 6)) / frequency**0.5 for frequency in (5, 11, 23))
    fade = np.sin(np.clip((reach[1] - xs) / 0.12, 0, 1) * np.pi / 2) if reach[1] < 1 else np.ones_like(xs)
    tops = base - rise * (1 + np.asarray(waves)) * fade
    outline = [(float(x * width), float(y)) for x, y in zip(xs, tops, strict=True)]
    bottom = base if reach[1] < 1 else height
    ImageDraw.Draw(picture).polygon([*outline, (reach[1] * width, bottom), (reach[0] * width, bottom)], fill=colour)


def _beach(picture: Image.Image, rng: Generator, shore: int) -> None:
    width, height = picture.size
    xs = np.linspace(0, 1, 80)
    edge = shore + height * 0.012 * np.sin(xs * 9 + float(rng.uniform(0, 6)))
    canvas = ImageDraw.Draw(picture)
    foam = [(float(x * width), float(y - height * 0.014)) for x, y in zip(xs, edge, strict=True)]
    sand = [(float(x * width), float(y)) for x, y in zip(xs, edge, strict=True)]
    canvas.polygon([*foam, (width, height), (0, height)], fill=(240, 246, 246))
    canvas.polygon([*sand, (width, height), (0, height)], fill=(226, 202, 152))
    for x, y in zip(rng.uniform(0, width, 220), rng.uniform(shore + height * 0.03, height, 220), strict=True):
        canvas.ellipse(_around((float(x), float(y)), height * 0.0014), fill=varied(rng, (206, 180, 130), 0.1))


def _boat(picture: Image.Image, at: Point, tall: float, hull: Colour, cloth: Colour) -> None:
    x, y = at
    canvas = ImageDraw.Draw(picture)
    canvas.polygon(
        [
            (x - tall * 0.42, y),
            (x + tall * 0.42, y),
            (x + tall * 0.3, y + tall * 0.16),
            (x - tall * 0.3, y + tall * 0.16),
        ],
        fill=hull,
    )
    canvas.polygon(
        [(x + tall * 0.03, y - tall), (x + tall * 0.03, y - tall * 0.06), (x + tall * 0.4, y - tall * 0.06)], fill=cloth
    )
    canvas.polygon(
        [(x - tall * 0.03, y - tall * 0.86), (x - tall * 0.03, y - tall * 0.06), (x - tall * 0.3, y - tall * 0.06)],
        fill=shade(cloth, 0.9),
    )


def _umbrella(picture: Image.Image, foot: Point, tall: float, colour: Colour) -> None:
    x, y = foot
    canvas = ImageDraw.Draw(picture)
    canvas.ellipse([x - tall * 0.2, y - tall * 0.05, x + tall * 0.8, y + tall * 0.09], fill=(196, 170, 122))
    canvas.line([(x, y - tall), (x, y)], fill=(246, 244, 238), width=round(tall * 0.05))
    canvas.pieslice([x - tall * 0.62, y - tall * 1.3, x + tall * 0.62, y - tall * 0.2], 180, 360, fill=colour)
    canvas.pieslice([x - tall * 0.22, y - tall * 1.3, x + tall * 0.22, y - tall * 0.2], 180, 360, fill=(250, 246, 238))


def _pine(picture: Image.Image, foot: Point, tall: float, colour: Colour) -> None:
    x, y = foot
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle([x - tall * 0.025, y - tall * 0.14, x + tall * 0.025, y], fill=(82, 58, 36))
    for tier, broad in ((0.10, 0.21), (0.34, 0.165), (0.58, 0.115)):
        top = y - tall * min(1.0, tier + 0.46)
        canvas.polygon(
            [(x - tall * broad, y - tall * tier), (x + tall * broad, y - tall * tier), (x, top)], fill=colour
        )
        canvas.polygon([(x, y - tall * tier), (x + tall * broad, y - tall * tier), (x, top)], fill=shade(colour, 0.84))


def _tree(picture: Image.Image, foot: Point, tall: float, colour: Colour) -> None:
    x, y = foot
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle([x - tall * 0.03, y - tall * 0.45, x + tall * 0.03, y], fill=(84, 58, 36))
    for dx, dy, radius, light in (
        (0, 0.66, 0.26, 0.86),
        (-0.14, 0.56, 0.2, 0.94),
        (0.13, 0.58, 0.2, 0.82),
        (-0.03, 0.78, 0.2, 1.1),
    ):
        canvas.ellipse(_around((x + tall * dx, y - tall * dy), tall * radius), fill=shade(colour, light))


def _path(picture: Image.Image, horizon: int) -> None:
    width, height = picture.size
    bend = [(0.505, 0.0), (0.515, 0.0), (0.56, 0.35), (0.66, 1.0), (0.34, 1.0), (0.46, 0.35)]
    points = [(width * x, horizon + (height - horizon) * y) for x, y in bend]
    ImageDraw.Draw(picture).polygon(points, fill=(176, 152, 108))


def _peak(picture: Image.Image, rng: Generator, base: Point, tall: float, rock: Colour, *, snow: float) -> None:
    """A mountain with a lit left and a shaded right side; its top `snow` of the height is white."""
    x, y = base
    broad = tall * float(rng.uniform(0.95, 1.15))
    for share, lit, shaded in ((1.0, shade(rock, 1.08), shade(rock, 0.8)), (snow, (244, 247, 251), (210, 221, 236))):
        half, bottom = broad * share, y - tall * (1 - share)
        ImageDraw.Draw(picture).polygon([(x - half, bottom), (x, y - tall), (x + half * 0.12, bottom)], fill=lit)
        ImageDraw.Draw(picture).polygon([(x + half, bottom), (x, y - tall), (x + half * 0.12, bottom)], fill=shaded)


def _skyline(
    picture: Image.Image,
    rng: Generator,
    street: int,
    wall: Colour,
    *,
    tall: tuple[float, float],
    lit: float,
    roofs: Colour | None = None,
) -> None:
    """Houses side by side, each with its grid of windows; `lit` of them shine."""
    width, height = picture.size
    canvas = ImageDraw.Draw(picture)
    x = -width * 0.03
    while x < width:
        broad, high = width * float(rng.uniform(0.10, 0.19)), height * float(rng.uniform(*tall))
        colour = varied(rng, wall, 0.14)
        canvas.rectangle([x, street - high, x + broad, street], fill=colour)
        canvas.rectangle([x + broad * 0.9, street - high, x + broad, street], fill=shade(colour, 0.86))
        if roofs:
            eaves = [(x - broad * 0.04, street - high), (x + broad * 1.04, street - high)]
            canvas.polygon(
                [*eaves, (x + broad * 0.86, street - high * 1.13), (x + broad * 0.14, street - high * 1.13)],
                fill=varied(rng, roofs, 0.1),
            )
        _windows(canvas, rng, (x, street - high, x + broad, street), height * 0.047, colour, lit)
        x += broad * float(rng.uniform(1.0, 1.12))


def _windows(
    canvas: ImageDraw.ImageDraw,
    rng: Generator,
    wall: tuple[float, float, float, float],
    pitch: float,
    colour: Colour,
    lit: float,
) -> None:
    left, top, right, bottom = wall
    columns = max(1, int((right - left) / pitch - 0.4))
    step = (right - left) / (columns + 0.5)
    for row in range(int((bottom - top) / pitch - 0.6)):
        for column in range(columns):
            x, y = left + step * (column + 0.45), top + pitch * (row + 0.5)
            shining = bool(rng.uniform() < lit)
            pane = (
                varied(rng, (250, 216, 122), 0.12)
                if shining
                else mix(colour, (84, 112, 146), 0.62 if not lit else 0.12)
            )
            canvas.rectangle([x, y, x + step * 0.5, y + pitch * 0.56], fill=varied(rng, pane, 0.08))
