"""What a training is to the loop: a course in stages, and a learner for each of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from touchline.config import ConfigSection

Batch = tuple[Tensor, ...]
"""Input of a step, on the CPU; the first has one row for each image."""


class Batches(Protocol):
    """The batches of an epoch that are still to come."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Learner(Protocol):
    """One stage at work: its batches, and the steps of its optimiser."""

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""

    def load(self, epoch: int, first: int) -> Batches:
        """This process' batches of an epoch (from 1), from number ``first`` (from 0) on."""

    def step(self, batch: Any, epoch: int, number: int) -> dict[str, float]:
        """``loss`` and other numbers of a batch, before the step it takes; counts as ``load``.

        Raises ModelError for a loss that is no number.
        """

    def state(self) -> dict[str, Any]:
        """What it takes to go on, without the network that is kept: tensors and plain values."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a ``state``."""


class Course(ABC):
    """A training: its network, its stages, and how the network is scored and described.

    command: of touchline, which takes the settings. config: the settings. stages: epochs of each
    stage, in order; the last one is validated. every: epochs between validations; 0: after the
    last one only. patience: the last stage ends after so many without a new best; 0: never.
    score: the one that tells which network is best.
    """

    command: str
    config: ConfigSection
    stages: Mapping[str, int]
    every: int
    patience: int = 0
    score: str

    @property
    @abstractmethod
    def network(self) -> nn.Module:
        """The network that is kept and scored."""

    @abstractmethod
    def begin(self, fresh: bool) -> None:
        """Make the network, with its first weights if ``fresh``; others are put into it else."""

    def opening(self) -> str:
        """What is trained on and where, in a line to show when a training starts or goes on."""
        return ""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What the log tells of data and network before the first stage.

        ``loaded``, if there: how the checkpoint fitted, lines that are also shown.
        """

    @abstractmethod
    def open(self, stage: str) -> Learner:
        """A stage, ready for its first batch."""

    @abstractmethod
    def validate(self) -> dict[str, float]:
        """Scores of the network; none without data for it."""

    def rank(self, scores: Mapping[str, float]) -> list[float]:
        """What networks are compared by, most important first; higher is better."""
        return [scores[self.score]]

    @abstractmethod
    def metadata(self) -> dict[str, str]:
        """Texts of a weights file about the network; an export hands them on."""

    @abstractmethod
    def score_texts(self, scores: Mapping[str, float]) -> dict[str, str]:
        """Texts of a weights file about its scores."""

    @abstractmethod
    def summary(self, scores: Mapping[str, float]) -> str:
        """The scores in a few words."""

    @abstractmethod
    def details(self, means: Mapping[str, float]) -> str:
        """What an epoch is told of beside its loss, in a few words."""
