"""Identifies a content by its hash, so that a photo stays itself wherever its file goes."""

from __future__ import annotations

import os

import xxhash

_CHUNK_BYTES = 1 << 20


def of(path: str) -> str:
    """32 hexadecimal digits of XXH3-128 over the file's bytes (29 GB/s: as fast as any disk). Raises OSError."""
    digest = xxhash.xxh3_128()
    with open(path, "rb", buffering=0, opener=_without_trace) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _without_trace(path: str, flags: int) -> int:
    """Opens without waiting: a pipe that took a photo's name would wait for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
