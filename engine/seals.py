"""Compares model files with what was published, and remembers what each was when all of it was last read.

A file of gigabytes is read whole once, when it arrives. Its seal, kept beside it, says what it was: a file of the same
size and time of change is taken to be the same, and one that was touched since is read again before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.errors import ModelUnusable
from engine.whole_files import whole

_CHUNK_BYTES = 1 << 22

OnProgress = Callable[[int], None]


def _silent(_done_bytes: int) -> None: ...


@dataclass(frozen=True)
class PublishedFile:
    """A GGUF as its authors publish it. None: the figure is not known to us. `rounded_bytes`: a size in words of GB."""

    name: str
    size_bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None
    rounded_bytes: int = 0

    @property
    def about_bytes(self) -> int:
        return self.size_bytes or self.rounded_bytes


class Seal(msgspec.Struct, frozen=True):
    """What a file was when all of it was read. `published`: its hash is the one its authors' file has."""

    size_bytes: int
    mtime_ns: int
    sha256: str
    published: bool


def state(path: Path) -> str:
    """What tells a file from all others and from what it was before: where it is, its size and when it was changed."""
    status = path.stat()
    return f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"


def seal(path: Path, published: Sequence[PublishedFile], on_progress: OnProgress = _silent) -> Seal:
    """Reads all of a file. OSError where that fails."""
    status = path.stat()
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    needs_md5 = any(file.md5 for file in published)
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            sha256.update(chunk)
            if needs_md5:
                md5.update(chunk)
            on_progress(done := done + len(chunk))
    hashes = {sha256.hexdigest(), md5.hexdigest()}
    known = any(file.sha256 in hashes or file.md5 in hashes for file in published)
    return Seal(status.st_size, status.st_mtime_ns, sha256.hexdigest(), known)


def check(path: Path, published: PublishedFile) -> None:
    """Raises ModelUnusable where a file is not what it was when last verified; reads it only where it was touched."""
    kept = get(path)
    try:
        status = path.stat()
        if kept is None or (kept.size_bytes, kept.mtime_ns) != (status.st_size, status.st_mtime_ns):
            verify(path, published)
    except OSError as error:
        raise ModelUnusable(f"The model file {path.name} cannot be read: {error.strerror}.") from error


def verify(path: Path, published: PublishedFile, on_progress: OnProgress = _silent) -> Seal:
    """Compares a file with what was published, and where that is not known with its seal; reads all of it.

    `on_progress` is told how many bytes were read so far. Raises ModelUnusable, or OSError where it
    cannot be read.
    """
    kept = get(path)
    size_bytes = kept.size_bytes if kept else published.size_bytes
    actual_bytes = path.stat().st_size
    if size_bytes not in (None, actual_bytes):
        raise ModelUnusable(f"{path.name} has {actual_bytes:,} bytes instead of {size_bytes:,}. Get it again.")
    if kept is None and not (published.sha256 or published.md5):
        return Seal(actual_bytes, path.stat().st_mtime_ns, "", published=False)
    found = seal(path, (published,), on_progress)
    if kept is None and not found.published:
        raise ModelUnusable(f"{path.name} is not the file that was published: its hash differs. Get it again.")
    if kept is not None and found.sha256 != kept.sha256:
        raise ModelUnusable(f"{path.name} has changed since it was brought here. Get it again.")
    if kept is not None:
        with contextlib.suppress(OSError):  # a folder that cannot be written: it is read again next time
            put(path, found)
    return found


def get(path: Path) -> Seal | None:
    """A file's seal; None where it has none that can be read."""
    try:
        return msgspec.json.decode(_place(path).read_bytes(), type=Seal)
    except (OSError, msgspec.DecodeError):
        return None


def put(path: Path, seal: Seal) -> None:
    """Keeps a file's seal beside it."""
    with whole(_place(path)) as part:
        part.write_bytes(msgspec.json.encode(seal))


def keep(source: Path, target: Path, seal: Seal) -> None:
    """Puts a person's file, whose seal this is, where models are kept: linked where the disk allows it, else copied."""
    with whole(target) as part:
        try:
            os.link(source, part)
        except OSError:
            shutil.copy2(source, part)
    put(target, seal)


def discard(path: Path) -> None:
    """Removes a file and its seal."""
    _place(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _place(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")
