"""Who is in view when, and under which id."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from lanes import lane_table, lanes, shown_people, tables

from touchline.metrics.alignment import align
from touchline.metrics.timeline import Timeline, timeline


def runs(found: Timeline) -> list[tuple[int, int, int, int | None]]:
    """Identity, first and last frame, predicted id of each run."""
    return [
        (
            int(found.identities[person]),
            int(first),
            int(last),
            int(found.ids[shown]) if shown >= 0 else None,
        )
        for person, first, last, shown in zip(
            found.people, found.first, found.last, found.shown, strict=True
        )
    ]


@pytest.mark.parametrize("rate", [25, 50])
def test_a_run_ends_where_the_id_changes_or_the_person_leaves(rate: int) -> None:
    scene = lanes(rate, {4: [(0, 3), (5, 6)], 9: [(2, 6)]}, [(7, 4, 0, 1), (8, 4, 2, 6)])
    found = timeline(scene)
    assert found.frame_rate == rate
    assert runs(found) == [
        (4, 0, rate - 1, 7),
        (4, rate, 2 * rate - 1, None),
        (4, 2 * rate, 3 * rate - 1, 8),
        (4, 5 * rate, 6 * rate - 1, 8),
        (9, 2 * rate, 6 * rate - 1, None),
    ]


def test_without_true_boxes_there_are_no_runs() -> None:
    nothing, one = lane_table([]), lane_table([(3, 1, 1)])
    assert len(timeline(align(nothing, one, 25.0))) == 0
    assert len(timeline(align(nothing, nothing, 25.0))) == 0
    assert runs(timeline(align(one, nothing, 25.0))) == [(1, 3, 3, None)]


@given(shown_people())
def test_runs_hold_each_true_box_once(people: dict[int, dict[int, int | None]]) -> None:
    found = runs(timeline(align(*tables(people), 5.0)))
    boxes = [
        (identity, frame, shown)
        for identity, first, last, shown in found
        for frame in range(first, last + 1)
    ]
    assert boxes == [
        (person, frame, row[frame]) for person, row in people.items() for frame in sorted(row)
    ]
    for (one, _, last, shown), (other, first, _, next_shown) in itertools.pairwise(found):
        assert one != other or first > last + 1 or shown != next_shown
