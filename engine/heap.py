"""The C library's heap: glibc keeps what was freed for later, unless it is told to give it back to the system."""

from __future__ import annotations

import ctypes
import sys

_MMAP_THRESHOLD = -3  # malloc.h
_LARGE_BYTES = 1 << 20


def hold_no_large_blocks() -> None:
    """Has large blocks given back as soon as they are freed: pictures, views and embeddings come and go.

    By default glibc raises what it takes for large up to 32 MB, and then they leave holes behind.
    """
    if _is_glibc():
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Gives back what was freed."""
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _is_glibc() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")
