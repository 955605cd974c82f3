"""A training tells where it is, on a terminal by a bar, elsewhere by a line a minute."""

from __future__ import annotations

import pytest

from touchline.cli import training_progress
from touchline.cli.training_progress import reporting_training
from touchline.training.listener import TrainStep


def step(batch: int) -> TrainStep:
    means = {"loss": 1.25, "accuracy": 0.5}
    return TrainStep("images", 2, 60, batch, 40, means, 0.31, 12.0, 75.0)


def test_where_there_is_no_terminal_an_epoch_says_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with reporting_training() as (on_step, _on_event, _should_stop):
        on_step(step(1))
        monkeypatch.setattr(training_progress, "LINE_SECONDS", 0.0)
        on_step(step(7))
        on_step(step(40))  # the epoch's own line follows
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "images 2/60, batch 7 of 40: loss 1.250, accuracy 50%, best score 0.310, 12.0 images/s, "
        "0:01:15 left"
    ]
