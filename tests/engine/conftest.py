"""Models and pictures that the engine's tests share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import ImageFont

from engine.messages import ModelFiles, Picture
from engine.pocket import scripts
from engine.random_weights import write_tiny

MakePicture = Callable[[int, int], Picture]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelFiles]:
    """The tiny model of a version, written once."""
    folder = tmp_path_factory.mktemp("tiny")
    written: dict[str, ModelFiles] = {}

    def model(version: str) -> ModelFiles:
        if version not in written:
            written[version] = write_tiny(folder, version)
        return written[version]

    return model


@pytest.fixture(scope="session")
def make_picture() -> MakePicture:
    """A picture of the size wanted, colourful and always the same."""

    def make(width: int, height: int) -> Picture:
        pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
        return Picture(width, height, pixels.tobytes())

    return make


@pytest.fixture
def any_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every face is the one that Pillow carries, so that pictures can be drawn anywhere."""
    carried = ImageFont.load_default(24)
    assert isinstance(carried, ImageFont.FreeTypeFont)
    monkeypatch.setattr(scripts, "font", lambda _face, size_px: carried.font_variant(size=size_px))
