"""Lines of a pitch in metres."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.errors import SettingsError
from touchline.pitch.config import PitchConfig
from touchline.pitch.template import pitch_template


def nearest(points: np.ndarray[tuple[int, int], np.dtype[np.float64]], x: float, y: float) -> float:
    return float(np.hypot(points[:, 0] - x, points[:, 1] - y).min())


def test_the_laws_of_the_game_are_painted() -> None:
    points, tangents = pitch_template(PitchConfig()).points(0.1)
    for x, y in (
        (52.5, 34),
        (-52.5, -34),
        (0, 20),
        (36, 20.16),
        (-47, 9.16),
        (9.15, 0),
        (0, -9.15),
    ):
        assert nearest(points, x, y) < 0.1
    assert nearest(points, 52.5 - 11 - 9.15, 0) < 0.1, "the arc of the right penalty area"
    assert nearest(points, 52.5 - 11 + 9.15, 0) > 1.5, "and none of its circle inside of it"
    assert np.allclose(np.hypot(*tangents.T), 1)


def test_lines_lie_inside_of_the_pitch_and_are_symmetric() -> None:
    for markings, length, width in (("eleven", 110, 72), ("seven", 60, 40), ("futsal", 40, 20)):
        config = PitchConfig.model_validate(
            {"length": length, "width": width, "markings": markings}
        )
        points, _ = pitch_template(config).points(0.5)
        assert np.abs(points).max(axis=0) == pytest.approx([length / 2, width / 2])
        for mirror in ((-1, 1), (1, -1)):
            gaps = np.hypot(*(points[:, None] * mirror - points[None]).transpose(2, 0, 1))
            assert gaps.min(axis=1).max() < 0.5


def test_markings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"'eleven' do not fit into pitch\.length 40"):
        pitch_template(PitchConfig(length=40, width=20))
