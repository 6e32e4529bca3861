"""Finds the XMP files that other programs keep beside a photo: a.jpg.xmp, and a.xmp, which may belong to several."""
# ruff: noqa: PTH116, PTH119, PTH122

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

import xxhash

ENDING = ".xmp"
_LARGEST = (1 << 63) - 1  # that SQLite keeps

Stamp = tuple[int, int]  # size and time of change


def is_one(name: str) -> bool:
    return name.lower().endswith(ENDING)


def of(path: str) -> list[str]:
    """Those beside the photo at `path` that are there; the first is to be believed before the second."""
    return [found for found in candidates(path) if os.path.isfile(found)]  # noqa: PTH113


def stamp(path: str) -> int:
    """Another number whenever a sidecar of the photo comes, changes or goes; 0 where there is none."""
    there = {}
    for candidate in candidates(path):
        try:
            found = os.stat(candidate)
        except OSError:
            continue
        there[os.path.basename(candidate)] = (found.st_size, found.st_mtime_ns)
    return stamp_among(os.path.basename(path), there)


def stamp_among(name: str, there: Mapping[str, Stamp]) -> int:
    """The same for the photo called `name` in a directory, of whose sidecars the stamps are known."""
    mine = [(candidate, there[candidate]) for candidate in candidates(name) if candidate in there]
    return xxhash.xxh3_64_intdigest(repr(mine).encode("utf-8", "surrogateescape")) & _LARGEST if mine else 0


def stamps(entries: Iterable[os.DirEntry[str]]) -> dict[str, Stamp]:
    """Of the sidecars in a directory, by name."""
    found: dict[str, Stamp] = {}
    for entry in entries:
        if is_one(entry.name):
            try:
                seen = entry.stat()
            except OSError:
                continue
            found[entry.name] = (seen.st_size, seen.st_mtime_ns)
    return found


def candidates(path: str) -> Iterator[str]:
    """Every name a sidecar of the photo at `path`, or of that name, can have."""
    for base in (path, os.path.splitext(path)[0]):
        yield from (base + ENDING, base + ENDING.upper())
