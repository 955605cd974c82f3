"""A track on part of a person who has one already is dropped; a hidden person is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas, intersection_areas, iou_matrix
from touchline.linking.config import LinkConfig
from touchline.linking.doubles import find_doubles, tracklets_at_gaps
from touchline.linking.overlaps import are_level, boxes_inside, paired_ious
from touchline.linking.pipeline import LinkedClip, link_clip
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.types import Detections, TrackTable, identity_motion

MAN = (100.0, 100.0, 140.0, 200.0)
UPPER_HALF = (102.0, 100.0, 138.0, 150.0)
FAR = (400.0, 100.0, 440.0, 200.0)


def table(*tracks: tuple[int, range, tuple[float, float, float, float]]) -> TrackTable:
    """A table of (id, frames, box that stands still) at 25 frames a second."""
    parts = []
    for track, frames, box in tracks:
        count = len(frames)
        parts.append(
            TrackTable(
                np.array(frames),
                np.array(frames) / 25,
                np.full(count, track),
                np.tile(np.array(box), (count, 1)),
                np.ones(count),
                np.full(count, "person", "<U10"),
                np.zeros(count, np.bool_),
            )
        )
    return TrackTable.concatenate(parts)


def doubled(tracks: TrackTable, max_share: float = 0.35) -> set[int]:
    """Ids of which every piece is a double."""
    tracklet_ids = tracklets_at_gaps(tracks, 0.3)
    gone = find_doubles(tracks, tracklet_ids, max_share)
    return set(tracks.ids.tolist()) - set(tracks.ids[~gone[tracklet_ids]].tolist())


def test_a_track_on_the_upper_half_of_a_person_is_a_double() -> None:
    assert doubled(table((1, range(100), MAN), (2, range(30, 50), UPPER_HALF))) == {2}


def test_two_side_by_side_or_one_before_the_other_are_two_people() -> None:
    beside = (125.0, 100.0, 165.0, 200.0)
    behind = (105.0, 60.0, 135.0, 150.0)  # head and feet both higher: farther away
    for other in (FAR, beside, behind):
        assert doubled(table((1, range(100), MAN), (2, range(30, 50), other))) == set()


def test_who_is_hidden_for_a_while_and_apart_before_and_after_is_a_person() -> None:
    hidden = [(2, range(30), FAR), (2, range(30, 42), UPPER_HALF), (2, range(42, 60), FAR)]
    assert doubled(table((1, range(100), MAN), *hidden)) == set()
    # As short a life, half of it inside the other, is a double.
    half = [(2, range(30, 36), FAR), (2, range(36, 42), UPPER_HALF)]
    assert doubled(table((1, range(100), MAN), *half)) == {2}
    assert doubled(table((1, range(100), MAN), *half), max_share=1.0) == set()


def test_a_piece_of_a_track_may_be_a_double_alone() -> None:
    tracks = table((1, range(100), MAN), (2, range(10), UPPER_HALF), (2, range(40, 100), FAR))
    tracklet_ids = tracklets_at_gaps(tracks, 0.3)
    gone = find_doubles(tracks, tracklet_ids, 0.35)
    assert set(tracks.frames[gone[tracklet_ids]].tolist()) == set(range(10))
    assert set(tracks.ids[gone[tracklet_ids]].tolist()) == {2}


def test_of_two_boxes_of_one_life_neither_is_the_double() -> None:
    assert doubled(table((1, range(20), MAN), (2, range(20), UPPER_HALF))) == set()


def test_a_ball_at_somebodys_feet_is_no_double() -> None:
    tracks = table((1, range(100), MAN), (2, range(30, 50), (110.0, 190.0, 120.0, 200.0)))
    assert doubled(tracks) == {2}
    roles = np.where(tracks.ids == 2, "ball", "person").astype("<U10")
    assert doubled(replace(tracks, roles=roles)) == set()


def test_no_tracks_have_no_doubles() -> None:
    assert len(find_doubles(TrackTable.empty(), np.empty(0, np.int64), 0.35)) == 0


@pytest.mark.parametrize("method", ["online", "global"])
def test_a_clip_is_linked_without_the_double_and_says_how_many_boxes_went(method: str) -> None:
    def linked(share: float) -> LinkedClip:
        seen = []
        for frame in range(50):
            boxes = [MAN, FAR, UPPER_HALF] if 20 <= frame < 32 else [MAN, FAR]
            vectors = np.eye(4, dtype=np.float32)[: len(boxes)]
            found = Detections(boxes, np.full(len(boxes), 0.9), None, vectors)
            if frame % 2:
                found = found.with_numbers(np.arange(len(boxes)) + 10, np.ones(len(boxes)))
            found = found[np.roll(np.arange(len(boxes)), frame)]
            seen.append(Observation(frame, frame / 25, False, identity_motion(), found))
        config = LinkConfig.model_validate({"method": method, "max_double_share": share})
        return link_clip(seen, TrackerConfig(), config, frame_rate=25.0, image_size=(640, 360))

    with_double, without = linked(1.0), linked(0.35)
    assert len(set(with_double.table.ids.tolist())) == 3
    assert with_double.doubles == 0
    assert set(without.table.ids.tolist()) == {1, 2}
    assert without.doubles == len(with_double.table) - len(without.table) > 5
    assert len(without.table) == 100
    for clip in (with_double, without):  # each has the number of their own detections
        people = clip.clothes.identities(clip.table, 1 / 25)
        assert len(clip.clothes) == len(clip.table)
        for identity, number in zip(people.ids, people.numbers, strict=True):
            (box,) = np.unique(clip.table.boxes[clip.table.ids == identity], axis=0)
            assert box.tolist() == list([MAN, FAR, UPPER_HALF][number - 10])


@st.composite
def crowds(draw: st.DrawFn) -> tuple[NDArray[np.int64], Boxes]:
    counts = draw(st.lists(st.integers(0, 5), max_size=6))
    frames = np.repeat(np.arange(len(counts)) * 3, counts)
    numbers = np.random.default_rng(draw(st.integers(0, 1000)))
    corner = numbers.uniform(0, 60, (len(frames), 2))
    return frames, np.hstack([corner, corner + numbers.uniform(5, 60, (len(frames), 2))])


@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), share=st.sampled_from([0.0, 0.3, 0.7]))
def test_pairs_are_those_that_each_frame_alone_gives(
    crowd: tuple[NDArray[np.int64], Boxes], share: float
) -> None:
    frames, boxes = crowd
    inner, outer = boxes_inside(frames, boxes, share)
    expected = set()
    for i in range(len(frames)):
        for j in range(len(frames)):
            mine, other = boxes[[i]], boxes[[j]]
            inside = float(intersection_areas(mine, other)[0, 0] / areas(mine)[0])
            if i != j and frames[i] == frames[j] and inside > share:
                expected.add((i, j))
    assert set(zip(inner.tolist(), outer.tolist(), strict=True)) == expected
    overlaps = [iou_matrix(boxes[[i]], boxes[[j]])[0, 0] for i, j in zip(inner, outer, strict=True)]
    assert paired_ious(boxes[inner], boxes[outer]) == pytest.approx(np.array(overlaps))


def test_level_are_boxes_whose_heads_or_feet_meet() -> None:
    others = np.array([UPPER_HALF, (100.0, 150.0, 140.0, 199.0), (100.0, 130.0, 140.0, 170.0)])
    assert are_level(np.tile(MAN, (3, 1)), others).tolist() == [True, True, False]
