"""Decisions about who came back, on hand-made candidates."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.tracking.config import ReentryConfig
from touchline.tracking.reentry import (
    Candidates,
    feet_of,
    find_returns,
    sure_pairs,
    way_distances,
)

CONFIG = ReentryConfig()
LOOKS = np.eye(4, dtype=np.float32)


def people(
    xs: list[float],
    looks: list[int],
    time: float,
    *,
    placed: bool = True,
    border: bool = False,
    looks_like: NDArray[np.float32] = LOOKS,
) -> Candidates:
    """Candidates 100 px high at these places, last or first seen at ``time``."""
    count = len(xs)
    return Candidates(
        np.array([[x, 400.0, 100.0] for x in xs]).reshape(count, 3),
        np.full(count, time),
        looks_like[looks],
        np.full(count, placed),
        np.full(count, border),
    )


def test_player_who_looks_the_same_and_is_near_returns() -> None:
    absent = people([100, 120], [0, 1], time=1.0)
    assert find_returns(absent, people([150], [1], time=5.0), 5.5, CONFIG) == [(1, 0)]


def test_two_who_return_at_once_are_told_apart_together() -> None:
    absent = people([100, 120], [0, 1], time=1.0)
    new = people([130, 110], [1, 0], time=5.0)
    assert sorted(find_returns(absent, new, 5.5, CONFIG)) == [(0, 1), (1, 0)]


def test_two_alike_candidates_leave_the_new_track_new() -> None:
    absent = people([100, 110], [0, 0], time=1.0)
    assert find_returns(absent, people([105], [0], time=5.0), 5.5, CONFIG) == []


def test_another_look_is_not_taken_for_a_return() -> None:
    assert find_returns(people([100], [0], 1.0), people([100], [1], 5.0), 5.5, CONFIG) == []


def test_nobody_runs_thirty_body_heights_in_a_second() -> None:
    new = people([3100], [0], time=2.0)
    assert find_returns(people([100], [0], time=1.0), new, 2.0, CONFIG) == []


def test_nobody_returns_before_he_left() -> None:
    assert find_returns(people([100], [0], 5.0), people([100], [0], 4.0), 6.0, CONFIG) == []


def test_nobody_returns_after_the_longest_absence() -> None:
    late = 1.0 + CONFIG.max_absent_seconds + 0.1
    assert find_returns(people([100], [0], 1.0), people([100], [0], late), late, CONFIG) == []


def test_player_who_left_over_the_border_does_not_appear_in_the_middle() -> None:
    absent = people([100], [0], time=1.0, border=True)
    assert find_returns(absent, people([120], [0], 5.0), 5.5, CONFIG) == []
    assert find_returns(absent, people([120], [0], 5.0, border=True), 5.5, CONFIG) == [(0, 0)]


def test_after_a_cut_appearance_alone_decides_wherever_the_player_is() -> None:
    absent = people([100], [0], time=1.0, placed=False, border=True)
    assert find_returns(absent, people([5000], [0], 5.0), 5.5, CONFIG) == [(0, 0)]


def test_nobody_absent_or_nobody_new_gives_no_pairs() -> None:
    some, none = people([100], [0], 1.0), people([], [], 1.0)
    assert find_returns(none, some, 2.0, CONFIG) == []
    assert find_returns(some, none, 2.0, CONFIG) == []


def test_way_counts_body_heights_and_depth_by_its_foreshortening() -> None:
    start = np.array([[0.0, 0.0, 100.0]])
    reach = CONFIG.max_jump + 2.0 * CONFIG.max_speed
    ends = np.array([[300.0, 0.0, 100.0], [0.0, 100.0, 100.0], [600.0, 0.0, 300.0]])
    ways = way_distances(start, ends, np.array([[2.0]]), CONFIG)
    np.testing.assert_allclose(ways, [[3 / reach, 3 / reach, 3 / reach]])


def test_margin_is_what_the_best_joint_assignment_without_the_pair_costs_more() -> None:
    # Each column's own row is nearest by 0.05, but changing partners costs both of them.
    distances = np.array([[0.10, 0.15], [0.15, 0.10]])
    assert len(sure_pairs(distances, 0.5, 0.09)) == 2
    assert sure_pairs(distances, 0.5, 0.11) == []
    # A pair must also beat leaving the new track alone by the margin.
    assert sure_pairs(np.array([[0.45]]), 0.5, 0.1) == []


def test_feet_are_the_middle_of_the_lower_edge_and_the_height() -> None:
    assert feet_of(np.array([[10.0, 20, 30, 80]])) == pytest.approx(np.array([[20, 80, 60]]))
