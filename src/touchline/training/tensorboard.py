"""Curves for TensorBoard; the only importer of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from touchline.errors import UsageError


class Curves(Protocol):
    """Records numbers by name at an epoch."""

    def add(self, numbers: Mapping[str, float], epoch: int) -> None:
        """One point for each name."""


class _NoCurves:
    def add(self, numbers: Mapping[str, float], epoch: int) -> None:
        """Do nothing: no curves were asked for."""


@contextmanager
def open_curves(folder: Path | None) -> Iterator[Curves]:
    """Curves in ``folder``/tensorboard, nowhere for None. Raises UsageError where it is missing."""
    if folder is None:
        yield _NoCurves()
        return
    if find_spec("tensorboard") is None:
        raise UsageError("tensorboard is not installed: pip install 'touchline[train]' brings it")
    from torch.utils.tensorboard.writer import SummaryWriter

    class Writer:
        def __init__(self, place: Path) -> None:
            self.summary = SummaryWriter(str(place))

        def add(self, numbers: Mapping[str, float], epoch: int) -> None:
            for name, value in numbers.items():
                self.summary.add_scalar(name, value, epoch)

    writer = Writer(folder / "tensorboard")
    try:
        yield writer
    finally:
        writer.summary.close()
