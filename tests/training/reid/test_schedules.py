"""Learning rates are those of CLIP-ReID's program, epoch by epoch."""

from __future__ import annotations

import math

import pytest

from touchline.training.reid.config import ImageStageConfig, OptimiserConfig, PromptStageConfig
from touchline.training.reid.schedules import learning_rate


def test_the_image_stage_rises_in_ten_epochs_and_falls_at_thirty_and_fifty() -> None:
    rates = {epoch: learning_rate(ImageStageConfig(), epoch) for epoch in range(1, 61)}
    # 0.1 (1 - t/10) + t/10 of the rate.
    assert rates[1] == pytest.approx(1.9e-6)
    assert rates[5] == pytest.approx(5.5e-6)
    assert rates[10] == rates[29] == pytest.approx(1e-5)
    assert rates[30] == rates[49] == pytest.approx(1e-6)
    assert rates[50] == rates[60] == pytest.approx(1e-7)


def test_the_prompt_stage_rises_in_five_epochs_and_follows_a_cosine_to_its_end() -> None:
    rates = {epoch: learning_rate(PromptStageConfig(), epoch) for epoch in range(1, 121)}
    assert rates[1] == pytest.approx(1e-5 + (3.5e-4 - 1e-5) / 5)
    assert rates[5] == pytest.approx(1e-6 + 0.5 * 3.49e-4 * (1 + math.cos(math.pi * 5 / 120)))
    assert rates[60] == pytest.approx((3.5e-4 + 1e-6) / 2)
    assert rates[120] == pytest.approx(1e-6)


def test_a_stage_without_warm_up_begins_with_its_full_rate() -> None:
    config = OptimiserConfig(warmup_epochs=0, steps=(2,), min_learning_rate=3e-6)
    assert [learning_rate(config, epoch) for epoch in (1, 2, 9)] == [1e-5, 3e-6, 3e-6]
