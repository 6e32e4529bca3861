"""The thumbnails: one JPEG file for each content, under the program's home."""

from __future__ import annotations

from pathlib import Path

from engine.whole_files import whole


def folder(home: Path) -> Path:
    return home / "thumbnails"


def path_of(home: Path, content: str) -> Path:
    """Where the thumbnail of that content hash lies; spread over 256 folders, so that none grows too large."""
    return folder(home) / content[:2] / f"{content}.jpg"


def write(home: Path, content: str, jpeg: bytes) -> None:
    """Writes it whole or not at all. Raises OSError."""
    path = path_of(home, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part:
        part.write_bytes(jpeg)


def discard(home: Path, content: str) -> None:
    path_of(home, content).unlink(missing_ok=True)
