"""Says what runs and about how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable

OURS = 0.3  # of what a photo costs the handler: a guess that only the estimate of the time left rests on


class Steps:
    """A budget of photos to look at, spent step by step. A photo of the handler's counts 1, one of ours OURS."""

    def __init__(self, all_photos: float, tell: Callable[[str], None]) -> None:
        """`all_photos`: what all steps together will spend."""
        self._all_photos = all_photos
        self._tell = tell
        self._spent = self._running = self._looking_s = 0.0
        self._begun = time.monotonic()

    def begin(self, what: str, *, ours: float = 0, theirs: float = 0) -> None:
        """The step before is done; this one looks at so many photos on either side."""
        now = time.monotonic()
        if self._running:  # loading looks at nothing
            self._spent += self._running
            self._looking_s += now - self._begun
        self._running, self._begun = ours * OURS + theirs, now
        left = ""
        if self._spent:
            left_s = self._looking_s / self._spent * max(0.0, self._all_photos - self._spent)
            left = f" (about {left_s / 60:.0f} min left)" if left_s > 90 else f" (about {left_s:.0f} s left)"
        self._tell(f"{what}{left}")
