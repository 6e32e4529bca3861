"""Loads the native libraries when asked to; what they complain of is kept for an error message, not printed."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from typing import Any

from engine.closing import Closing
from engine.errors import ModelUnusable

_ERROR_LEVEL = 4  # ggml_log_level: 0 none, 1 debug, 2 info, 3 warning, 4 error, 5 continuation
_COMPLAINTS: deque[str] = deque(maxlen=20)
_keep_alive: list[Any] = []  # the C side holds a bare pointer to the callback


def load() -> None:
    """Loads the libraries and silences them. Again: nothing. Raises ModelUnusable where they cannot be loaded."""
    if _keep_alive:
        return
    try:
        from llama_cpp import llama_cpp, mtmd_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnusable(f"llama.cpp could not be loaded: {error}") from error
    callback = llama_cpp.llama_log_callback(_collect)
    _keep_alive.append(callback)
    llama_cpp.llama_log_set(callback, None)
    mtmd_cpp.mtmd_log_set(callback, None)
    mtmd_cpp.mtmd_helper_log_set(callback, None)
    llama_cpp.llama_backend_init()


def complaint() -> str:
    """The last error the libraries logged, as one line; forgets it and those before."""
    text = _COMPLAINTS[-1] if _COMPLAINTS else "no reason was given"
    _COMPLAINTS.clear()
    return text


def _collect(level: int, text: bytes, _user_data: ctypes.c_void_p) -> None:
    if level == _ERROR_LEVEL and (line := text.decode("utf-8", "replace").strip()):
        _COMPLAINTS.append(line)


class Handle(Closing):
    """A C object with one owner, freed exactly once: at the end of the owner's `with`, or by close()."""

    def __init__(self, pointer: Any, free: Callable[[Any], object]) -> None:
        self._pointer = pointer
        self._free = free

    @property
    def pointer(self) -> Any:
        if self._pointer is None:
            raise ValueError(f"This {type(self).__name__} has been closed.")
        return self._pointer

    def close(self) -> None:
        if self._pointer is not None:
            self._free(self._pointer)
            self._pointer = None
