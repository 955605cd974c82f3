"""Which goal a team defends, from where its players stand beside the others."""

from __future__ import annotations

import numpy as np

from touchline.pitch.sides import find_sides
from touchline.types import Floats, Ints


def players(seconds: float, shift: Floats, count: int = 5) -> tuple[Floats, Floats, Ints]:
    """Times, x and teams of ``count`` a side; team 1 stands ``shift`` (S,) metres to the right of
    team 0, second by second.
    """
    times = np.arange(0.0, seconds, 1.0)
    moments = np.repeat(times, 2 * count)
    teams = np.tile(np.repeat([0, 1], count), len(times))
    spread = np.tile(np.linspace(-15, 15, count), 2 * len(times))
    return moments, spread + np.where(teams == 1, np.repeat(shift, 2 * count), 0.0), teams


def test_the_team_that_stands_further_left_defends_the_left_goal() -> None:
    times, x, teams = players(30, np.full(30, 3.0))
    assert 1.5 < find_sides(times, x, teams).overall() < 3.0
    assert find_sides(times, -x, teams).overall() < -1.5
    assert find_sides(times, x, 1 - teams).overall() < -1.5


def test_a_moment_of_play_says_little_and_a_few_people_nothing() -> None:
    assert 0 < find_sides(*players(5, np.full(5, 3.0))).overall() < 1.0
    nothing = find_sides(*players(30, np.full(30, 3.0), count=2))
    assert len(nothing.times) == 0
    assert nothing.overall() == 0.0
    assert nothing.at(np.array([3.0])).tolist() == [0.0]


def test_places_that_are_not_known_and_keepers_do_not_count() -> None:
    times, x, teams = players(30, np.full(30, 3.0))
    keeper, lost = np.full(30, -1), np.full(30, np.nan)
    with_others = find_sides(
        np.concatenate([times, times[::10], times[::10]]),
        np.concatenate([x, np.full(30, 50.0), lost]),
        np.concatenate([teams, keeper, np.zeros(30, np.int64)]),
    )
    assert with_others.overall() == find_sides(times, x, teams).overall()


def test_teams_change_ends_at_half_time() -> None:
    shift = np.where(np.arange(2400) < 1200, 3.0, -3.0)
    sides = find_sides(*players(2400, shift))
    assert sides.at(np.array([100.0, 800.0])).min() > 3
    assert sides.at(np.array([1600.0, 2300.0])).max() < -3
