"""The number that files, messages and people give a frame: they count from 1, arrays from 0."""

from __future__ import annotations


def frame_number(index: int) -> int:
    """The number of the frame at ``index``."""
    return index + 1


def frame_index(number: int) -> int:
    """The index of the frame with this number."""
    return number - 1
