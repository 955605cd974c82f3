"""Where absent people are thought to be: carried along by the camera and by the flow of play."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.tracking.config import ReentryConfig
from touchline.tracking.kalman import STEPS_PER_SECOND
from touchline.tracking.returns import ReturnFinder
from touchline.tracking.rows import END, LOST, TRACKED, TrackRows

SPEED = np.array([3.0, -1.0])
"""Of everybody in view, pixels a step."""


def people(absent: list[tuple[float, float]], in_view: int = 3) -> TrackRows:
    """Rows of people who are away, their feet last seen here, and of some who walk on."""
    rows = TrackRows.zeros(len(absent) + in_view, 1, 0)
    rows.status[:] = TRACKED
    rows.status[: len(absent)] = LOST
    rows.feet[: len(absent), END] = [(x, y, 80.0) for x, y in absent]
    rows.state[1, len(absent) :, :2] = SPEED
    return rows


@pytest.mark.parametrize("seconds", [0.04, 0.2])
def test_feet_follow_the_camera_and_then_the_common_displacement(seconds: float) -> None:
    motion = np.array([[1.1, 0.2, 30.0], [-0.1, 1.2, 7.0]])
    places = [(200.0, 400.0), (900.0, 100.0)]
    rows = people(places)
    ReturnFinder(ReentryConfig(), None).move(rows, seconds, motion)
    # Three in view weigh as much as the three of whom nothing is known.
    way = SPEED * seconds * STEPS_PER_SECOND * 3 / 6
    expected = np.array(places) @ motion[:, :2].T + motion[:, 2] + way
    assert rows.feet[:2, END, :2] == pytest.approx(expected)
    assert rows.feet[:2, END, 2] == pytest.approx(80 * np.sqrt(1.1 * 1.2 + 0.1 * 0.2))


def test_feet_stay_where_nothing_moves_and_without_reentry() -> None:
    pan = np.array([[1.0, 0.0, -50.0], [0.0, 1.0, 0.0]])
    for rows, config, motion in (
        (people([(200.0, 400.0)], in_view=0), ReentryConfig(), None),
        (people([(200.0, 400.0)]), ReentryConfig(enabled=False), pan),
    ):
        ReturnFinder(config, None).move(rows, 0.04, motion)
        assert rows.feet[0, END].tolist() == [200.0, 400.0, 80.0]
