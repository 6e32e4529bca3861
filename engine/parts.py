"""The two large parts of a model, its vision tower and its language model: in memory together, or one at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Generic, Literal, TypeVar

from engine.configuration import PART_OF_FREE_MEMORY, needed_bytes
from engine.gguf_header import read_header
from engine.hardware import free_memory_bytes
from engine.heap import give_back
from engine.llama.context import TextContext
from engine.messages import Configuration, Loading, ModelFiles
from engine.tower import Tower

T = TypeVar("T")


class Parts:
    """Opens each part when it is asked for, and closes the other one before where they may not be there `together`."""

    def __init__(
        self,
        open_tower: Callable[[], AbstractContextManager[Tower]],
        open_context: Callable[[], AbstractContextManager[TextContext]],
        *,
        together: bool,
    ) -> None:
        self.together = together
        self._tower = _Part(open_tower)
        self._context = _Part(open_context)

    @property
    def sees(self) -> bool:
        """Whether the tower is in memory."""
        return self._tower.held is not None

    def tower(self) -> Tower:
        """Raises ModelUnusable, as context() does."""
        if not self.together:
            self._context.close()
        return self._tower.opened()

    def context(self) -> TextContext:
        if not self.together:
            self._tower.close()
        return self._context.opened()

    def leave(self) -> None:
        """Has the tower leave the stage it computes, if it can. Any thread may call it."""
        if (tower := self._tower.held) is not None:
            tower.leave()

    def close(self) -> None:
        self._context.close()
        self._tower.close()


class _Part(Generic[T]):
    def __init__(self, opening: Callable[[], AbstractContextManager[T]]) -> None:
        self.held: T | None = None
        self._opening = opening
        self._stack = ExitStack()

    def opened(self) -> T:
        if self.held is None:
            self.held = self._stack.enter_context(self._opening())
        return self.held

    def close(self) -> None:
        if self.held is not None:
            self.held = None
            self._stack.close()
            give_back()


def chosen_loading(wanted: Loading, files: ModelFiles, configuration: Configuration) -> Literal["together", "in turn"]:
    """What "auto" means now: together, where weights, keys and values leave enough of the free memory to others."""
    if wanted != "auto":
        return wanted
    text = Path(files.text)
    both_bytes = needed_bytes(text, read_header(text), configuration) + Path(files.vision).stat().st_size
    return "together" if both_bytes <= PART_OF_FREE_MEMORY * free_memory_bytes() else "in turn"
