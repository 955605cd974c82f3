"""A shirt number is what several readings of a tracklet agree on; else it is not known."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchline.clothes.numbers import NumberTable, vote_numbers
from touchline.identities import UNKNOWN


def vote(*readings: tuple[int, int, float]) -> NumberTable:
    """The vote over rows of (tracklet, number, confidence)."""
    columns = list(zip(*readings, strict=True)) or [(), (), ()]
    return vote_numbers(
        np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2])
    )


def one(*readings: tuple[int, float]) -> int:
    """The number of one tracklet that was read so."""
    return int(vote(*((5, number, score) for number, score in readings)).numbers[0])


def test_readings_that_agree_are_the_number() -> None:
    table = vote((3, 24, 0.9), (3, -1, 0.0), (3, 24, 0.8), (9, 7, 0.9), (9, 7, 0.9), (9, 7, 0.9))
    assert table.track_ids.tolist() == [3, 9]
    assert table.numbers.tolist() == [24, 7]
    assert (table.confidences > 0.6).all()


def test_one_reading_is_not_enough_however_sure() -> None:
    assert one((24, 1.0)) == UNKNOWN


def test_a_single_digit_needs_more_readings_than_two() -> None:
    assert one((24, 0.9), (24, 0.9)) == 24
    assert one((7, 0.9), (7, 0.9)) == UNKNOWN


def test_half_of_a_number_does_not_speak_against_it() -> None:
    readings = [(24, 0.9), (24, 0.9), (2, 0.8), (4, 0.8)]
    assert one(*readings) == 24
    assert one(*readings[:2], (7, 0.8), (8, 0.8)) == UNKNOWN


def test_contradiction_lowers_the_confidence_and_then_leaves_no_number() -> None:
    agreed = vote(*[(1, 24, 0.9)] * 4)
    doubted = vote(*[(1, 24, 0.9)] * 4, (1, 35, 0.9))
    split = vote(*[(1, 24, 0.9)] * 3, *[(1, 35, 0.9)] * 3)
    assert agreed.confidences[0] > doubted.confidences[0] > split.confidences[0] == 0.0
    assert split.numbers[0] == UNKNOWN


def test_tracklets_without_a_reading_are_listed_as_unknown() -> None:
    table = vote((4, -1, 0.0), (2, -1, 0.0))
    assert table.track_ids.tolist() == [2, 4]
    assert table.numbers.tolist() == [UNKNOWN, UNKNOWN]


def test_no_tracklets_have_no_numbers() -> None:
    assert len(vote()) == 0
    assert len(NumberTable.empty()) == 0


READINGS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-1, 99), st.floats(0, 1, width=16)), max_size=30
)


@given(READINGS, st.randoms(use_true_random=False))
def test_the_vote_does_not_depend_on_the_order_of_boxes(
    readings: list[tuple[int, int, float]], random: Random
) -> None:
    shuffled = list(readings)
    random.shuffle(shuffled)
    before, after = vote(*readings), vote(*shuffled)
    assert before.numbers.tolist() == after.numbers.tolist()
    np.testing.assert_allclose(before.confidences, after.confidences)
    assert ((before.confidences > 0) == (before.numbers != UNKNOWN)).all()
