"""Gaps of a track: what is filled, with what, and what is left open."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.boxes import iou_matrix
from touchline.errors import InputError
from touchline.linking.config import InterpolationConfig
from touchline.linking.interpolate import interpolate_gaps
from touchline.types import Tracks, TrackTable, identity_motion

FPS = 25.0
ONE_SECOND = InterpolationConfig(max_gap_seconds=1.0)


def _times(count: int, first_frame: int = 0, fps: float = FPS) -> NDArray[np.float64]:
    return (np.arange(count) + first_frame) / fps


def _table(
    rows: list[tuple[int, int, tuple[float, float, float, float]]], fps: float = FPS
) -> TrackTable:
    """A table of (frame, id, box) with score 0.5 and role player."""
    return TrackTable.from_frames(
        [
            (
                frame,
                frame / fps,
                Tracks(
                    np.array([track_id]),
                    np.array([box], np.float64),
                    np.array([0.5]),
                    np.array(["player"], "<U10"),
                    np.array([3]),
                ),
            )
            for frame, track_id, box in rows
        ]
    )


def _same(a: TrackTable, b: TrackTable) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in TrackTable.__slots__)


def _box_at(frame: float, velocity: float = 3.0) -> tuple[float, float, float, float]:
    return (100 + velocity * frame, 200 - frame, 130 + velocity * frame, 280 + frame)


def test_no_tracks_and_no_frames_stay_empty() -> None:
    assert len(interpolate_gaps(TrackTable.empty(), np.empty(0), ONE_SECOND)) == 0


def test_gap_is_filled_with_marked_boxes_of_the_same_person() -> None:
    table = _table([(2, 7, _box_at(2)), (6, 7, _box_at(6)), (2, 8, _box_at(2))])
    filled = interpolate_gaps(table, _times(10), ONE_SECOND)
    new = filled[filled.interpolated]
    assert new.frames.tolist() == [3, 4, 5]
    assert new.ids.tolist() == [7, 7, 7]
    assert new.times == pytest.approx([0.12, 0.16, 0.20])
    assert new.roles.tolist() == ["player"] * 3
    assert new.rows is not None
    assert new.rows.tolist() == [-1] * 3  # no detections
    assert new.boxes == pytest.approx(np.array([_box_at(frame) for frame in (3, 4, 5)]))
    assert _same(filled[~filled.interpolated], table)


def test_score_moves_from_one_end_to_the_other() -> None:
    table = _table([(0, 1, _box_at(0)), (4, 1, _box_at(4))])
    table.scores[:] = [0.8, 0.4]
    filled = interpolate_gaps(table, _times(5), ONE_SECOND)
    assert filled.scores == pytest.approx([0.8, 0.7, 0.6, 0.5, 0.4])


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 30000 / 1001])
def test_the_longest_gap_is_a_time_at_every_frame_rate(fps: float) -> None:
    longest = int(fps + 1e-9)
    for length, is_filled in ((longest, True), (longest + 1, False)):
        table = _table([(0, 1, _box_at(0)), (length, 1, _box_at(length))], fps)
        filled = interpolate_gaps(table, _times(100, fps=fps), ONE_SECOND)
        assert len(filled) == (length + 1 if is_filled else 2)


def test_zero_seconds_fill_nothing() -> None:
    table = _table([(0, 1, _box_at(0)), (2, 1, _box_at(2))])
    assert _same(interpolate_gaps(table, _times(3), InterpolationConfig(max_gap_seconds=0)), table)


def test_line_follows_time_where_frames_are_not_evenly_spaced() -> None:
    times = np.array([0.0, 0.1, 0.4])
    filled = interpolate_gaps(
        _table([(0, 1, (0, 0, 10, 10)), (2, 1, (40, 0, 50, 10))]), times, ONE_SECOND
    )
    assert filled.boxes[1] == pytest.approx([10.0, 0.0, 20.0, 10.0])


def test_standing_time_stamps_do_not_break_the_line() -> None:
    filled = interpolate_gaps(
        _table([(0, 1, (0, 0, 10, 10)), (2, 1, (40, 0, 50, 10))]), np.zeros(3), ONE_SECOND
    )
    assert filled.boxes[1] == pytest.approx([20.0, 0.0, 30.0, 10.0])


@pytest.mark.parametrize(("cut", "is_filled"), [(2, True), (3, False), (6, False), (7, True)])
def test_gap_across_a_shot_cut_stays_open(cut: int, is_filled: bool) -> None:
    table = _table([(2, 7, _box_at(2)), (6, 7, _box_at(6))])
    filled = interpolate_gaps(table, _times(10), ONE_SECOND, cuts=[0, cut])
    assert len(filled) == (5 if is_filled else 2)


def test_clip_that_is_read_from_frame_500_on_is_filled_too() -> None:
    table = _table([(502, 7, _box_at(2)), (506, 7, _box_at(6))])
    filled = interpolate_gaps(table, _times(10, 500), ONE_SECOND, first_frame=500, cuts=[500])
    assert filled.frames.tolist() == [502, 503, 504, 505, 506]
    assert filled.boxes == pytest.approx(np.array([_box_at(frame) for frame in range(2, 7)]))
    assert filled.times == pytest.approx(np.arange(502, 507) / FPS)


def test_person_who_left_the_image_is_not_drawn_while_away() -> None:
    leaves_and_returns = _table([(0, 1, (1, 50, 20, 90)), (9, 1, (5, 60, 30, 95))])
    hidden_near_border = _table([(0, 1, (1, 50, 20, 90)), (9, 1, (50, 60, 80, 95))])
    size = (1280, 720)
    for table, count in ((leaves_and_returns, 2), (hidden_near_border, 10)):
        filled = interpolate_gaps(table, _times(10), ONE_SECOND, image_size=size)
        assert len(filled) == count
        assert len(interpolate_gaps(table, _times(10), ONE_SECOND)) == 10


def test_no_gap_is_filled_through_somebody_else() -> None:
    walker = [(frame, 1, (4.0 * frame, 100, 4.0 * frame + 30, 180)) for frame in (0, 1, 29, 30)]
    stander = [(frame, 2, (60.0, 100, 90.0, 180)) for frame in range(31)]
    config = InterpolationConfig(max_gap_seconds=2.0)
    filled = interpolate_gaps(_table([*walker, *stander]), _times(31), config)
    new = filled[filled.interpolated]
    ious = iou_matrix(new.boxes, np.array([[60.0, 100, 90.0, 180]]))[:, 0]
    # From frame 13 to 17 the line overlaps the other by more than half: those boxes alone are left
    # out, and where he is not detected himself nothing is.
    assert (ious <= 0.5).all()
    assert new.frames.tolist() == [*range(2, 13), *range(18, 29)]
    away = [row for row in stander if not 13 <= row[0] <= 17]
    seen = interpolate_gaps(_table([*walker, *away]), _times(31), config)
    assert len(seen[seen.interpolated]) == 27 + 5
    hidden = config.model_copy(update={"max_overlap": 1.0})
    every = interpolate_gaps(_table([*walker, *stander]), _times(31), hidden)
    assert every[every.interpolated].frames.tolist() == list(range(2, 29))
    again = interpolate_gaps(filled, _times(31), config)
    assert _same(again, filled)


def _moving_camera(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Motions (count, 2, 3) of a camera that pans and zooms unevenly, and the chained maps."""
    rng = np.random.default_rng(seed)
    motions = np.empty((count, 2, 3))
    chain = np.empty((count, 3, 3))
    current = np.eye(3)
    for frame in range(count):
        zoom = rng.uniform(0.97, 1.03)
        shift = rng.uniform(-40, 40, 2)
        motions[frame] = [[zoom, 0, shift[0]], [0, zoom, shift[1]]]
        current = np.vstack([motions[frame], [0, 0, 1]]) @ current
        chain[frame] = current
    return motions, chain


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), start=st.integers(0, 10), length=st.integers(2, 20))
def test_steady_run_is_reproduced_under_a_shaking_camera(
    seed: int, start: int, length: int
) -> None:
    motions, chain = _moving_camera(35, seed)
    rng = np.random.default_rng(seed + 1)
    place, velocity, size = rng.uniform(0, 500, 2), rng.uniform(-9, 9, 2), rng.uniform(20, 90, 2)

    def seen(frame: int) -> tuple[float, float, float, float]:
        """A steady run in the coordinates of the first frame, as this frame's camera sees it."""
        centre = (chain[frame] @ [*(place + velocity * frame), 1.0])[:2]
        half = size * chain[frame, 0, 0] / 2
        return (*(centre - half), *(centre + half))

    rows = [(frame, 3, seen(frame)) for frame in range(start + 1)]
    rows += [(frame, 3, seen(frame)) for frame in range(start + length, 35)]
    first_frame = 100
    shifted = [(frame + first_frame, track_id, box) for frame, track_id, box in rows]
    filled = interpolate_gaps(
        _table(shifted), _times(35, first_frame), ONE_SECOND, first_frame=100, motions=motions
    )
    assert filled.frames.tolist() == list(range(100, 135))
    expected = np.array([seen(frame) for frame in range(35)])
    assert filled.boxes == pytest.approx(expected, abs=1e-6)


