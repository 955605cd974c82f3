"""Curves that TensorBoard can draw."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from touchline.errors import UsageError
from touchline.training.tensorboard import open_curves


def test_curves_can_be_read_back_by_tensorboard(tmp_path: Path) -> None:
    with open_curves(tmp_path) as curves:
        curves.add({"images/loss": 2.5, "validation/mAP": 0.25}, 1)
        curves.add({"images/loss": 1.5}, 2)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == ["images/loss", "validation/mAP"]
    points = [(point.step, point.value) for point in events.Scalars("images/loss")]
    assert points == [(1, 2.5), (2, 1.5)]


def test_no_folder_no_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_curves(None) as curves:
        curves.add({"loss": 1.0}, 1)
    assert list(tmp_path.iterdir()) == []


def test_missing_tensorboard_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("touchline.training.tensorboard.find_spec", {}.get)
    with pytest.raises(UsageError, match=r"touchline\[train\]"), open_curves(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
