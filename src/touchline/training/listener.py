"""What a training tells while it runs, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class TrainStep:
    """Progress of a training after a batch: stage and epoch, batches done and batches in all.

    means: ``loss``, its parts and what else a step tells, over the epoch so far. best: score of
    the best network so far, None before any that is above 0.0 %. images_per_second: of all
    processes together. seconds_left: of this stage.
    """

    stage: str
    epoch: int
    epochs: int
    batch: int
    batches: int
    means: dict[str, float]
    best: float | None
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True)
class Listener:
    """Callbacks of a training.

    on_step: called after each batch. on_event: told, in a line to read, that an epoch is over
    or a network was validated. should_stop: asked after each batch.
    """

    on_step: Callable[[TrainStep], None] = lambda _: None
    on_event: Callable[[str], None] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False
