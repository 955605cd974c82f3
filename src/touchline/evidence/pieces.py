"""Work in pieces: a generator that yields between two of them, and returns what they come to."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")

Pieces: TypeAlias = Generator[None, None, Result]


def finished(pieces: Pieces[Result]) -> Result:
    """What all the pieces come to, at once."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: Result = end.value
            return result
