"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.config import check_config
from touchline.run.config import RunConfig


@dataclass(frozen=True, slots=True)
class AskedSettings:
    """Settings as somebody gave them, nested names, and the configuration that they make."""

    given: Mapping[str, Any]
    config: RunConfig

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> AskedSettings:
        """The configuration is checked here and nowhere after. Raises SettingsError."""
        return cls(given, check_config(RunConfig, given))


@dataclass(frozen=True, slots=True)
class ClipPart:
    """The frames of a clip that are observed apart from the others.

    first: number of the first; a window begins with it, but for that of the first part. lead:
    number of the first of those that are read before it, as they count for its shot and camera.
    end: seconds at which the part is over; None: with the clip.
    """

    first: int
    lead: int
    end: float | None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to do: a source, a run folder, and settings as nested names (``settings_tree``).

    part: only these frames are observed, to be joined with the others later.

    Raises SettingsError where the settings make no configuration.
    """

    source: str
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: float | None = None
    end: float | None = None
    overwrite: bool = False
    draw_video: bool = True
    part: ClipPart | None = None
    asked: AskedSettings = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", AskedSettings.checked(self.settings))
