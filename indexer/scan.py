"""Walks folders and lists the files that may be pictures, with what the disk says of each and without opening any.

Paths are text throughout: a Path for each file would cost a third of the walk.
"""
# ruff: noqa: PTH112, PTH116, PTH119, PTH120, PTH122

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from indexer import pairs, sidecars
from indexer.library.files import Seen
from indexer.library.types import Folder
from indexer.neighbours import Neighbours

# What may be a picture: whether it is, and of which format, is for its content to say.
EXTENSIONS = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg", ".jxl", ".mpo", ".png"}
    | {".tif", ".tiff", ".webp"}
    | pairs.RAW
    | (pairs.VIDEO if find_spec("av") else frozenset())  # the extra `video`
)
# What systems and network drives keep for themselves.
_SYSTEM_FOLDERS = frozenset(
    {"$recycle.bin", "system volume information", "lost+found", "@eadir", "#recycle", "__macosx"}
)


@dataclass
class Walk:
    """What was found. `devices`: those of the directories that could be listed."""

    files: list[Seen] = field(default_factory=list)
    devices: set[int] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)  # directory: one sentence


class Walker:
    """Walks one folder the person chose, into `walk`; `checkpoint` is called at each directory and may raise.

    Hidden and system directories are skipped, and so are those of `excluded` (other chosen folders, our own files).
    Links to directories are followed once every real directory was listed: each is listed once, under its own name
    where it has one, and loops end.
    """

    def __init__(self, folder: Folder, walk: Walk, *, excluded: frozenset[str], checkpoint: Callable[[], None]) -> None:
        self._folder = folder
        self._walk = walk
        self._excluded = excluded - {folder.path}
        self._checkpoint = checkpoint
        self._neighbours = Neighbours()
        self._listed: set[tuple[int, int]] = set()
        self._directories: list[str] = []
        self._links: list[str] = []

    def look(self, path: str) -> None:
        """Adds what is at and below `path`, which is the folder or lies in it; nothing where nothing is."""
        if self._is_skipped(path):
            return
        if path == self._folder.path or os.path.isdir(path):
            self._look_below(path)
        else:
            self._look_at(path)

    def _is_skipped(self, path: str) -> bool:
        ancestors = _ancestors(path, self._folder.path)
        return any(is_hidden(os.path.basename(part)) or part in self._excluded for part in ancestors)

    def _look_at(self, path: str) -> None:
        device = self._device_around(path)
        try:
            found = os.stat(path)
        except OSError:
            return
        if device is None or not stat.S_ISREG(found.st_mode) or not may_be_picture(path):
            return
        if not self._neighbours.pictures_of(path):
            self._walk.files.append(self._seen(path, found, found.st_ino, device, sidecars.stamp(path)))

    def _device_around(self, path: str) -> int | None:
        """That of the directory `path` lies in or, where that is gone, of the nearest one that is there."""
        for directory in (*_ancestors(os.path.dirname(path), self._folder.path), self._folder.path):
            try:
                device = os.stat(directory).st_dev
            except OSError:
                continue
            self._walk.devices.add(device)
            return device
        return None

    def _look_below(self, root: str) -> None:
        self._directories.append(root)
        while self._directories or self._links:
            self._checkpoint()
            directory = self._directories.pop() if self._directories else self._links.pop()
            if directory not in self._excluded:
                self._list_once(directory)

    def _list_once(self, directory: str) -> None:
        try:
            found = os.stat(directory)
            if (found.st_dev, found.st_ino) in self._listed:
                return
            self._listed.add((found.st_dev, found.st_ino))
            with os.scandir(directory) as listed:
                entries = list(listed)
            beside, second = sidecars.stamps(entries), pairs.second(entry.name for entry in entries)
            own = [entry for entry in entries if entry.name not in second]
            self._walk.files += [seen for entry in own for seen in self._enter(entry, found.st_dev, beside)]
            self._walk.devices.add(found.st_dev)
        except OSError as error:
            self._walk.unreadable[directory] = unreadable(error)

    def _enter(self, entry: os.DirEntry[str], device: int, beside: Mapping[str, sidecars.Stamp]) -> Iterator[Seen]:
        """The file that `entry` is, if it may be a picture; a directory is noted for later."""
        if is_hidden(entry.name):
            return
        try:
            if entry.is_dir():
                self._note(entry)
            elif may_be_picture(entry.name) and entry.is_file():
                stamp = sidecars.stamp_among(entry.name, beside) if beside else 0
                yield self._seen(entry.path, entry.stat(), entry.inode(), device, stamp)
        except OSError:  # it vanished meanwhile, or leads nowhere
            return

    def _note(self, directory: os.DirEntry[str]) -> None:
        if not directory.is_symlink():
            self._directories.append(directory.path)
        elif not is_under(self._folder.path, os.path.realpath(directory.path)):  # else it leads out
            self._links.append(directory.path)

    def _seen(self, path: str, found: os.stat_result, inode: int, device: int, stamp: int) -> Seen:
        return Seen(self._folder.id, path, found.st_size, found.st_mtime_ns, inode, device, stamp)


def may_be_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def is_hidden(name: str) -> bool:
    """Whether a file or directory of that name is none of the person's photos."""
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def is_under(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or lies somewhere below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def unreadable(error: OSError) -> str:
    """One sentence on why something could not be read."""
    return f"It cannot be read: {error.strerror or error}."


def _ancestors(path: str, root: str) -> Iterator[str]:
    """`path` and what it lies in, up to but not including `root`."""
    while is_under(path, root) and path != root:
        yield path
        path = os.path.dirname(path)
