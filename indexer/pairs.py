"""Cameras that keep a picture twice: a RAW file or a film beside the JPEG or HEIC of the same name is part of it."""
# ruff: noqa: PTH118, PTH122, PTH208

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence

RAW = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".gpr", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw"}
    | {".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)
VIDEO = frozenset({".3gp", ".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mts", ".webm"})
_PROCESSED = frozenset({".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg"})  # as cameras write them
_SECOND = RAW | VIDEO


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


def seconds_of(path: str) -> list[str]:
    """The RAW files and films that are part of the photo at `path`, or would be if it were there."""
    return _of_its_name(path, _SECOND) if _parts(path)[1] in _PROCESSED else []


def with_seconds(paths: Sequence[str]) -> list[str]:
    """The paths, and those of the RAW files and films beside pictures among them; lists each directory once."""
    stems: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        directory, name = os.path.split(path)
        stem, extension = _parts(name)
        if extension in _PROCESSED:
            stems[directory].add(stem)
    found = dict.fromkeys(paths)
    for directory, wanted in stems.items():
        for name in _listed(directory):
            stem, extension = _parts(name)
            if extension in _SECOND and stem in wanted:
                found[os.path.join(directory, name)] = None
    return list(found)


def pictures_of(path: str) -> list[str]:
    """The pictures of which the RAW file or film at `path` is a part."""
    return _of_its_name(path, _PROCESSED) if _parts(path)[1] in _SECOND else []


def _of_its_name(path: str, extensions: frozenset[str]) -> list[str]:
    directory, name = os.path.split(path)
    stem, _ = _parts(name)
    alike = (other for other in _listed(directory) if _parts(other)[0] == stem)
    return sorted(os.path.join(directory, other) for other in alike if _parts(other)[1] in extensions)


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _parts(name: str) -> tuple[str, str]:
    stem, extension = os.path.splitext(name)
    return stem.lower(), extension.lower()
