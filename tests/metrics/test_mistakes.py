"""The moments at which constructed people are shown under wrong ids."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lanes import lane_table, lanes, shown_people, tables

from touchline.metrics.alignment import align
from touchline.metrics.mistakes import Mistake, mistakes
from touchline.metrics.reentry import reentry

RATES = [25.0, 50.0]
TWO = {1: [(0, 30)], 2: [(0, 30)]}


def facts(found: list[Mistake]) -> list[tuple[object, ...]]:
    """What does not depend on the frame rate."""
    return [
        (one.kind, one.identity, one.before, one.after, one.owner, round(one.time, 6), one.seconds)
        for one in found
    ]


@pytest.mark.parametrize("rate", RATES)
def test_two_who_trade_ids_are_two_switches(rate: float) -> None:
    shown = [(7, 1, 0, 10), (8, 2, 0, 10), (8, 1, 10, 30), (7, 2, 10, 30)]
    found = mistakes(lanes(rate, TWO, shown))
    assert facts(found) == [
        ("switch", 1, 7, 8, 2, 10.0, 20.0),
        ("switch", 2, 8, 7, 1, 10.0, 20.0),
    ]
    assert found[0].frame == 10 * rate


@pytest.mark.parametrize("rate", RATES)
def test_a_fresh_id_in_view_is_a_split(rate: float) -> None:
    shown = [(7, 1, 0, 10), (9, 1, 10, 30), (8, 2, 0, 30)]
    assert facts(mistakes(lanes(rate, TWO, shown))) == [("split", 1, 7, 9, None, 10.0, 20.0)]


@pytest.mark.parametrize("rate", RATES)
def test_going_back_to_his_own_id_ends_a_mistake_and_is_none(rate: float) -> None:
    shown = [(7, 1, 0, 10), (9, 1, 10, 14), (7, 1, 14, 30)]
    assert facts(mistakes(lanes(rate, TWO, shown))) == [("split", 1, 7, 9, None, 10.0, 4.0)]


@pytest.mark.parametrize("rate", RATES)
def test_flicker_is_left_out_until_it_lasts(rate: float) -> None:
    def scene(length: float) -> list[Mistake]:
        shown = [(7, 1, 0, 10), (8, 1, 10, 10 + length), (7, 1, 10 + length, 30), (8, 2, 0, 10)]
        return mistakes(lanes(rate, TWO, shown))

    assert scene(0.48) == []
    assert [one.kind for one in scene(0.52)] == ["switch"]


def test_how_long_flicker_lasts_is_a_setting() -> None:
    scene = lanes(25.0, TWO, [(7, 1, 0, 10), (9, 1, 10, 12), (7, 1, 12, 30)])
    assert len(mistakes(scene, settled_seconds=2.0)) == 1
    assert mistakes(scene, settled_seconds=2.04) == []


def test_frames_without_a_match_do_not_part_an_id() -> None:
    shown = [(7, 1, 0, 10), (9, 1, 10, 10.4), (9, 1, 10.8, 11.2), (7, 1, 12, 30)]
    assert facts(mistakes(lanes(25.0, TWO, shown))) == [("split", 1, 7, 9, None, 10.0, 0.8)]


@pytest.mark.parametrize("rate", RATES)
def test_returns_are_listed_as_reentry_judges_them(rate: float) -> None:
    truth = {1: [(0, 5), (9, 12)], 2: [(0, 12)], 3: [(0, 5), (8, 12)], 4: [(0, 5), (7, 12)]}
    shown = [
        (7, 1, 0, 5),
        (8, 2, 0, 9),
        (8, 1, 9, 12),  # takes the id of 2
        (6, 3, 0, 5),
        (9, 3, 8, 12),  # gets a fresh one
        (5, 4, 0, 12),
    ]
    assert facts(mistakes(lanes(rate, truth, shown))) == [
        ("stolen on return", 1, 7, 8, 2, 9.0, 3.0),
        ("new on return", 3, 6, 9, None, 8.0, 4.0),
    ]


def test_a_player_found_again_late_is_a_split() -> None:
    scene = lanes(25.0, {1: [(0, 5), (9, 20)]}, [(7, 1, 0, 5), (9, 1, 12, 20)])
    assert reentry(scene).unmatched == 1
    assert facts(mistakes(scene)) == [("split", 1, 7, 9, None, 12.0, 8.0)]


def test_a_short_absence_is_no_return() -> None:
    scene = lanes(25.0, {1: [(0, 5), (5.8, 20)]}, [(7, 1, 0, 5), (9, 1, 5.8, 20)])
    assert [one.kind for one in mistakes(scene)] == ["split"]


def test_mixing_two_people_is_worse_than_cutting_one_and_longer_is_worse() -> None:
    truth = {1: [(0, 30)], 2: [(0, 29)], 3: [(0, 30)], 4: [(0, 30)]}
    shown = [
        *((7, 1, 0, 2), (11, 1, 2, 30)),  # split for 28 s
        *((8, 2, 0, 25), (12, 2, 25, 30)),  # split for 4 s
        *((9, 3, 0, 20), (10, 3, 20, 30)),  # switch for 10 s
        *((10, 4, 0, 18), (9, 4, 27, 30)),  # switch for 3 s
    ]
    found = mistakes(lanes(25.0, truth, shown))
    assert [(one.identity, round(one.seconds)) for one in found] == [
        (3, 10),
        (4, 3),
        (1, 28),
        (2, 4),
    ]


def test_nothing_goes_wrong_where_nothing_is() -> None:
    nothing, one = lane_table([]), lane_table([(0, 1, 1)])
    for truth, result in ((nothing, nothing), (one, nothing), (nothing, one), (one, one)):
        assert mistakes(align(truth, result, 25.0)) == []


@given(shown_people())
def test_perfect_tracks_make_no_mistake(people: dict[int, dict[int, int | None]]) -> None:
    truth, _ = tables(people)
    assert mistakes(align(truth, truth, 5.0)) == []


@given(shown_people())
def test_mistakes_on_return_are_those_of_reentry(
    people: dict[int, dict[int, int | None]],
) -> None:
    scene = align(*tables(people), 5.0)
    found = mistakes(scene)
    kinds = Counter(one.kind for one in found)
    judged = reentry(scene)
    assert kinds["stolen on return"] == judged.stolen
    assert kinds["new on return"] == judged.new
    for one in found:
        assert one.seconds > 0 or one.kind.endswith("return")
        assert one.before != one.after
        assert (one.owner is None) == (one.kind in ("split", "new on return"))
        assert one.owner != one.identity


@given(shown_people(), st.permutations(range(-3, 3)))
def test_other_predicted_ids_change_nothing_else(
    people: dict[int, dict[int, int | None]], ids: list[int]
) -> None:
    truth, result = tables(people)
    plain = mistakes(align(truth, result, 5.0))
    renamed = mistakes(align(truth, result.with_ids(np.array(ids)[result.ids]), 5.0))
    assert renamed == [replace(one, before=ids[one.before], after=ids[one.after]) for one in plain]
