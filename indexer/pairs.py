"""Cameras that keep a picture twice: a RAW file or a film beside the JPEG or HEIC of the same name is part of it."""
# ruff: noqa: PTH122

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

RAW = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".gpr", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw"}
    | {".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)
VIDEO = frozenset({".3gp", ".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mts", ".webm"})
_PROCESSED = frozenset({".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg"})  # as cameras write them
_SECOND = RAW | VIDEO

Test = Callable[[str], bool]  # of a file by its name


def second(names: Iterable[str]) -> set[str]:
    """Of the names in a directory, those of RAW files and films whose picture is there too."""
    seconds: dict[str, str] = {}
    pictures: set[str] = set()
    for name in names:
        stem, extension = _parts(name)
        if extension in _SECOND:
            seconds[name] = stem
        elif extension in _PROCESSED:
            pictures.add(stem)
    return {name for name, stem in seconds.items() if stem in pictures}


def is_second(name: str) -> bool:
    """Whether a file of that name is part of a picture beside it, should there be one."""
    return _parts(name)[1] in _SECOND


def is_picture(name: str) -> bool:
    """Whether a file of that name is a picture that RAW files and films beside it are part of."""
    return _parts(name)[1] in _PROCESSED


def stem(name: str) -> str:
    """What names have in common that belong together."""
    return _parts(name)[0]


def _parts(name: str) -> tuple[str, str]:
    stem, extension = os.path.splitext(name)
    return stem.lower(), extension.lower()
