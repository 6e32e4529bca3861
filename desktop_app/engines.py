"""The two engines of a running Tintype: which model looks at the photos, what others there are, and getting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

import psutil

from desktop_app import paths
from engine import fetching, models, recognisers
from engine.client import EngineClient, EngineStatus
from engine.errors import Cancelled, ModelUnusable
from engine.fetching import Progress
from engine.messages import ModelFiles, Setup
from engine.models import CatalogueModel
from engine.recognisers import Recogniser
from engine.recommendation import fits
from indexer import choices
from indexer.library import jobs
from indexer.library.database import Library

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Offer:
    """A model that is known. `here`: its files are on this machine; `chosen`: it looks at the photos; `fits`: into this
    machine's memory; `bytes_here`: what it takes of the disk, half a download included.
    """

    model: CatalogueModel
    here: bool
    chosen: bool
    fits: bool
    bytes_here: int


class Engines:
    """Owns the engine that looks and the one that reads; any thread may ask. Raises EngineError and LibraryError."""

    def __init__(self, library: Library, home: Path) -> None:
        """Raises ModelUnusable where the chosen model is gone."""
        self._library = library
        self._home = home
        self._folder = paths.models_folder(home)
        self._changing = Lock()
        self.model = self._files(choices.model(library.connect()))
        self.looker = EngineClient(self._looking())
        self.reader = EngineClient(self._reading())

    def offers(self) -> list[Offer]:
        """Every model that is known, and whether it is here and can be had."""
        here = {files.name for files in models.here(self._folder)}
        memory_bytes = psutil.virtual_memory().total
        return [
            Offer(
                model,
                here=model.name in here,
                chosen=model.name == self.model.name,
                fits=fits(model, memory_bytes),
                bytes_here=paths.size_bytes(self._folder / model.name),
            )
            for model in models.known(self._folder)
        ]

    def use(self, name: str) -> None:
        """Lets that model look at photos from now on: what is being looked at is begun again by it."""
        with self._changing:
            files = self._files(name)
            models.check(files)
            with self._library.writing() as conn:
                choices.choose_model(conn, name)
            self.model = files
            self.looker.set_up(self._looking())

    def place_of(self, model: CatalogueModel) -> str:
        """The host that a model is fetched from. Raises DownloadFailed where it cannot be."""
        return fetching.addresses(model)[0].split("/")[2]

    def fetch(self, name: str, on_progress: OnProgress, stop: Event) -> None:
        """Downloads a model, which a person has agreed to. What came stays when `stop` is set."""
        fetching.fetch(models.spec(name), self._folder, consented=True, on_progress=on_progress, cancel=stop)

    def import_files(self, files: Sequence[Path], on_progress: OnProgress, stop: Event) -> str:
        """Keeps a model's two files, or one of the text reader's, which is then read with at once; gives its name."""
        total_bytes = sum(path.stat().st_size for path in files)

        def show(done_bytes: int) -> None:
            if stop.is_set():
                raise Cancelled("Nothing was imported.")
            on_progress(Progress(done_bytes, total_bytes))

        if [path.suffix.lower() for path in files] == [".onnx"]:
            return self._import_reader(files[0], show)
        return models.import_files(*models.pair(files), self._folder, show).name

    def remove(self, name: str) -> None:
        """Takes a model that is not in use off the disk."""
        if name == self.model.name:
            raise ModelUnusable("This model looks at your photos; let another one do that first.")
        models.remove(self._folder, name)

    def readers(self) -> list[Recogniser]:
        """The further models of the text reader that are here."""
        return recognisers.installed(self._folder)

    @property
    def statuses(self) -> tuple[EngineStatus, EngineStatus]:
        """Of the one that looks and the one that reads."""
        return self.looker.status, self.reader.status

    def close(self) -> None:
        self.looker.close()
        self.reader.close()

    def _import_reader(self, file: Path, show: Callable[[int], None]) -> str:
        found = recognisers.import_file(file, self._folder, show)
        with self._library.writing() as conn:
            jobs.read_again(conn)
        self.reader.set_up(self._reading())
        return found.name

    def _files(self, name: str) -> ModelFiles:
        for files in models.here(self._folder):
            if files.name == name:
                return files
        raise ModelUnusable(
            f"The model {name} is no longer in {self._folder}. "
            f"Choose another: tintype models use {models.embedded().name}"
        )

    def _looking(self) -> Setup:
        return Setup(model=self.model, cache=str(paths.cache_folder(self._home)))

    def _reading(self) -> Setup:
        return Setup(reader=True, recognisers=recognisers.usable(self._folder))
