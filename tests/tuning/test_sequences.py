"""The list of sequences: what is accepted, and that nothing leaks from train to validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tuning_scenes import truth_table, write_detections, write_run, write_truth, write_yaml

from touchline.errors import SettingsError, UsageError
from touchline.tuning.sequences import read_sequences


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(4):
        write_truth(tmp_path / f"s{seed}", truth_table(seed))
        write_run(tmp_path / "runs" / f"r{seed}", seed)
    write_detections(tmp_path / "boxes.txt", 0)
    return tmp_path


def entry(seed: int, **more: Any) -> dict[str, Any]:
    return {"truth": f"s{seed}", "run": f"runs/r{seed}", **more}


def test_paths_are_relative_to_the_file_and_names_come_from_run_or_truth(folder: Path) -> None:
    of_boxes = {"truth": "s2/gt/gt.txt", "detections": "boxes.txt", "match": "final"}
    tree = {"train": [entry(0), of_boxes], "validation": [entry(1, name="derby", weight=2)]}
    found = read_sequences(write_yaml(folder / "list.yaml", tree))
    assert [each.name for each in found.train] == ["r0", "s2"]
    assert [each.match for each in found.train] == ["r0", "final"]
    assert found.train[0].run == folder / "runs" / "r0"
    assert (found.validation[0].name, found.validation[0].weight) == ("derby", 2.0)


@pytest.mark.parametrize(
    ("train", "validation", "message"),
    [
        (entry(0), entry(1, name="r0"), "sequence r0 is in train and in validation"),
        (entry(0, match="final"), entry(1, match="final"), "match final is in train and in"),
        (entry(0), entry(1, match="r0"), "match r0 is in train and in validation"),
        (entry(0), {**entry(1), "truth": "s0/../s0"}, "truth .*s0 is in train and in validation"),
        (entry(0), {**entry(0), "truth": "s1", "name": "x"}, "run .*r0 is in train and in"),
    ],
)
def test_what_is_learned_from_may_not_judge(
    folder: Path, train: dict[str, Any], validation: dict[str, Any], message: str
) -> None:
    file = write_yaml(folder / "list.yaml", {"train": [train], "validation": [validation]})
    with pytest.raises(UsageError, match=message):
        read_sequences(file)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({}, "train: must list at least one sequence"),
        ({"train": [entry(0)]}, "validation: must list at least one sequence"),
        ({"train": [entry(0)], "validation": entry(1)}, "validation: must list at least"),
        ({"train": ["s0"], "validation": [entry(1)]}, "train sequence 1 must be"),
        ({"train": [{"truth": "s0"}], "validation": [entry(1)]}, "give either run: .* or detec"),
        (
            {"train": [entry(0, detections="boxes.txt")], "validation": [entry(1)]},
            "give either run:",
        ),
        ({"train": [entry(0, wieght=2)], "validation": [entry(1)]}, "did you mean 'weight'"),
        ({"train": [entry(0), entry(9)], "validation": [entry(1)]}, "sequence 2: truth: s9 does"),
        ({"train": [entry(0), entry(0)], "validation": [entry(1)]}, "two sequences are called"),
        ({"trian": [entry(0)]}, "unknown list 'trian'; known: train, validation"),
    ],
)
def test_mistakes_are_named(folder: Path, tree: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_sequences(write_yaml(folder / "list.yaml", tree))
