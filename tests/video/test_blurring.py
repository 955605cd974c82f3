"""Whoever is not to be shown is unrecognisable, and nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.types import Detections, Tracks
from touchline.video.blur import blur_boxes
from touchline.video.blurring import Blurring

PLAYER, COACH, STRANGER, BALL = (
    [100.0, 100.0, 130.0, 180.0],
    [300.0, 100.0, 330.0, 180.0],
    [500.0, 100.0, 530.0, 180.0],
    [200.0, 160.0, 210.0, 170.0],
)
NOBODY = Detections(np.empty((0, 4)), np.empty(0), [])


def found() -> Detections:
    """All four, as a detector sees them, which takes the coach for a player."""
    return Detections(
        [PLAYER, COACH, STRANGER, BALL], [0.9, 0.9, 0.2, 0.9], ["player"] * 3 + ["ball"]
    )


def tracked(player: str = "player", coach: str = "person") -> Tracks:
    """Three of them; the stranger is no track."""
    return Tracks(
        np.array([1, 2, 3]),
        np.array([PLAYER, COACH, BALL]),
        np.ones(3),
        np.array([player, coach, "ball"], "<U10"),
        np.full(3, -1),
    )


def lefts(boxes: NDArray[np.float64]) -> set[float]:
    return set(boxes[:, 0].tolist())


def test_all_are_everybody_found_or_tracked_and_never_the_ball() -> None:
    assert lefts(Blurring("all").boxes(found(), tracked(), None, 0.0, False)) == {100, 300, 500}
    assert not len(Blurring("nobody").boxes(found(), tracked(), None, 0.0, False))


@pytest.mark.parametrize("player", ["player", "goalkeeper"])
@pytest.mark.parametrize("other", ["person", "referee"])
def test_others_are_whoever_is_no_player(player: str, other: str) -> None:
    boxes = Blurring("others").boxes(found(), tracked(player, other), None, 0.0, False)
    assert lefts(boxes) == {300, 500}


def test_who_is_missed_for_a_moment_stays_blurred_where_the_camera_shows_them_now() -> None:
    blurring, nobody = Blurring("others"), tracked()[:1]
    blurring.boxes(found(), tracked(), None, 0.0, False)
    motion = np.array([[1.0, 0.0, -20.0], [0.0, 1.0, 0.0]])
    assert lefts(blurring.boxes(NOBODY, nobody, motion, 0.04, False)) == {280, 480}
    assert not len(blurring.boxes(NOBODY, nobody, None, 0.5, False))
    blurring.boxes(found(), tracked(), None, 1.0, False)
    assert not len(blurring.boxes(NOBODY, nobody, None, 1.04, True))  # another shot


def test_a_running_player_is_never_blurred_among_others() -> None:
    blurring = Blurring("others")
    for frame in range(10):
        box = np.array([[100.0 + 8 * frame, 100, 130 + 8 * frame, 180]])
        seen = Detections(box, [0.9], ["player"])
        track = Tracks(np.array([1]), box, np.ones(1), np.array(["player"], "<U10"), np.array([0]))
        assert not len(blurring.boxes(seen, track, None, frame / 25, False))


def test_nothing_of_a_pattern_is_left_and_nothing_outside_changes() -> None:
    image = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    before = image.copy()
    blur_boxes(
        image, np.array([[100.0, 60.0, 140.0, 160.0], [290, 200, 400, 300], [-90, -90, -40, -25]])
    )
    inside, source = image[65:155, 105:135].astype(float), before[65:155, 105:135].astype(float)
    assert inside.std() < 0.2 * source.std()
    assert np.array_equal(image[:40], before[:40])
    assert np.array_equal(image[:, 160:250], before[:, 160:250])
    assert not np.array_equal(image[210:, 300:], before[210:, 300:])