tracks_with_holes = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 3)), max_size=40, unique=True
)


@settings(max_examples=80, deadline=None)
@given(
    places=tracks_with_holes,
    seconds=st.floats(0, 1.5),
    cuts=st.lists(st.integers(0, 60), max_size=3).map(sorted),
    seed=st.integers(0, 1000),
)
def test_filling_keeps_detections_adds_only_inside_gaps_and_is_idempotent(
    places: list[tuple[int, int]], seconds: float, cuts: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for frame, track_id in places:
        x, y, w, h = rng.uniform(1, 100, 4)
        rows.append((frame, track_id, (x, y, x + w, y + h)))
    table = _table(rows)
    motions, _ = _moving_camera(61, seed)
    config = InterpolationConfig(max_gap_seconds=seconds, max_overlap=1.0)
    filled = interpolate_gaps(table, _times(61), config, cuts=cuts, motions=motions)

    assert _same(filled[~filled.interpolated], table)
    keys = list(zip(filled.frames.tolist(), filled.ids.tolist(), strict=True))
    assert keys == sorted(set(keys))
    expected = set(places)
    for track_id in {track_id for _, track_id in places}:
        frames = sorted(frame for frame, other in places if other == track_id)
        for left, right in pairwise(frames):
            short = (right - left) / FPS <= seconds + 1e-6
            if short and not any(left < cut <= right for cut in cuts):
                expected |= {(frame, track_id) for frame in range(left, right)}
    assert set(keys) == expected
    assert (filled.boxes[:, 2:] > filled.boxes[:, :2]).all()
    again = interpolate_gaps(filled, _times(61), config, cuts=cuts, motions=motions)
    assert _same(again, filled)


def test_still_camera_is_the_same_as_no_camera() -> None:
    table = _table([(0, 1, _box_at(0)), (9, 1, _box_at(9)), (12, 1, _box_at(30))])
    still = np.tile(identity_motion(), (20, 1, 1))
    with_motion = interpolate_gaps(table, _times(20), ONE_SECOND, motions=still)
    without = interpolate_gaps(table, _times(20), ONE_SECOND)
    assert with_motion.boxes == pytest.approx(without.boxes, abs=1e-9)


def test_wrong_arrays_are_refused_in_words() -> None:
    table = _table([(0, 1, _box_at(0)), (9, 1, _box_at(9))])
    with pytest.raises(InputError, match="from frame 0 to 9, but times are given for 0 to 4"):
        interpolate_gaps(table, _times(5), ONE_SECOND)
    with pytest.raises(InputError, match="from frame 0 to 9, but times are given for 5 to 24"):
        interpolate_gaps(table, _times(20), ONE_SECOND, first_frame=5)
    with pytest.raises(InputError, match=r"motions have shape \(3, 2, 3\); \(20, 2, 3\)"):
        interpolate_gaps(table, _times(20), ONE_SECOND, motions=np.zeros((3, 2, 3)))
    motions = np.tile(identity_motion(), (20, 1, 1))
    motions[4] = np.nan
    with pytest.raises(InputError, match="motion to frame 4 is not invertible"):
        interpolate_gaps(table, _times(20), ONE_SECOND, motions=motions)


def test_a_player_at_the_border_is_there_in_frames_that_nobody_looked_at() -> None:
    at_border = (0.0, 200.0, 30.0, 280.0)
    table = _table([(0, 1, at_border), (3, 1, at_border), (9, 1, at_border)])
    looked = np.arange(10) % 3 == 0
    filled = interpolate_gaps(table, _times(10), ONE_SECOND, image_size=(1280, 720), looked=looked)
    assert filled.frames.tolist() == [0, 1, 2, 3, 9]  # was looked for in frame 6, and not seen
