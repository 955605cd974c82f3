"""Scenes in which every person has a lane of his own, so that who is shown as whom is certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from touchline.metrics.alignment import Alignment, align
from touchline.types import TrackTable

Rows = Iterable[tuple[int, int, int]]
"""Frame, id and lane of each box."""

Spans = Mapping[int, Sequence[tuple[float, float]]]
"""For each true identity the seconds, from and to, in which he is in view."""


def lane_table(rows: Rows) -> TrackTable:
    """Boxes 40 by 90 pixels, those of one lane all at one place."""
    columns = np.array(sorted(rows), np.int64).reshape(-1, 3)
    frames, ids, lanes = columns.T
    left = 100.0 * lanes
    count = len(columns)
    return TrackTable(
        frames,
        frames / 25.0,
        ids,
        np.column_stack([left, np.zeros(count), left + 40.0, np.full(count, 90.0)]),
        np.ones(count),
        np.full(count, "person"),
        np.zeros(count, np.bool_),
    )


def lanes(
    frame_rate: float, truth: Spans, shown: Iterable[tuple[int, int, float, float]]
) -> Alignment:
    """``truth``, and a result of ``(predicted id, identity, from, to)`` in seconds.

    A result box is there only in frames in which the person is.
    """

    def frames(start: float, end: float) -> range:
        return range(round(start * frame_rate), round(end * frame_rate))

    true_rows = {
        (frame, identity, identity)
        for identity, spans in truth.items()
        for span in spans
        for frame in frames(*span)
    }
    there = {(frame, lane) for frame, _, lane in true_rows}
    result_rows = [
        (frame, predicted, identity)
        for predicted, identity, start, end in shown
        for frame in frames(start, end)
        if (frame, identity) in there
    ]
    return align(lane_table(true_rows), lane_table(result_rows), frame_rate)


@st.composite
def shown_people(draw: st.DrawFn) -> dict[int, dict[int, int | None]]:
    """For each of a few people, for each of his frames, the id he is shown under, None: none."""
    people: dict[int, dict[int, int | None]] = {}
    taken: set[tuple[int, int]] = set()
    runs = st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 12), st.none() | st.integers(1, 5)),
        min_size=1,
        max_size=8,
    )
    for identity in range(1, draw(st.integers(1, 4)) + 1):
        frame = 0
        people[identity] = {}
        for gap, length, predicted in draw(runs):
            frame += gap
            for _ in range(length):
                free = predicted is not None and (frame, predicted) not in taken
                people[identity][frame] = predicted if free else None
                if free and predicted is not None:
                    taken.add((frame, predicted))
                frame += 1
    return people


def tables(people: dict[int, dict[int, int | None]]) -> tuple[TrackTable, TrackTable]:
    """Truth and result of ``shown_people``."""
    truth = [(frame, person, person) for person, row in people.items() for frame in row]
    result = [
        (frame, shown, person)
        for person, row in people.items()
        for frame, shown in row.items()
        if shown is not None
    ]
    return lane_table(truth), lane_table(result)
