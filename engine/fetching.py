"""Brings a published model to this machine, when a person has agreed: by a process that does the download and ends.

This process opens no socket. What arrives is checked, by size and hash as far as they are known and by its header,
before it lies among the installed models; until then, and after a failure, there is nothing new.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine import models, seals
from engine.download import CONSENT, Arrived, Item, Order, Report, Whole
from engine.errors import Cancelled, DownloadFailed, EngineError
from engine.messages import Failed, ModelFiles
from engine.models import CatalogueModel
from engine.process import environment
from engine.seals import PublishedFile, Seal
from engine.wire import WireError, read_frame, write_frame

HUB = "https://huggingface.co/{repository}/resolve/{revision}/{name}"  # where the authors publish

_GROWTH = 1.25  # a file whose size we know only rounded may be so much larger


@dataclass(frozen=True)
class Progress:
    """How much of a model is here; `total_bytes` is rounded where its authors round."""

    done_bytes: int
    total_bytes: int


def addresses(model: CatalogueModel, hub: str = HUB) -> tuple[str, str]:
    """Where a model's language and vision part are published. Raises DownloadFailed where it cannot be fetched."""
    if model.obstacle:
        raise DownloadFailed(f"{model.name} cannot be downloaded. {model.obstacle}")
    text, vision = (
        hub.format(repository=model.repository, revision=model.revision, name=file.name)
        for file in (model.text, model.vision)
    )
    return text, vision


def fetch(
    model: CatalogueModel,
    models_folder: Path,
    *,
    consented: bool,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    cancel: threading.Event | None = None,
    hub: str = HUB,
    timeout_s: float = 30.0,
    pause_s: float = 1.0,
) -> ModelFiles:
    """Downloads a model and keeps it. `consented`: a person has agreed to use the network for this.

    Goes on where an earlier try ended. Raises DownloadFailed, ModelUnusable, or Cancelled when `cancel` is set.
    """
    if not consented:
        raise DownloadFailed("Nothing is downloaded unless you agree to it.")
    files = models.files_of(models_folder, model.name)
    text, vision = addresses(model, hub)
    items = (_item(text, files.text, model.text), _item(vision, files.vision, model.vision))
    missing = tuple(item for item in items if not _is_here(Path(item.target)))
    published = {files.text: model.text, files.vision: model.vision}
    for item, whole in _downloaded(Order(missing, timeout_s, pause_s), model, on_progress, cancel):
        path = Path(item.target)
        known = published[item.target]
        proved = bool(known.sha256 or known.md5)  # the download compared it
        seals.put(path, Seal(whole.size_bytes, path.stat().st_mtime_ns, whole.sha256, proved))
    try:
        models.check(files)
    except EngineError:
        for item in missing:
            seals.discard(Path(item.target))
        raise
    return files


def _item(address: str, target: str, file: PublishedFile) -> Item:
    most_bytes = file.size_bytes or int(file.rounded_bytes * _GROWTH)
    return Item(address, target, most_bytes, file.size_bytes, file.sha256, file.md5)


def _is_here(path: Path) -> bool:
    seal = seals.get(path)
    return seal is not None and path.is_file() and path.stat().st_size == seal.size_bytes


def _downloaded(
    order: Order, model: CatalogueModel, on_progress: Callable[[Progress], None], cancel: threading.Event | None
) -> Iterator[tuple[Item, Whole]]:
    """Each item once it lies at its target."""
    if not order.items:
        return
    finished_bytes = 0
    sizes = [item.size_bytes or int(item.most_bytes / _GROWTH) for item in order.items]
    with _process(order, cancel) as reports:
        for report in reports:
            if isinstance(report, Failed):
                raise DownloadFailed(f"{model.name} could not be downloaded. {report.message}")
            if isinstance(report, Whole):
                finished_bytes += report.size_bytes
                sizes[report.item] = report.size_bytes
                yield order.items[report.item], report
            elif report.total_bytes is not None:
                sizes[report.item] = report.total_bytes
            done_bytes = finished_bytes + (report.done_bytes if isinstance(report, Arrived) else 0)
            on_progress(Progress(done_bytes, sum(sizes)))
            if isinstance(report, Whole) and report.item == len(order.items) - 1:
                return
    if cancel is not None and cancel.is_set():
        raise Cancelled("The download was cancelled. What came is kept.")
    raise DownloadFailed("The download ended without a word. What came is kept; try again.")


@contextlib.contextmanager
def _process(order: Order, cancel: threading.Event | None) -> Iterator[Iterator[Any]]:
    """The reports of a process that works the order off; it is ended at the end of the block, or by `cancel`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.download", CONSENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    ended = threading.Event()

    def end_when_cancelled() -> None:
        while cancel is not None and not ended.is_set():
            if cancel.wait(0.1):
                process.kill()
                return

    watcher = threading.Thread(target=end_when_cancelled, name="download cancel", daemon=True)
    watcher.start()
    try:
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it ended already: there will be no reports
            write_frame(process.stdin, order)
        yield _reports(process)
    finally:
        ended.set()
        process.kill()
        process.communicate()
        watcher.join()


def _reports(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    assert process.stdout is not None
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Report)
    try:
        while (report := read_frame(process.stdout, decoder)) is not None:
            yield report
    except WireError:
        return  # killed in the middle of a frame
