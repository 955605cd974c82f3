"""The loop under every training: what it keeps, when it ends, and that it goes on exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from touchline.config import ConfigSection
from touchline.errors import Interrupted
from touchline.training.course import Course
from touchline.training.folder import Progress, Request, TrainFolder
from touchline.training.gradient_step import GradientStep, as_numbers
from touchline.training.listener import Listener, TrainStep
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


def events(out: Path) -> list[tuple[str, Any]]:
    """Kind and epoch of each line of the log."""
    file = out / "log.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    entries = [json.loads(line) for line in lines]
    return [(entry["event"], entry.get("epoch")) for entry in entries]


def validated(out: Path) -> list[int]:
    return [epoch for kind, epoch in events(out) if kind == "validation"]


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_stopped_anywhere_and_continued_is_the_same(tmp_path: Path, steps: int) -> None:
    whole, halting = tmp_path / "whole", tmp_path / "halting"
    scores = [0.1, 0.3, 0.2, 0.4, 0.1]
    straight = run(Toy(4, scores), whole)
    places: list[str] = []
    found = None
    while found is None:
        done: list[TrainStep] = []
        enough = Listener(done.append, should_stop=lambda: len(done) >= steps)  # noqa: B023
        try:
            found = run(Toy(4, scores[len(validated(halting)) :]), halting, enough)
        except Interrupted as error:
            places.append(str(error))
            assert len(done) == steps
    assert len(places) == (6 * BATCHES - 1) // steps
    assert found == straight
    for name in ("best.safetensors", "last.safetensors"):
        one, other = (load_file(folder / name)["weight"] for folder in (whole, halting))
        assert torch.equal(one, other)
    assert events(whole) == events(halting)


def test_a_stop_says_where_it_happened(tmp_path: Path) -> None:
    for expected in ("first, in epoch 1, after batch 1 of 3", "first, in epoch 1, after batch 2"):
        with pytest.raises(Interrupted, match=f"stopped in stage {expected}"):
            run(Toy(2, [0.1]), tmp_path, Listener(should_stop=lambda: True))
    done: list[TrainStep] = []
    until = Listener(done.append, should_stop=lambda: len(done) >= 4)
    with pytest.raises(Interrupted, match="in stage first, after its last epoch"):
        run(Toy(2, []), tmp_path, until)
    assert [(step.stage, step.epoch, step.batch) for step in done][:2] == [
        ("first", 1, 3),
        ("first", 2, 1),
    ]


def test_the_last_stage_alone_is_validated_and_the_best_network_is_kept(tmp_path: Path) -> None:
    found = run(Toy(5, [0.1, 0.5, 0.2, 0.3], every=2), tmp_path)
    assert validated(tmp_path) == [0, 2, 4, 5]
    assert [found.first, found.best, found.last] == [{"good": good} for good in (0.1, 0.5, 0.3)]
    assert found.best_epoch == 2
    best, last = (load_file(tmp_path / f"{name}.safetensors") for name in ("best", "last"))
    assert not torch.equal(best["weight"], last["weight"])


def test_a_score_of_nothing_is_never_called_the_best(tmp_path: Path) -> None:
    said: list[str] = []
    done: list[TrainStep] = []
    run(Toy(4, [0.0, 0.0003, 0.0004, 0.2, 0.1]), tmp_path, Listener(done.append, said.append))
    validations = [line for line in said if "validation" in line]
    assert ["the best so far" in line for line in validations] == [False] * 3 + [True, False]
    assert {step.best for step in done if step.epoch < 4} == {None}
    assert done[-1].best == 0.2


def test_patience_ends_the_last_stage_and_is_remembered(tmp_path: Path) -> None:
    found = run(Toy(9, [0.5, 0.6, 0.2, 0.3], patience=2), tmp_path)
    assert (found.epoch - 1, found.best_epoch) == (3, 1)
    assert run(Toy(9, [], patience=2), tmp_path) == found


def test_a_longer_course_goes_on_where_the_shorter_one_ended(tmp_path: Path) -> None:
    run(Toy(2, [0.1, 0.2, 0.3]), tmp_path)
    found = run(Toy(3, [0.4]), tmp_path)
    assert (found.epoch - 1, found.best_epoch) == (3, 3)
    assert validated(tmp_path) == [0, 1, 2, 3]
