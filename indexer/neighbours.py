"""What lies beside a file and belongs with it: its sidecars, and the files that are one picture together."""
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache

from indexer import pairs, sidecars

_DIRECTORIES = 64  # that are remembered


class Neighbours:
    """Lists each directory once, however many of its files are asked about: made for a moment, then thrown away."""

    def __init__(self) -> None:
        self._directory = lru_cache(maxsize=_DIRECTORIES)(_Directory)

    def photos_of(self, sidecar: str) -> list[str]:
        """The files to which the sidecar, which may be gone by now, can belong, as far as they are there."""
        directory, name = os.path.split(sidecar)
        return [os.path.join(directory, photo) for photo in self._directory(directory).by_sidecar.get(name, ())]

    def sidecar_to_write(self, path: str) -> str:
        """The one in which something is to be written about the photo at `path`; it may not be there yet.

        That is the one there is, unless it may belong to another photo too.
        """
        found = (sidecar for sidecar in sidecars.of(path) if self.photos_of(sidecar) == [path])
        return next(found, path + sidecars.ENDING)

    def seconds_of(self, path: str) -> list[str]:
        """The RAW files and films that are part of the photo at `path`, or would be if it were there."""
        return self._of_its_name(path, pairs.is_second) if pairs.is_picture(path) else []

    def pictures_of(self, path: str) -> list[str]:
        """The pictures of which the RAW file or film at `path` is a part."""
        return self._of_its_name(path, pairs.is_picture) if pairs.is_second(path) else []

    def concerned(self, paths: Iterable[str]) -> list[str]:
        """Where news of `paths` may be news of photos: those of a sidecar, and what is one picture with another."""
        found: dict[str, None] = {}
        for path in paths:
            photos = self.photos_of(path) if sidecars.is_one(path) else [path]
            for photo in photos:
                found |= dict.fromkeys([photo, *self.seconds_of(photo)])
        return list(found)

    def _of_its_name(self, path: str, wanted: pairs.Test) -> list[str]:
        directory, name = os.path.split(path)
        alike = self._directory(directory).by_stem.get(pairs.stem(name), ())
        return sorted(os.path.join(directory, other) for other in alike if wanted(other))


class _Directory:
    """The names in a directory, none where it cannot be listed."""

    def __init__(self, path: str) -> None:
        try:
            self._names = os.listdir(path)
        except OSError:
            self._names = []

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        """All, by what they are called but for the extension."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._names:
            found[pairs.stem(name)].append(name)
        return found

    @cached_property
    def by_sidecar(self) -> dict[str, list[str]]:
        """Those that are none, by each name that a sidecar of theirs can have."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if not sidecars.is_one(name):
                for sidecar in sidecars.candidates(name):
                    found[sidecar].append(name)
        return found
