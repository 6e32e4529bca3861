"""Finds the XMP files that other programs keep beside a photo: a.jpg.xmp, and a.xmp, which may belong to several."""
# ruff: noqa: PTH116, PTH119, PTH122, PTH208

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

import xxhash

_ENDING = ".xmp"
_LARGEST = (1 << 63) - 1  # that SQLite keeps

Stamp = tuple[int, int]  # size and time of change


def is_one(name: str) -> bool:
    return name.lower().endswith(_ENDING)


def of(path: str) -> list[str]:
    """Those beside the photo at `path` that are there; the first is to be believed before the second."""
    return [found for found in _candidates(path) if os.path.isfile(found)]  # noqa: PTH113


def to_write(path: str) -> str:
    """The one in which something is to be written about the photo at `path`; it may not be there yet.

    That is the one there is, unless it may belong to another photo too.
    """
    found = next((sidecar for sidecar in of(path) if photos_beside(sidecar) == [path]), None)
    return found or path + _ENDING


def stamp(path: str) -> int:
    """Another number whenever a sidecar of the photo comes, changes or goes; 0 where there is none."""
    there = {}
    for candidate in _candidates(path):
        try:
            found = os.stat(candidate)
        except OSError:
            continue
        there[os.path.basename(candidate)] = (found.st_size, found.st_mtime_ns)
    return stamp_among(os.path.basename(path), there)


def stamp_among(name: str, there: Mapping[str, Stamp]) -> int:
    """The same for the photo called `name` in a directory, of whose sidecars the stamps are known."""
    mine = [(candidate, there[candidate]) for candidate in _candidates(name) if candidate in there]
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


def photos_beside(path: str) -> list[str]:
    """The files to which the sidecar at `path`, which may be gone by now, can belong, as far as they are there."""
    directory, name = os.path.split(path)
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    beside = (other for other in names if not is_one(other) and name in _candidates(other))
    return [os.path.join(directory, other) for other in beside]  # noqa: PTH118


def _candidates(path: str) -> Iterator[str]:
    for base in (path, os.path.splitext(path)[0]):
        yield from (base + _ENDING, base + _ENDING.upper())
