"""The composition root: the one place where library, engine, indexer and assistant are wired together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desktop_app import paths
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.talking import Eyes
from engine import models, recognisers
from engine.client import EngineClient
from engine.errors import ModelUnusable
from engine.messages import ModelFiles, Setup
from indexer import choices
from indexer.decode import Decoder
from indexer.library.database import Library, translated
from indexer.originals import Originals
from indexer.progress import Progress
from indexer.rest import Rest
from indexer.service import Indexer


@dataclass(frozen=True)
class App:
    """Everything a running Tintype holds. Children start with the first work for them, so opening costs little."""

    home: Path
    library: Library
    reader: EngineClient
    looker: EngineClient
    indexer: Indexer
    assistant: Assistant
    model: ModelFiles


@contextmanager
def opened(home: Path, *, on_progress: Callable[[Progress], None] = lambda _: None) -> Iterator[App]:
    """Opens the library at `home`, making it where there is none, and closes everything at the end.

    Raises:
        LibraryError: the library cannot be opened, is damaged, or is of a newer Tintype.
        ModelUnusable: the chosen model is gone or damaged.
    """
    home.mkdir(parents=True, exist_ok=True)
    library = Library(paths.library_file(home))
    with translated(library.path):
        model = chosen_model(library, home)
        reader = EngineClient(Setup(reader=True, recognisers=recognisers.usable(paths.models_folder(home))))
        looker = EngineClient(Setup(model=model, cache=str(paths.cache_folder(home))))
        spec = models.spec(model.name)
        decoder = Decoder()
        eyes = Eyes(looker, spec.slicing, Originals(library, decoder).load) if spec.talks else None
        indexer = Indexer(
            library,
            home=home,
            reader=reader,
            looker=looker,
            slicing=spec.slicing,
            rest=Rest(library.connect),
            on_progress=on_progress,
        )
        try:
            yield App(home, library, reader, looker, indexer, Assistant(library, eyes), model)
        finally:
            indexer.stop()
            decoder.close()
            looker.close()
            reader.close()
            library.close()


def chosen_model(library: Library, home: Path) -> ModelFiles:
    """The model the person chose, or the embedded one."""
    embedded = models.embedded()
    name = choices.model(library.connect())
    available = [embedded, *models.installed(paths.models_folder(home))]
    for files in available:
        if files.name == name:
            return files
    folder = paths.models_folder(home)
    raise ModelUnusable(
        f"The model {name} is no longer in {folder}. Choose another: tintype models use {embedded.name}"
    )
