"""A detector at work: its batches, its optimiser, the running mean of its weights.

Shape letters: B images, C channels, H rows, W columns, N boxes of a batch, K classes, A cells,
F 4 box numbers, objectness and classes.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.role_words import role_of
from touchline.training.blocks import set_hardness
from touchline.training.course import Batches
from touchline.training.detector.config import DetectorTrainConfig
from touchline.training.detector.data import (
    BatchLoader,
    DetectorBatch,
    DetectorData,
    batches_per_epoch,
)
from touchline.training.detector.losses import detection_losses
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.schedules import hardness, is_exact, learning_rate
from touchline.training.gradient_step import GradientStep, as_numbers
from touchline.training.precision import arithmetic
from touchline.types import PEOPLE

_AVERAGE_START = 10.0
"""Steps after which the running mean begins to reach back; before, it follows the weights."""


class DetectorOptimisation:
    """A network and its optimiser, as the loop wants a learner.

    soft: whether the weights were trained with SiLU. averaged: the running mean of the network's
    weights, which is kept and scored.
    """

    def __init__(
        self,
        network: DetectorNetwork,
        data: DetectorData,
        config: DetectorTrainConfig,
        device: torch.device,
        *,
        soft: bool,
    ) -> None:
        schedule = config.schedule
        self._data = data
        self._config = config
        self._device = device
        self._batches = batches_per_epoch(config)
        self._steps = self._batches * schedule.epochs
        roles = [role_of(name) in PEOPLE for name in data.names]
        self._person_K = torch.tensor(roles, dtype=torch.bool, device=device)
        self._class_weight_K = torch.tensor(data.class_weights(schedule.rarity), device=device)
        self._soft = soft and network.config.activation == "relu"
        # Convolutions are 1.4 times as fast on a CPU with channels last.
        self._network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged: DetectorNetwork = copy.deepcopy(network).eval().requires_grad_(False)
        backbone = [network.backbone.stem, *network.backbone.stages]
        for stage in backbone[: schedule.held_stages]:
            stage.requires_grad_(False)
        if schedule.learned == "classes":
            for name, value in network.named_parameters():
                value.requires_grad_(".class_" in name)
        learned = [value for value in network.parameters() if value.requires_grad]
        heavy = [value for value in learned if value.ndim > 1]
        light = [value for value in learned if value.ndim <= 1]
        groups: list[dict[str, Any]] = [{"params": heavy}, {"params": light, "weight_decay": 0.0}]
        adam = torch.optim.AdamW(
            groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        self._arithmetic = arithmetic(config.precision, device)
        self._descend = GradientStep(
            adam,
            learned,
            device,
            max_norm=schedule.max_gradient_norm,
            arithmetic=self._arithmetic,
        )
        self._loaders: dict[bool, BatchLoader] = {}
        self.rate = schedule.learning_rate
        self._harden(0)

    def load(self, epoch: int, first: int) -> Batches:
        """The batches of an epoch (from 1), from number ``first`` on; the last ones are exact."""
        mosaics = not is_exact(self._config.schedule, (epoch - 1) * self._batches, self._steps)
        if mosaics not in self._loaders:
            self._loaders.clear()  # its processes end before new ones start
            self._loaders[mosaics] = BatchLoader(self._data, self._config, mosaics=mosaics)
        return self._loaders[mosaics].batches(epoch, first)

    def step(self, batch: DetectorBatch, epoch: int, number: int) -> dict[str, float]:
        """``loss`` and its parts of a batch, before the step it takes.

        Raises ModelError for a loss that is no number.
        """
        step, schedule = (epoch - 1) * self._batches + number, self._config.schedule
        self.rate = learning_rate(schedule, step, self._steps)
        self._descend.set_rate(self.rate)
        self._harden(step)
        self._network.train()
        for module in self._held():
            module.eval()
        image_BCHW, label_N6, labelled_BK = (
            part.to(self._device, non_blocking=True) for part in batch
        )
        full = self._arithmetic == torch.float32
        with torch.autocast(self._device.type, self._arithmetic, enabled=not full):
            raw_BAF = self._network(
                image_BCHW.float().contiguous(memory_format=torch.channels_last)
            )
        losses = detection_losses(
            raw_BAF,
            label_N6,
            (image_BCHW.shape[3], image_BCHW.shape[2]),
            person_K=self._person_K,
            labelled_BK=labelled_BK,
            class_weight_K=self._class_weight_K,
            exact=is_exact(schedule, step, self._steps),
        )
        found = as_numbers({"loss": losses.total, **losses.parts})
        if not math.isfinite(found["loss"]):
            raise ModelError(
                f"the loss is {found['loss']} in epoch {epoch}, batch {number + 1}: lower "
                "schedule.learning_rate, or use precision=fp32"
            )
        self._descend(losses.total)
        self._average(step)
        return found

    def state(self) -> dict[str, Any]:
        """State of the training without ``averaged``: tensors and plain values."""
        return {
            **self._descend.state(),
            "network": self._network.state_dict(),
            "soft": self._soft,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a ``state``."""
        self._descend.restore(state)
        self._network.load_state_dict(state["network"])
        self._soft = state["soft"]

    def _held(self) -> Iterator[nn.Module]:
        """Normalisations whose statistics stay."""
        schedule, backbone = self._config.schedule, self._network.backbone
        if schedule.hold_normalisation:
            yield from (m for m in self._network.modules() if isinstance(m, nn.BatchNorm2d))
        yield from [backbone.stem, *backbone.stages][: schedule.held_stages]

    def _harden(self, step: int) -> None:
        """Set the activations to what they are at a step: SiLU at first, ReLU later."""
        if self._soft:
            hard = hardness(self._config.schedule, step, self._steps)
            set_hardness(self._network, hard)
            set_hardness(self.averaged, hard)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self._config.schedule.average_decay, step / (step + _AVERAGE_START))
        now: dict[str, Tensor] = self._network.state_dict()
        for name, mean in self.averaged.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], 1 - decay)
            else:
                mean.copy_(now[name])
