"""One optimiser step: learning rate, gradients, the running mean of the weights.

Shape letters: B images, C channels, H rows, W columns, N boxes of a batch.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.training.blocks import set_hardness
from touchline.training.detector.config import DetectorTrainConfig, ScheduleConfig
from touchline.training.detector.data import Batch
from touchline.training.detector.losses import detection_losses
from touchline.training.detector.network import DetectorNetwork

_AVERAGE_START = 10.0
"""Steps after which the running mean begins to reach back; before, it follows the weights."""


class DetectorOptimisation:
    """A network and its optimiser. Called with a batch it takes one step.

    class_weights: weight of a box of each class. soft: whether the weights were trained with SiLU.
    network: being trained. averaged: the running mean of its weights, which is kept and scored.
    """

    def __init__(
        self,
        network: DetectorNetwork,
        config: DetectorTrainConfig,
        steps: int,
        device: torch.device,
        *,
        class_weights: Sequence[float],
        soft: bool,
    ) -> None:
        self._config = config
        self._steps = steps
        self._device = device
        self._class_weight_K = torch.tensor(class_weights, device=device)
        self._soft = soft and network.config.activation == "relu"
        # Convolutions are 1.4 times as fast on a CPU with channels last.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged: DetectorNetwork = copy.deepcopy(self.network).eval().requires_grad_(False)
        heavy = [value for value in network.parameters() if value.ndim > 1]
        light = [value for value in network.parameters() if value.ndim <= 1]
        groups: list[dict[str, Any]] = [{"params": heavy}, {"params": light, "weight_decay": 0.0}]
        self._adam = torch.optim.AdamW(
            groups,
            lr=config.schedule.learning_rate,
            weight_decay=config.schedule.weight_decay,
        )
        self._half = half_precision(config, device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half == torch.float16)

    def __call__(self, batch: Batch, step: int) -> dict[str, float]:
        """``loss`` and its parts of a batch, before the step it takes; steps count from 0.

        Raises ModelError for a loss that is no number.
        """
        schedule = self._config.schedule
        rate = learning_rate(schedule, step, self._steps)
        for group in self._adam.param_groups:
            group["lr"] = rate
        self.harden(step)
        self.network.train()
        image_BCHW, label_N6 = (part.to(self._device, non_blocking=True) for part in batch)
        size = (image_BCHW.shape[3], image_BCHW.shape[2])
        with self._cast():
            raw_BAF = self.network(image_BCHW.float().contiguous(memory_format=torch.channels_last))
        losses = detection_losses(
            raw_BAF,
            label_N6,
            size,
            class_weight_K=self._class_weight_K,
            exact=is_exact(schedule, step, self._steps),
        )
        numbers = {"loss": losses.total, **losses.parts}
        values = torch.stack([value.detach() for value in numbers.values()]).tolist()
        found = dict(zip(numbers, values, strict=True))
        if not math.isfinite(found["loss"]):
            raise ModelError(
                f"the loss is {found['loss']} in step {step + 1}: lower schedule.learning_rate, "
                "or use precision=fp32"
            )
        self._adam.zero_grad()
        torch.autograd.backward(self._scaler.scale(losses.total))
        if schedule.max_gradient_norm:
            self._scaler.unscale_(self._adam)
            nn.utils.clip_grad_norm_(self.network.parameters(), schedule.max_gradient_norm)
        self._scaler.step(self._adam)
        self._scaler.update()
        self._average(step)
        return found

    def harden(self, step: int) -> None:
        """Set the activations to what they are at a step: SiLU at first, ReLU later."""
        if self._soft:
            hard = hardness(self._config.schedule, step, self._steps)
            set_hardness(self.network, hard)
            set_hardness(self.averaged, hard)

    def state(self) -> dict[str, Any]:
        """State of the training without ``averaged``: tensors and plain values."""
        return {
            "network": self.network.state_dict(),
            "adam": self._adam.state_dict(),
            "scaler": self._scaler.state_dict(),
        }

    def restore(self, averaged: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Continue from a ``state``."""
        self.averaged.load_state_dict(averaged)
        self.network.load_state_dict(state["network"])
        self._adam.load_state_dict(state["adam"])
        self._scaler.load_state_dict(state["scaler"])

    def _cast(self) -> Any:
        if self._half is None:
            return nullcontext()
        return torch.autocast(self._device.type, self._half)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self._config.schedule.average_decay, step / (step + _AVERAGE_START))
        now = self.network.state_dict()
        for name, mean in self.averaged.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], 1 - decay)
            else:
                mean.copy_(now[name])


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


def half_precision(config: DetectorTrainConfig, device: torch.device) -> torch.dtype | None:
    """The half-precision type to compute in; None for full precision."""
    if device.type != "cuda":
        return torch.bfloat16 if config.precision == "bf16" else None
    if config.precision == "fp32":
        return None
    if config.precision == "auto":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if config.precision == "bf16" else torch.float16
