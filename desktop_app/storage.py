"""What Tintype's folder holds, part by part: how much each takes of the disk, and giving back what can be made anew."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from desktop_app import paths
from indexer import thumbnails
from indexer.library.database import backups_folder


class Part(StrEnum):
    """A part of the folder."""

    LIBRARY = "library"
    BACKUPS = "backups"
    THUMBNAILS = "thumbnails"
    SEEN = "seen"  # what the model saw in photos, for the next question about them
    PREPARED = "prepared"  # what was made of models for this machine, and measured there
    MODELS = "models"


def measure(home: Path) -> Mapping[Part, int]:
    """Bytes of each part. Looks at every file."""
    return {part: sum(map(paths.size_bytes, _held(home, part))) for part in Part}


def clear(home: Path, part: Part) -> None:
    """Removes all of a part; what cannot be removed stays, and is measured as before."""
    for path in _held(home, part):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _held(home: Path, part: Part) -> list[Path]:
    library, cache = paths.library_file(home), paths.cache_folder(home)
    seen = cache / "embeddings"  # where engine.looker keeps them
    if part is Part.LIBRARY:
        return [library, *library.parent.glob(f"{library.name}-*")]
    if part is Part.PREPARED:
        return [path for path in cache.glob("*") if path != seen]
    folders = {
        Part.BACKUPS: backups_folder(library),
        Part.THUMBNAILS: thumbnails.folder(home),
        Part.SEEN: seen,
        Part.MODELS: paths.models_folder(home),
    }
    return [folders[part]]
