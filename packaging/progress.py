"""One line that says how far a long step is: redrawn on a terminal, printed at every tenth in a log."""

from __future__ import annotations

import sys
import time

TERMINAL = sys.stdout.isatty()


class Progress:
    """Counts the steps of something that takes `total` of them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.started = time.monotonic()
        self.shown = 0

    def show(self, done: int) -> None:
        done = min(done, self.total)
        left_s = (time.monotonic() - self.started) * (self.total - done) / max(done, 1)
        text = f"  {done} of {self.total}, about {left_s:.0f} s left"
        if TERMINAL:
            print(f"\r{text}   ", end="\n" if done == self.total else "", flush=True)
        elif done * 10 // self.total > self.shown * 10 // self.total:
            print(text, flush=True)
        self.shown = done
