"""Views by need, as the indexer decides them: the text reader reads first, then the budget counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from engine import models
from engine.budget import Closeness, decide
from engine.client import EngineClient
from engine.evaluation.sides import Views
from engine.gguf_header import read_header
from engine.messages import ModelFiles, Picture, Setup


def needed_views(model: ModelFiles) -> Callable[[], AbstractContextManager[Views]]:
    """What opens the text reader and decides for this model."""
    rule = models.slice_rule(read_header(Path(model.vision)), models.spec(model.name).slicing.most_slices)

    @contextmanager
    def opened() -> Iterator[Views]:
        reader = EngineClient(Setup(reader=True))

        def views(picture: Picture) -> int:
            return decide(picture, reader.read(picture).reading, rule, Closeness.QUICK).views

        try:
            yield views
        finally:
            reader.close()

    return opened
