"""What speaks for a new track being an absent person, and who is claimed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.evidence.appearance import AppearanceModel
from touchline.evidence.calibration import Calibration
from touchline.evidence.population import PopulationScaleMeter
from touchline.tracking.config import ReentryConfig
from touchline.tracking.reentry import ReturnCandidates, confident_pairs, feet_of, return_log_odds

CONFIG = ReentryConfig(min_margin=1.0)
LIKENESS = AppearanceModel(Calibration(10.0, -4.0, 0.0), 1.0)


def people(
    xs: list[float],
    appearance: list[int],
    time: float,
    *,
    placed: bool = True,
    border: bool = False,
    seen: float = 4.0,
) -> ReturnCandidates:
    """Candidates 100 px high at these places, last or first seen at ``time``.

    seen: how many bins there are of each.
    """
    count = len(xs)
    return ReturnCandidates(
        np.array([[x, 400.0, 100.0] for x in xs]).reshape(count, 3),
        np.full(count, time),
        np.eye(4, dtype=np.float32)[appearance] * np.float32(seen),
        np.full(count, seen),
        np.full(count, placed),
        np.full(count, border),
    )


def weighed(absent: ReturnCandidates, new: ReturnCandidates) -> NDArray[np.float64]:
    return return_log_odds(absent, new, LIKENESS, PopulationScaleMeter().scale(), CONFIG)


def claimed(absent: ReturnCandidates, new: ReturnCandidates) -> list[tuple[int, int]]:
    return sorted(confident_pairs(weighed(absent, new), CONFIG.min_margin))


def test_player_who_looks_the_same_and_is_near_returns() -> None:
    assert claimed(people([100, 120], [0, 1], 1.0), people([150], [1], 5.0)) == [(1, 0)]


def test_two_who_return_at_once_are_told_apart_together() -> None:
    absent = people([100, 120], [0, 1], 1.0)
    assert claimed(absent, people([130, 110], [1, 0], 5.0)) == [(0, 1), (1, 0)]


def test_two_alike_candidates_leave_the_new_track_new() -> None:
    assert claimed(people([100, 110], [0, 0], 1.0), people([105], [0], 5.0)) == []


def test_without_a_margin_the_likeliest_is_taken() -> None:
    log_odds = weighed(people([100, 500], [0, 0], 1.0), people([105], [0], 5.0))
    assert confident_pairs(log_odds, ReentryConfig().min_margin) == [(0, 0)]


def test_another_look_is_not_taken_for_a_return_even_in_the_same_place() -> None:
    assert claimed(people([100], [0], 1.0), people([100], [1], 5.0)) == []


def test_far_and_soon_is_less_likely_than_near_or_late() -> None:
    absent = people([100], [0], 1.0)
    far_soon = weighed(absent, people([1600], [0], 2.0))[0, 0]
    assert far_soon < weighed(absent, people([300], [0], 2.0))[0, 0]
    assert far_soon < weighed(absent, people([1600], [0], 20.0))[0, 0]


def test_nobody_returns_before_he_left_or_after_the_longest_absence() -> None:
    absent = people([100], [0], 5.0)
    late = 5.0 + CONFIG.max_absent_seconds + 0.1
    for time in (4.0, 5.0, late):
        assert weighed(absent, people([100], [0], time))[0, 0] == -np.inf
        assert claimed(absent, people([100], [0], time)) == []


def test_who_left_over_the_border_rather_comes_back_there() -> None:
    absent = people([100], [0], 1.0, border=True)
    inside = weighed(absent, people([120], [0], 3.0))[0, 0]
    assert inside < weighed(absent, people([120], [0], 3.0, border=True))[0, 0]


def test_after_a_cut_appearance_alone_decides_wherever_the_player_is() -> None:
    absent = people([100], [0], 1.0, placed=False, border=True)
    near, far = people([100], [0], 5.0), people([5000], [0], 5.0)
    assert weighed(absent, near) == weighed(absent, far)
    assert claimed(absent, far) == [(0, 0)]


def test_without_appearance_only_motion_speaks_and_less_is_believed() -> None:
    absent, unseen = people([100], [0], 1.0), people([100], [1], 3.0, seen=0.0)
    without = weighed(absent, unseen)[0, 0]
    assert without < weighed(absent, people([100], [0], 3.0))[0, 0]
    assert without > weighed(absent, people([100], [1], 3.0))[0, 0]


def test_nobody_absent_or_nobody_new_gives_no_pairs() -> None:
    some, none = people([100], [0], 1.0), people([], [], 1.0)
    assert claimed(none, some) == []
    assert claimed(some, none) == []


def test_margin_is_what_the_best_joint_assignment_without_the_pair_loses() -> None:
    # Each column's own row is better by 0.5, but changing partners costs both of them.
    log_odds = np.array([[4.0, 3.5], [3.5, 4.0]])
    assert len(confident_pairs(log_odds, 0.9)) == 2
    assert confident_pairs(log_odds, 1.1) == []
    # A pair must also beat leaving the new track alone by the margin.
    assert confident_pairs(np.array([[0.5]]), 1.0) == []
    assert confident_pairs(np.array([[1.5]]), 1.0) == [(0, 0)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_claims_are_one_to_one_likely_and_fewer_for_a_larger_margin(data: st.DataObject) -> None:
    absent, new = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))
    values = st.floats(-8, 8) | st.just(-np.inf)
    drawn = data.draw(st.lists(values, min_size=absent * new, max_size=absent * new))
    log_odds = np.array(drawn, np.float64).reshape(absent, new)
    few, many = set(confident_pairs(log_odds, 2.0)), set(confident_pairs(log_odds, 0.5))
    assert few <= many
    assert len({row for row, _ in many}) == len({column for _, column in many}) == len(many)
    assert all(log_odds[pair] >= 0.5 for pair in many)
    shuffled = data.draw(st.permutations(range(new)))
    found = confident_pairs(log_odds[:, shuffled], 0.5)
    assert {(row, shuffled[column]) for row, column in found} == many


def test_feet_are_the_middle_of_the_lower_edge_and_the_height() -> None:
    assert feet_of(np.array([[10.0, 20, 30, 80]])) == pytest.approx(np.array([[20, 80, 60]]))
