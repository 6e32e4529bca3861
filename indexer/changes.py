"""Explains what was seen on disk by what was known: which files are new, changed, moved or gone. It reads nothing.

A file whose path, size, time, inode and sidecars are as before is taken to be unchanged, and one whose size, time,
inode and device are those of a file that is missing to be that file, moved. For everything else the content decides.
"""
# ruff: noqa: PTH120

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from indexer.library.files import Known, Seen


class What(StrEnum):
    """What happened to a file."""

    NEW = "new"
    CHANGED = "changed"  # same path, other content
    MOVED = "moved"  # same content, other path
    TOUCHED = "touched"  # same path, same content, other time, inode or sidecars


@dataclass(frozen=True)
class Change:
    """One file as it is now, the file it was, and its content: None where it could not be read, for `failure`."""

    what: What
    seen: Seen
    known: Known | None
    content: str | None
    failure: str | None = None


@dataclass(frozen=True)
class Reach:
    """How far a look at the disk went, so that only what it would have seen is called missing.

    `looked`: the directories and files looked at, with all below them. `unreadable`: directories in there that could
    not be listed. `devices`: those of the directories that could.
    """

    looked: frozenset[str]
    unreadable: frozenset[str]
    devices: frozenset[int]

    def covers(self, path: str) -> bool:
        return self._within(path, self.looked) and not self._within(path, self.unreadable)

    @staticmethod
    def _within(path: str, directories: frozenset[str]) -> bool:
        while path not in directories:
            parent = os.path.dirname(path)
            if parent == path:
                return False
            path = parent
        return True


@dataclass(frozen=True)
class Difference:
    """What a look at the disk explains by itself, and what needs more."""

    moved: list[Change]
    unsure: list[tuple[Seen, Known | None]]  # the content has to be read: `settle` says what it means
    missing: list[Known]  # gone, unless the content of one that is unsure turns out to be its


def compare(known: Sequence[Known], seen: Sequence[Seen], reach: Reach) -> Difference:
    """Explains `seen` by `known`. A path is at most once in each."""
    by_path = {file.seen.path: file for file in known}
    paths = {file.path for file in seen}
    devices = reach.devices | {file.seen.device for file in known if file.seen.path in paths}
    missing = {
        file.id: file
        for file in known
        if file.seen.path not in paths and reach.covers(file.seen.path) and file.seen.device in devices
    }
    by_identity = {_identity(file.seen): file for file in missing.values() if file.content is not None}
    moved: list[Change] = []
    unsure: list[tuple[Seen, Known | None]] = []
    for file in seen:
        before = by_path.get(file.path)
        if before is None and (was := by_identity.pop(_identity(file), None)):
            moved.append(Change(What.MOVED, file, was, was.content))
            del missing[was.id]
        elif before is None or before.content is None or _stamp(before.seen) != _stamp(file):
            unsure.append((file, before))
    return Difference(moved, unsure, list(missing.values()))


class Missing:
    """The files that were not found where they were, by content, until each is found elsewhere or taken for gone."""

    def __init__(self, files: Iterable[Known]) -> None:
        self._by_content: defaultdict[str | None, list[Known]] = defaultdict(list)
        for file in files:
            self._by_content[file.content].append(file)

    def claim(self, content: str) -> Known | None:
        """One with that content, which is missing no longer."""
        same = self._by_content.get(content)
        return same.pop() if same else None

    def rest(self) -> list[Known]:
        return [file for files in self._by_content.values() for file in files]


def settle(seen: Seen, known: Known | None, content: str, missing: Missing) -> Change:
    """What happened to a file, now that its content is known."""
    if known is not None and known.content is not None:
        return Change(What.TOUCHED if known.content == content else What.CHANGED, seen, known, content)
    if known is None and (was := missing.claim(content)):
        return Change(What.MOVED, seen, was, content)
    return Change(What.NEW, seen, known, content)


def unread(seen: Seen, known: Known | None, failure: str) -> Change:
    """A file that cannot be read stays what it was, as it was then, so that it is looked at again the next time."""
    if known is not None and known.content is not None:
        return Change(What.TOUCHED, known.seen, known, known.content, failure)
    return Change(What.NEW, seen, known, None, failure)


def _stamp(file: Seen) -> tuple[int, int, int, int, int]:
    return file.folder, file.size, file.mtime_ns, file.inode, file.sidecars


def _identity(file: Seen) -> tuple[int, int, int, int]:
    return file.size, file.mtime_ns, file.inode, file.device
