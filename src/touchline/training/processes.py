"""One process on one device, or several that ``torchrun`` has started, one for each GPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from touchline.errors import UsageError

_PATIENCE = timedelta(hours=2)
"""How long the others wait while the first one validates and writes."""


@dataclass(frozen=True)
class Process:
    """This process among all: rank from 0, number of processes, and device."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """True for the one that validates, writes and reports."""
        return self.rank == 0

    def shared(self, module: nn.Module) -> nn.Module:
        """A module whose gradients are the mean over all processes; itself where it is alone."""
        if self.world_size == 1:
            return module
        devices = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=devices)

    def largest(self, *values: float) -> list[float]:
        """Maximum of each number over all processes, which must all call this together."""
        return self._reduced(values, distributed.ReduceOp.MAX)

    def mean(self, *values: float) -> list[float]:
        """Mean of each number over all processes, which must all call this together."""
        total = self._reduced(values, distributed.ReduceOp.SUM)
        return [value / self.world_size for value in total]

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.world_size > 1:
            distributed.barrier()

    def _reduced(
        self, values: tuple[float, ...], operation: distributed.ReduceOp.RedOpType
    ) -> list[float]:
        if self.world_size == 1:
            return list(values)
        table = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(table, operation)
        found: list[float] = table.tolist()
        return found


@contextmanager
def joined(device: str) -> Iterator[Process]:
    """This process, joined with the others while the block runs.

    device: auto, cpu or cuda; each process takes a GPU of its own. Raises UsageError for a GPU
    that is not there and an unknown name.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device {device!r} is not one of auto, cpu, cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("torch finds no GPU here: use --device cpu, or a CUDA build of torch")
    on_gpu = device != "cpu" and torch.cuda.is_available()
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if on_gpu and local >= torch.cuda.device_count():
        raise UsageError(
            f"process {local} finds {torch.cuda.device_count()} GPUs: start at most one per GPU"
        )
    place = torch.device("cuda", local) if on_gpu else torch.device("cpu")
    if on_gpu:
        torch.cuda.set_device(place)
    if world_size == 1:
        yield Process(0, 1, place)
        return
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield Process(distributed.get_rank(), world_size, place)
    finally:
        distributed.destroy_process_group()
