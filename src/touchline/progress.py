"""How long-running work reports progress, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

OnProgress = Callable[[str, int, int | None], None]
"""Called with the stage, the frames done and, where known, the frames in all."""

ShouldStop = Callable[[], bool]
"""Asked between frames; True ends the step early and keeps what is done."""


def counted(
    items: Iterable[T], stage: str, total: int | None, on_progress: OnProgress
) -> Iterator[T]:
    """``items``, reported one by one as progress of ``stage``, of which none is done at first."""
    on_progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        on_progress(stage, done, total)
