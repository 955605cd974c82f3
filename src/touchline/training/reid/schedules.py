"""The learning rate of each epoch."""

from __future__ import annotations

import math
from bisect import bisect_right

from touchline.training.reid.config import OptimiserConfig


def learning_rate(config: OptimiserConfig, epoch: int) -> float:
    """The rate of an epoch, counted from 1: a linear warm-up, then a cosine or steps.

    As CLIP-ReID has it: the warm-up is a part of the curve and does not shift it, so the cosine
    starts below its peak and steps count all epochs.
    """
    peak, low = config.learning_rate, config.min_learning_rate
    if config.schedule == "cosine":
        rate = low + 0.5 * (peak - low) * (1 + math.cos(math.pi * epoch / config.epochs))
    else:
        rate = max(low, peak * config.step_factor ** bisect_right(config.steps, epoch))
    if epoch >= config.warmup_epochs:
        return rate
    # CLIP-ReID's cosine warms up to its peak, its step schedule to the current step's rate.
    goal = peak if config.schedule == "cosine" else rate
    start = config.warmup_start * goal
    return start + (goal - start) * epoch / config.warmup_epochs
