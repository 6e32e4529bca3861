"""The thumbnails: one JPEG file for each content, under the program's home."""

from __future__ import annotations

import os
from pathlib import Path


def path_of(home: Path, content: str) -> Path:
    """Where the thumbnail of that content hash lies; spread over 256 folders, so that none grows too large."""
    return home / "thumbnails" / content[:2] / f"{content}.jpg"


def write(home: Path, content: str, jpeg: bytes) -> None:
    """Writes it whole or not at all. Raises OSError."""
    path = path_of(home, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        unfinished.write_bytes(jpeg)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def discard(home: Path, content: str) -> None:
    path_of(home, content).unlink(missing_ok=True)
