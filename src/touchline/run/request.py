"""What a run is asked to do, and how it reports progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
