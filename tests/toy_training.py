"""A training of one weight, which takes no time: the loop around it is what is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from touchline.config import ConfigSection
from touchline.training.course import Course
from touchline.training.folder import Progress, Request, TrainFolder
from touchline.training.gradient_step import GradientStep, as_numbers
from touchline.training.listener import Listener
from touchline.training.loop import TrainLoop
from touchline.training.processes import joined
from touchline.training.tensorboard import open_curves

BATCHES = 3


class Steps:
    """A learner of one weight: the batches of an epoch pull it to the number of the epoch."""

    def __init__(self, network: nn.Linear) -> None:
        self.network = network
        adam = torch.optim.Adam(network.parameters(), lr=0.1)
        self._descend = GradientStep(
            adam,
            list(network.parameters()),
            torch.device("cpu"),
            max_norm=0.0,
            arithmetic=torch.float32,
        )
        self.rate = 0.1

    def load(self, epoch: int, first: int) -> list[tuple[Tensor]]:
        return [(torch.full((2, 1), epoch + batch),) for batch in range(first, BATCHES)]

    def step(self, batch: tuple[Tensor], epoch: int, number: int) -> dict[str, float]:
        assert batch[0][0, 0] == epoch + number
        loss = (self.network(torch.ones(2, 1)) - batch[0]).square().mean()
        found = as_numbers({"loss": loss})
        self._descend(loss)
        return found

    def state(self) -> dict[str, Any]:
        return self._descend.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._descend.restore(state)


class Toy(Course):
    """Two stages; the scores of the validations are given, and are not learned."""

    command = "toy"
    config = ConfigSection()
    score = "good"

    def __init__(self, epochs: int, scores: list[float], every: int = 1, patience: int = 0) -> None:
        self.stages = {"first": 2, "second": epochs}
        self.every, self.patience = every, patience
        self._scores = iter(scores)

    @property
    def network(self) -> nn.Linear:
        return self._network

    def begin(self, fresh: bool) -> None:
        self._network = nn.Linear(1, 1, bias=False)
        nn.init.constant_(self._network.weight, 0.0 if fresh else torch.nan)

    def facts(self) -> dict[str, Any]:
        return {"toy": True}

    def open(self, stage: str) -> Steps:
        assert stage in self.stages
        return Steps(self._network)

    def validate(self) -> dict[str, float]:
        return {"good": next(self._scores)}

    def metadata(self) -> dict[str, str]:
        return {}

    def score_texts(self, scores: Mapping[str, float]) -> dict[str, str]:
        return {name: str(value) for name, value in scores.items()}

    def summary(self, scores: Mapping[str, float]) -> str:
        return f"good {scores['good']}"

    def details(self, means: Mapping[str, float]) -> str:
        return f"{len(means)} numbers"


def run(course: Course, out: Path, listener: Listener | None = None) -> Progress:
    folder = TrainFolder(out, Request({}, "data", "", 1))
    with joined("cpu") as process, open_curves(None) as curves:
        return TrainLoop(course, folder, process, curves, listener or Listener()).run()
