"""The composition root: the one place where library, engine, indexer and assistant are wired together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desktop_app import paths
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.talking import Eyes
from desktop_app.engines import Engines
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
    engines: Engines
    indexer: Indexer
    assistant: Assistant


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
        engines = Engines(library, home)
        decoder = Decoder()
        eyes = Eyes(engines.looker, Originals(library, decoder).load)
        indexer = Indexer(
            library,
            home=home,
            reader=engines.reader,
            looker=engines.looker,
            rest=Rest(library.connect),
            on_progress=on_progress,
        )
        try:
            yield App(home, library, engines, indexer, Assistant(library, eyes))
        finally:
            indexer.stop()
            decoder.close()
            engines.close()
            library.close()
