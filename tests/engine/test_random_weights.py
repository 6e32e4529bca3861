"""Models of the true dimensions: written in time, in little memory, and they answer."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine import models
from engine.client import EngineClient
from engine.descriptions import FULL
from engine.gguf_header import read_header
from engine.llama.text import TextModel
from engine.messages import ModelFiles, Picture, Setup
from engine.random_weights import TRUE_VERSIONS, write_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(params=TRUE_VERSIONS)
def true_model(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModelFiles]:
    started = time.monotonic()
    files = write_true(tmp_path, request.param)
    assert time.monotonic() - started < 120
    yield files
    shutil.rmtree(tmp_path)  # gigabytes, which pytest would keep


def test_a_model_of_true_dimensions_has_the_published_size_and_answers(true_model: ModelFiles) -> None:
    published = models.of_version(true_model.name.removeprefix("random-"))
    for path, file in ((true_model.text, published.text), (true_model.vision, published.vision)):
        assert Path(path).stat().st_size == pytest.approx(file.about_bytes, rel=0.07)
    assert not read_header(Path(true_model.text)).missing_bytes
    order = FULL.order("en").whole
    with TextModel(Path(true_model.text), vocabulary_only=True) as model:
        assert len(model.tokens(order, special=False)) < len(order) / 3.5
    if Path(true_model.text).stat().st_size * 1.5 > psutil.virtual_memory().available:
        pytest.skip("the machine has too little free memory to load it")
    pixels = np.random.default_rng(0).integers(0, 255, (448, 448, 3), np.uint8)
    picture = Picture(448, 448, pixels.tobytes())
    with closing(EngineClient(Setup(true_model))) as client, closing(client.ask([picture], "What is it?")) as pieces:
        answer = [next(pieces) for _ in range(4)]
    assert all(answer)
