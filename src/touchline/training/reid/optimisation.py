"""A stage at work: its losses, its batches and its optimiser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from touchline.errors import ModelError
from touchline.training.course import Batch, Batches
from touchline.training.gradient_step import GradientStep, as_numbers
from touchline.training.precision import arithmetic
from touchline.training.processes import Process
from touchline.training.reid.schedules import learning_rate
from touchline.training.reid.stages import Stage, StageLosses


class Optimisation:
    """A stage and its optimiser, as the loop wants a learner."""

    def __init__(self, stage: Stage, process: Process) -> None:
        self._stage = stage
        self._process = process
        self._shared = process.shared(stage)
        named = [(name, value) for name, value in stage.named_parameters() if value.requires_grad]
        settings = stage.settings
        groups = [
            ([value for name, value in named if "bias" not in name], 1.0),
            ([value for name, value in named if "bias" in name], settings.bias_rate_factor),
        ]
        groups = [(values, factor) for values, factor in groups if values]
        adam = torch.optim.Adam(
            [{"params": values} for values, _ in groups],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        self._descend = GradientStep(
            adam,
            [value for _, value in named],
            process.device,
            max_norm=settings.max_gradient_norm,
            arithmetic=arithmetic(stage.config.precision, process.device),
            factors=[factor for _, factor in groups],
        )
        self.rate = settings.learning_rate

    def load(self, epoch: int, first: int) -> Batches:
        """This process' batches of an epoch (from 1), from number ``first`` on."""
        self.rate = learning_rate(self._stage.settings, epoch)
        self._descend.set_rate(self.rate)
        return self._stage.load(epoch - 1, first)

    def step(self, batch: Batch, epoch: int, number: int) -> dict[str, float]:
        """``loss``, its parts and ``accuracy`` of a batch, before the step it takes.

        Raises ModelError for a loss that is no number, in any process.
        """
        losses: StageLosses = self._shared(
            *(part.to(self._process.device, non_blocking=True) for part in batch)
        )
        found = as_numbers({"loss": losses.total, **losses.parts, "accuracy": losses.accuracy})
        if self._process.largest(not math.isfinite(found["loss"]))[0]:
            parts = ", ".join(f"{name} {found[name]:g}" for name in losses.parts)
            name = self._stage.name
            raise ModelError(
                f"the loss is {found['loss']} in stage {name}, epoch {epoch}, batch {number + 1} "
                f"({parts}): lower {name}.learning_rate, or use precision=fp32"
            )
        self._descend(losses.total)
        return found

    def state(self) -> dict[str, Any]:
        """State of optimiser, scaler and random numbers, without the network."""
        return {**self._descend.state(), "random": torch.get_rng_state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a ``state``."""
        self._descend.restore(state)
        torch.set_rng_state(state["random"])
