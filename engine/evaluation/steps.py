"""Says what runs, what was found, and about how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable

# Of what a photo costs the handler: guesses that only the estimate of the time left rests on.
BY_NEED, ALL_VIEWS = 0.1, 0.4


class Steps:
    """A budget of photos of the handler's, or what takes as long, spent step by step."""

    def __init__(self, all_photos: float, tell: Callable[[str], None]) -> None:
        """`all_photos`: what all steps together will spend."""
        self._all_photos = all_photos
        self._tell = tell
        self._spent = self._running = self._looking_s = 0.0
        self._begun = time.monotonic()

    def begin(self, what: str, photos: float = 0) -> None:
        """The step before is done; this one takes as long as so many photos of the handler's."""
        now = time.monotonic()
        if self._running:  # loading looks at nothing
            self._spent += self._running
            self._looking_s += now - self._begun
        self._running, self._begun = photos, now
        left = ""
        if self._spent:
            left_s = self._looking_s / self._spent * max(0.0, self._all_photos - self._spent)
            left = f" (about {left_s / 60:.0f} min left)" if left_s > 90 else f" (about {left_s:.0f} s left)"
        self._tell(f"{what}{left}")

    def found(self, what: str) -> None:
        """What the step that runs has measured."""
        self._tell(f"  {what}")
