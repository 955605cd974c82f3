"""How many threads pictures are decoded and changed with."""

from __future__ import annotations

import cv2


def use_one_thread() -> None:
    """For processes that make samples side by side: more would get in each other's way."""
    cv2.setNumThreads(1)
