"""The loop under every training: what it keeps, when it ends, and that it goes on exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from toy_training import BATCHES, Toy, run

from touchline.errors import Interrupted
from touchline.training.listener import Listener, TrainStep


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
