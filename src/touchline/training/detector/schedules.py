"""What changes from step to step: the learning rate, the activations, the kind of samples."""

from __future__ import annotations

import math

from touchline.training.detector.config import ScheduleConfig


def learning_rate(schedule: ScheduleConfig, step: int, steps: int) -> float:
    """A linear warm-up, then half a cosine down to the final rate."""
    rising = schedule.warmup * steps
    if step < rising:
        return schedule.learning_rate * (step + 1) / (rising + 1)
    share = (step - rising) / max(steps - rising, 1)
    low = schedule.final_rate
    return schedule.learning_rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * share)))


def hardness(schedule: ScheduleConfig, step: int, steps: int) -> float:
    """How far from SiLU (0) to ReLU (1) the activations are."""
    return min(1.0, step / (schedule.hardening * steps)) if schedule.hardening else 1.0


def is_exact(schedule: ScheduleConfig, step: int, steps: int) -> bool:
    """Whether a step is one of the last, trained without mosaics and with an L1 loss."""
    return step >= (1 - schedule.exact) * steps
