"""Eleven of a team and one keeper a side, and whoever is one too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import Appearance
from touchline.evidence.calibration import Calibration
from touchline.linking.groups import Evidence, Groups
from touchline.linking.sides import Sides, fill_sides


def _groups(odds: NDArray[np.float64], excluded: NDArray[np.bool_] | None = None) -> Groups:
    """Tracklets on their own, with these log odds of any two being one person."""
    count = len(odds)
    looks = Appearance(Calibration(0, 0, 0), 1.0, np.zeros((count, 1), np.float32), np.zeros(count))
    nobody = np.zeros((count, count), np.bool_) if excluded is None else excluded
    still = np.zeros((count, count), np.float32)
    return Groups(Evidence(looks, still, odds.astype(np.float32), np.ones(count), nobody, 0.0))


def _sides(votes: NDArray[np.float64], size: int = 11, seconds: float = 4.0) -> Sides:
    return Sides(np.full(len(votes), seconds), seconds * votes, size)


def _team(count: int, side: int = 0) -> NDArray[np.float64]:
    return np.tile(np.eye(3)[side], (count, 1))


def test_a_twelfth_player_is_the_likeliest_of_the_eleven() -> None:
    odds = np.full((12, 12), 0.1)
    odds[3, 11] = odds[11, 3] = 0.7
    groups = _groups(odds)
    fill_sides(groups, _sides(_team(12)))
    assert groups.members(3).tolist() == [3, 11]
    assert len(groups.names()) == 11


def test_eleven_are_left_as_they_are_and_so_are_glances_and_people_of_no_side() -> None:
    odds = np.full((14, 14), 2.0)
    for sides in (
        _sides(np.concatenate([_team(11), np.zeros((3, 3))])),
        _sides(_team(14), seconds=0.5),
        _sides(0.5 * _team(14)),
        _sides(np.concatenate([_team(11), _team(2, 1), _team(1, 2)])),
    ):
        groups = _groups(odds)
        fill_sides(groups, sides)
        assert len(groups.names()) == 14


def test_who_is_seen_at_once_or_likelier_somebody_else_stays_apart() -> None:
    groups = _groups(np.full((13, 13), 3.0), ~np.eye(13, dtype=np.bool_))
    fill_sides(groups, _sides(_team(13)))
    assert len(groups.names()) == 13
    groups = _groups(np.full((13, 13), -0.1))
    fill_sides(groups, _sides(_team(13)))
    assert len(groups.names()) == 13


def test_a_third_keeper_is_one_of_the_two() -> None:
    odds = np.array([[0.0, -3.0, 0.4], [-3.0, 0.0, 0.2], [0.4, 0.2, 0.0]])
    groups = _groups(odds)
    fill_sides(groups, _sides(_team(3, 2)))
    assert groups.labels.tolist() == [0, 1, 0]


def test_nobody_is_no_side() -> None:
    groups = _groups(np.zeros((0, 0)))
    fill_sides(groups, _sides(np.zeros((0, 3))))
    assert not len(groups.names())
