"""One step down the gradient: mixed precision, clipping, the learning rate of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class GradientStep:
    """An optimiser. Called with a loss it takes one step.

    max_norm: longer gradients of ``parameters`` are shortened to it; 0: never. arithmetic: of the
    network; the loss is scaled where that is float16. factors: of the learning rate of each group
    of the optimiser's parameters; one each unless given.
    """

    def __init__(
        self,
        optimiser: torch.optim.Optimizer,
        parameters: Sequence[nn.Parameter],
        device: torch.device,
        *,
        max_norm: float,
        arithmetic: torch.dtype,
        factors: Sequence[float] = (),
    ) -> None:
        self._optimiser = optimiser
        self._parameters = parameters
        self._max_norm = max_norm
        self._factors = factors or [1.0] * len(optimiser.param_groups)
        self._scaler = torch.amp.GradScaler(device.type, enabled=arithmetic == torch.float16)

    def set_rate(self, rate: float) -> None:
        """Set the learning rate from here on."""
        for group, factor in zip(self._optimiser.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor

    def __call__(self, loss: Tensor) -> None:
        self._optimiser.zero_grad()
        torch.autograd.backward(self._scaler.scale(loss))
        if self._max_norm:
            self._scaler.unscale_(self._optimiser)
            nn.utils.clip_grad_norm_(self._parameters, self._max_norm)
        self._scaler.step(self._optimiser)
        self._scaler.update()

    def state(self) -> dict[str, Any]:
        """State of the optimiser and the scaler: tensors and plain values."""
        return {"adam": self._optimiser.state_dict(), "scaler": self._scaler.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a ``state``."""
        self._optimiser.load_state_dict(state["adam"])
        self._scaler.load_state_dict(state["scaler"])


def as_numbers(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Scalars on any device as Python's numbers, fetched at once."""
    found = torch.stack([value.detach() for value in values.values()]).tolist()
    return dict(zip(values, found, strict=True))
