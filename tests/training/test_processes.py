"""A training knows whether it runs in one process or in several, and on which device."""

from __future__ import annotations

import pytest
import torch

from touchline.errors import UsageError
from touchline.training.processes import joined


def test_one_process_needs_nobody() -> None:
    with joined("cpu") as process:
        assert (process.rank, process.world_size, process.first) == (0, 1, True)
        assert process.largest(1.0, True) == [1.0, True]
        assert process.mean(0.25) == [0.25]
        module = torch.nn.Linear(1, 1)
        assert process.shared(module) is module


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="not one of auto, cpu, cuda"), joined("tpu"):
        pass
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="no GPU here: use --device cpu"), joined("cuda"):
            pass
