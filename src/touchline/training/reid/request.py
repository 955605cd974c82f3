"""Request and report of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.training.reid.samplers import FalseNegatives


@dataclass(frozen=True)
class TrainRequest:
    """What to train on, from which checkpoint, into which folder.

    settings: nested names. device: auto, cpu or cuda. tensorboard: draw curves for it too.
    """

    data: Path
    checkpoint: Path
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    tensorboard: bool = False


@dataclass(frozen=True)
class TrainReport:
    """Outcome of a training.

    before, best, last: scores in validation before it, of the best network and of the last one,
    empty without validation; that of the best is optimistic, for it was chosen by it. best_epoch: 0
    where no epoch improved on the start. epochs: of the last stage. plain, drawn: the false
    negatives of an epoch of the plain sampler and of the one used; None where a plain sampler has
    too few people.
    """

    out: Path
    before: dict[str, float]
    best: dict[str, float]
    last: dict[str, float]
    best_epoch: int
    epochs: int
    plain: FalseNegatives | None
    drawn: FalseNegatives
