"""Where Tintype keeps what it writes: one folder, which $TINTYPE_HOME moves as a whole; and paths as text."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePath

import platformdirs


def home() -> Path:
    """The folder of the library, thumbnails, models and log: the system's place for data, or $TINTYPE_HOME."""
    if chosen := os.environ.get("TINTYPE_HOME"):
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_data_path("tintype", appauthor=False)


def library_file(home: Path) -> Path:
    return home / "library.sqlite"


def models_folder(home: Path) -> Path:
    return home / "models"


def cache_folder(home: Path) -> Path:
    """What can be made anew, such as models translated for this machine."""
    return home / "cache"


def size_bytes(path: Path) -> int:
    """What a file, or all files below a folder, take; 0 where there is nothing."""
    if not path.is_dir():
        return path.stat().st_size if path.exists() else 0
    total_bytes = 0
    for folder, _folders, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):  # gone meanwhile
                total_bytes += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
    return total_bytes


def printable(path: str) -> str:
    """A path as text that every terminal and JSON reader takes: undecodable bytes show as U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def shortened(path: str) -> str:
    """A path as its owner would write it: from their home on, where it lies there."""
    try:
        return f"~{os.sep}{PurePath(path).relative_to(Path.home())}"
    except ValueError:
        return path
