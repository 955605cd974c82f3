"""Request and result of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.batch_runs.ray_cluster import RayShare
from touchline.tuning.choice import Gain
from touchline.tuning.objective import Objective, Scores, Yardstick
from touchline.tuning.search_space import Value
from touchline.tuning.sequences import SequenceList


@dataclass(frozen=True)
class TuneRequest:
    """Request for a search. settings: nested names with which the search begins. processes: of this
    machine, or trials at once on the cluster ``ray``.
    """

    sequences: Path
    out: Path
    trials: int = 200
    objective: str = "hota"
    processes: int = 2
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    space: Path | None = None
    ray: RayShare | None = None


@dataclass(frozen=True)
class Judged:
    """The scores of some settings, by sequence. label: what the report calls them."""

    label: str
    train: list[Scores]
    validation: list[Scores]


@dataclass(frozen=True)
class TuneResult:
    """Result of a search.

    changes: name -> (value before, value after) of the settings that are better otherwise.
    judged: the settings before, those chosen, and the trials best on train. gain: on the validation
    sequences. train, validation: what both parts were scored by. finished, pruned: trials of the
    study, given up early among them. ran, seconds: trials of this call, and how long they took.
    """

    request: TuneRequest
    objective: Objective
    sequences: SequenceList
    train: Yardstick
    validation: Yardstick
    judged: list[Judged]
    changes: dict[str, tuple[Value, Value]]
    gain: Gain
    finished: int
    pruned: int
    ran: int
    seconds: float
    importances: dict[str, float]
