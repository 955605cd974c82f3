"""How fast a training goes."""

from __future__ import annotations

import time


class Pace:
    """Batches and images per second so far; the time between ``count`` and ``go`` is left out."""

    def __init__(self) -> None:
        self._images = 0
        self.batches = 0
        self.seconds = 0.0
        self._since = time.perf_counter()

    def count(self, images: int) -> None:
        """Count a finished batch of so many images."""
        self._images += images
        self.batches += 1
        now = time.perf_counter()
        self.seconds += now - self._since
        self._since = now

    def go(self) -> None:
        """Restart the clock; the time since the last ``count`` is left out."""
        self._since = time.perf_counter()

    @property
    def per_second(self) -> float:
        """Batches and images per second; 0 before the first batch."""
        return self._images / self.seconds if self.seconds else 0.0
