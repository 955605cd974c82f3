"""One optimiser step: gradients, their clipping, mixed precision, Adam."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from torch import nn

from touchline.errors import ModelError
from touchline.training.processes import Process
from touchline.training.reid.stages import Batch, Stage, StageLosses, precision


class Optimisation:
    """A stage and its optimiser. Called with a batch it takes one step."""

    def __init__(self, stage: Stage, process: Process) -> None:
        self._stage = stage
        self._process = process
        self._shared = process.shared(stage)
        named = [(name, value) for name, value in stage.named_parameters() if value.requires_grad]
        self._parameters = [value for _, value in named]
        settings = stage.settings
        groups = [
            ([value for name, value in named if "bias" not in name], 1.0),
            ([value for name, value in named if "bias" in name], settings.bias_rate_factor),
        ]
        groups = [(values, factor) for values, factor in groups if values]
        self._factors = [factor for _, factor in groups]
        self._adam = torch.optim.Adam(
            [{"params": values} for values, _ in groups],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        half = precision(stage.config, process.device) == torch.float16
        self._scaler = torch.amp.GradScaler(process.device.type, enabled=half)

    def set_rate(self, rate: float) -> None:
        """Set the learning rate from here on."""
        for group, factor in zip(self._adam.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor

    def __call__(self, batch: Batch, where: str) -> dict[str, float]:
        """``loss``, its parts and ``accuracy`` of a batch, before the step it takes.

        where: named in the ModelError for a loss that is no number, in any process.
        """
        losses: StageLosses = self._shared(
            *(part.to(self._process.device, non_blocking=True) for part in batch)
        )
        numbers = {"loss": losses.total, **losses.parts, "accuracy": losses.accuracy}
        values = torch.stack([value.detach() for value in numbers.values()]).tolist()
        found = dict(zip(numbers, values, strict=True))
        if self._process.largest(not math.isfinite(found["loss"]))[0]:
            parts = ", ".join(f"{name} {found[name]:g}" for name in losses.parts)
            raise ModelError(
                f"the loss is {found['loss']} in stage {self._stage.name}, {where} ({parts}): "
                f"lower {self._stage.name}.learning_rate, or use precision=fp32"
            )
        self._adam.zero_grad()
        torch.autograd.backward(self._scaler.scale(losses.total))
        limit = self._stage.settings.max_gradient_norm
        if limit:
            self._scaler.unscale_(self._adam)
            nn.utils.clip_grad_norm_(self._parameters, limit)
        self._scaler.step(self._adam)
        self._scaler.update()
        return found

    def state(self) -> dict[str, Any]:
        """State of the optimiser and scaler, without the network: tensors and plain values."""
        return {
            "adam": self._adam.state_dict(),
            "scaler": self._scaler.state_dict(),
            "random": torch.get_rng_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a ``state``."""
        self._adam.load_state_dict(state["adam"])
        self._scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["random"])


class Pace:
    """Batches and images per second so far; the time between ``count`` and ``go`` is left out."""

    def __init__(self) -> None:
        self._images = 0
        self.batches = 0
        self.seconds = 0.0
        self._since = time.perf_counter()

    def count(self, images: int) -> None:
        """Count a finished batch of so many images."""
        self._images += images
        self.batches += 1
        now = time.perf_counter()
        self.seconds += now - self._since
        self._since = now

    def go(self) -> None:
        """Restart the clock; the time since the last ``count`` is left out."""
        self._since = time.perf_counter()

    @property
    def per_second(self) -> float:
        """Batches and images per second; 0 before the first batch."""
        return self._images / self.seconds if self.seconds else 0.0
