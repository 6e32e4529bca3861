"""Signs on a post under the open sky, and posters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from assets.samples.drawing import Colour, Size, fitting, gradient, mix, photographed, shade, varied

Draw = Callable[[Generator], Image.Image]
Line = tuple[str, str, float]  # text, face, height relative to the other lines


def sign(size: Size, board: Colour, ink: Colour, lines: Sequence[Line], *, ground: Colour = (88, 142, 66)) -> Draw:
    """A board on a post, with a hedge behind it out of focus."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        picture = _outdoors(rng, size, ground)
        left, top, right, bottom = (width * 0.07, height * 0.13, width * 0.93, height * 0.58)
        canvas = ImageDraw.Draw(picture)
        post = width * 0.5
        canvas.rectangle([post - width * 0.016, bottom, post + width * 0.016, height], fill=(122, 124, 128))
        canvas.rectangle([post - width * 0.016, bottom, post - width * 0.006, height], fill=(150, 152, 156))
        picture = _board(picture, (left, top, right, bottom), board, ink)
        _lettering(
            picture,
            (left + width * 0.05, top + height * 0.035, right - width * 0.05, bottom - height * 0.035),
            ink,
            lines,
        )
        return photographed(picture, rng)

    return draw


def _outdoors(rng: Generator, size: Size, ground: Colour) -> Image.Image:
    width, height = size
    picture = gradient(size, (128, 186, 238), (190, 218, 242), (190, 218, 242))
    canvas = ImageDraw.Draw(picture)
    horizon = height * 0.76
    for x in np.arange(-0.05, 1.1, 0.07):
        radius = width * float(rng.uniform(0.05, 0.075))
        centre = (width * float(x), horizon)
        box = [centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius]
        canvas.ellipse(box, fill=varied(rng, shade(ground, 0.85), 0.08))
    canvas.rectangle([0, horizon, width, height], fill=ground)
    return picture.filter(ImageFilter.GaussianBlur(width / 160))


def _board(picture: Image.Image, box: tuple[float, float, float, float], board: Colour, ink: Colour) -> Image.Image:
    """A rounded plate with an edge line, lit from above."""
    left, top, right, bottom = box
    scale = picture.width
    plate = gradient(picture.size, shade(board, 1.06), shade(board, 0.94))
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle(box, scale * 0.02, fill=255)
    shadow = mask.filter(ImageFilter.GaussianBlur(scale / 110)).point(lambda a: a * 0.35)
    picture = Image.composite(Image.new("RGB", picture.size, (20, 30, 40)), picture, shadow)
    picture.paste(plate, (0, 0), mask)
    canvas = ImageDraw.Draw(picture)
    inset = scale * 0.011
    edge = [left + inset, top + inset, right - inset, bottom - inset]
    canvas.rounded_rectangle(edge, scale * 0.014, outline=ink, width=max(2, round(scale * 0.005)))
    return picture


def _lettering(
    picture: Image.Image, box: tuple[float, float, float, float], ink: Colour, lines: Sequence[Line]
) -> None:
    left, top, right, bottom = box
    canvas = ImageDraw.Draw(picture)
    pitch = (bottom - top) / sum(relative for _, _, relative in lines)
    y = top
    for text, face, relative in lines:
        tall = pitch * relative
        letters = fitting(face, text, right - left, round(tall * 0.74))
        canvas.text(((left + right) / 2, y + tall / 2), text, ink, letters, anchor="mm")
        y += tall


def poster(size: Size, ground: Colour, ink: Colour, lines: Sequence[Line], shapes: Sequence[Colour]) -> Draw:
    """A print with large lettering over overlapping discs and triangles."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        picture = gradient((width * 2, height * 2), shade(ground, 1.05), shade(ground, 0.93))
        canvas = ImageDraw.Draw(picture)
        for index, colour in enumerate(shapes):
            x = width * 2 * (0.06 + 0.88 * (index + 0.5) / len(shapes))
            y, broad = height * 2 * float(rng.uniform(0.66, 0.90)), width * float(rng.uniform(0.34, 0.62))
            if index % 2:
                canvas.polygon(
                    [(x - broad / 2, y + broad / 2), (x + broad / 2, y + broad / 2), (x, y - broad / 2)], fill=colour
                )
            else:
                canvas.ellipse([x - broad / 2, y - broad / 2, x + broad / 2, y + broad / 2], fill=colour)
                canvas.pieslice(
                    [x - broad / 2, y - broad / 2, x + broad / 2, y + broad / 2],
                    -60,
                    120,
                    fill=mix(colour, ground, 0.18),
                )
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        _lettering(picture, (width * 0.06, height * 0.05, width * 0.94, height * 0.50), ink, lines)
        return photographed(picture, rng, vignette=0.08)

    return draw
