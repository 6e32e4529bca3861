"""Screenshots: a conversation, a list of settings, a map; sharp and without grain, as a screen saves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from assets.samples.drawing import Colour, Size, fitting, font, mix, shade, varied

Draw = Callable[[Generator], Image.Image]

LIGHTS: tuple[Colour, ...] = ((222, 76, 66), (240, 196, 70), (72, 168, 84))


def _window(size: Size, page: Colour, bar: Colour, title: str, face: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty window: a coloured bar with its title and three lights."""
    width, height = size
    screen = Image.new("RGB", size, page)
    canvas = ImageDraw.Draw(screen)
    tall = height * 0.11
    canvas.rectangle([0, 0, width, tall], fill=bar)
    canvas.text(
        (width * 0.04, tall / 2),
        title,
        (248, 248, 250),
        fitting(face, title, width * 0.7, round(tall * 0.42)),
        anchor="lm",
    )
    for index, light in enumerate(LIGHTS):
        x, radius = width * 0.885 + index * height * 0.042, height * 0.0125
        canvas.ellipse([x - radius, tall / 2 - radius, x + radius, tall / 2 + radius], fill=light)
    return screen, canvas


def chat(size: Size, title: str, messages: Sequence[tuple[bool, str]], *, send: str, face: str = "noto") -> Draw:
    """A conversation; `True` is what the person wrote, at the right."""

    def draw(_: Generator) -> Image.Image:
        width, height = size
        screen, canvas = _window(size, (247, 247, 249), (58, 92, 190), title, "noto-bold" if face == "noto" else face)
        pitch = height * 0.72 / len(messages)
        letters = font(face, round(min(pitch * 0.34, height * 0.056)))
        for index, (mine, text) in enumerate(messages):
            y = height * 0.155 + pitch * index
            broad, tall = letters.getlength(text) + width * 0.05, letters.size * 1.9
            left = width * 0.95 - broad if mine else width * 0.05
            bubble, ink = ((206, 224, 250), (24, 40, 84)) if mine else ((228, 229, 233), (38, 38, 44))
            canvas.rounded_rectangle([left, y, left + broad, y + tall], tall * 0.3, fill=bubble)
            canvas.text((left + width * 0.025, y + tall / 2), text, ink, letters, anchor="lm")
        _button(canvas, size, send, (60, 104, 214), face)
        return screen

    return draw


def settings(
    size: Size, title: str, rows: Sequence[tuple[str, str]], *, button: str, dark: bool, bar: Colour, face: str = "noto"
) -> Draw:
    """A list of settings with their values, ruled."""

    def draw(_: Generator) -> Image.Image:
        width, height = size
        page, ink = ((26, 27, 30), (232, 232, 236)) if dark else ((250, 250, 251), (34, 34, 40))
        screen, canvas = _window(size, page, bar, title, face)
        pitch = height * 0.70 / len(rows)
        letters = font(face, round(min(pitch * 0.40, height * 0.050)))
        for index, (name, value) in enumerate(rows):
            y = height * 0.135 + pitch * (index + 0.5)
            canvas.text((width * 0.06, y), name, ink, letters, anchor="lm")
            canvas.text((width * 0.94, y), value, mix(ink, page, 0.35), letters, anchor="rm")
            canvas.line(
                [(width * 0.03, y + pitch / 2), (width * 0.97, y + pitch / 2)], fill=mix(ink, page, 0.72), width=2
            )
        _button(canvas, size, button, (52, 150, 84), face)
        return screen

    return draw


def street_map(size: Size, title: str, places: Sequence[tuple[float, float, str]], *, button: str) -> Draw:
    """Streets, a river and a park with named places; positions are fractions of the map."""

    def draw(rng: Generator) -> Image.Image:
        width, height = size
        screen, canvas = _window(size, (240, 239, 234), (70, 130, 92), title, "noto-bold")
        top = height * 0.11
        xs = np.linspace(0, 1, 60)
        river = [(float(x * width), float(height * (0.72 + 0.07 * np.sin(x * 5)))) for x in xs]
        canvas.line(river, fill=(168, 206, 236), width=round(height * 0.085), joint="curve")
        canvas.rounded_rectangle(
            [width * 0.58, height * 0.20, width * 0.86, height * 0.46], height * 0.02, fill=(200, 226, 188)
        )
        for share in (0.17, 0.40, 0.56, 0.88):
            canvas.line(
                [(width * share, top), (width * (share + 0.06), height)],
                fill=(255, 255, 255),
                width=round(height * 0.016),
            )
        for share in (0.24, 0.48, 0.62, 0.90):
            canvas.line(
                [(0, height * share), (width, height * (share - 0.04))],
                fill=varied(rng, (252, 250, 244), 0.01),
                width=round(height * 0.018),
            )
        route = [(width * x, height * y) for x, y, _ in places]
        canvas.line(route, fill=(70, 110, 226), width=round(height * 0.012), joint="curve")
        for x, y, name in places:
            _pin(canvas, (width * x, height * y), height * 0.026)
            canvas.text(
                (width * x, height * (y + 0.035)),
                name,
                (44, 46, 56),
                font("noto-bold", round(height * 0.038)),
                anchor="mm",
            )
        _button(canvas, size, button, (60, 104, 214), "noto")
        return screen

    return draw


def _pin(canvas: ImageDraw.ImageDraw, at: tuple[float, float], radius: float) -> None:
    x, y = at
    red: Colour = (214, 58, 50)
    canvas.polygon([(x - radius * 0.8, y - radius * 1.4), (x + radius * 0.8, y - radius * 1.4), (x, y)], fill=red)
    canvas.ellipse([x - radius, y - radius * 2.8, x + radius, y - radius * 0.8], fill=red)
    canvas.ellipse([x - radius * 0.4, y - radius * 2.2, x + radius * 0.4, y - radius * 1.4], fill=shade(red, 0.6))


def _button(canvas: ImageDraw.ImageDraw, size: Size, text: str, colour: Colour, face: str) -> None:
    width, height = size
    left, top, right, bottom = (width * 0.62, height * 0.875, width * 0.965, height * 0.97)
    canvas.rounded_rectangle([left, top, right, bottom], height * 0.02, fill=colour)
    letters = fitting(face, text, (right - left) * 0.8, round(height * 0.05))
    canvas.text(((left + right) / 2, (top + bottom) / 2), text, (250, 250, 252), letters, anchor="mm")
