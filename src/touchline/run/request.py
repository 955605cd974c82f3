"""What a run is asked to do, and how it talks while doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

OnProgress = Callable[[str, int, int | None], None]
"""Called with the stage, the frames done and, where known, the frames in all."""

ShouldStop = Callable[[], bool]
"""Asked between frames; True ends the step early and keeps what is done."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to do: a source, a run folder, and settings as nested names (``settings_tree``)."""

    source: str
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: float | None = None
    end: float | None = None
    overwrite: bool = False
    draw_video: bool = True


def counted(
    items: Iterable[T], stage: str, total: int | None, on_progress: OnProgress
) -> Iterator[T]:
    """``items``, reported one by one as progress of ``stage``, of which none is done at first."""
    on_progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        on_progress(stage, done, total)
