"""What each published rule of association does that the others do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from touchline.tracking.assignments import assign_by_component, assign_mutually
from touchline.tracking.association import assign
from touchline.tracking.config import TrackerConfig
from touchline.tracking.past_boxes import corner_angles
from touchline.tracking.presets import PRESETS
from touchline.tracking.rows import TrackRows
from touchline.tracking.tracker import Tracker
from touchline.types import Detections, Tracks


def people(*lefts: float, top: float = 100.0) -> Detections:
    x = np.array(lefts, np.float64)
    boxes = np.stack([x, 0 * x + top, x + 20, 0 * x + top + 60], axis=1).reshape(-1, 4)
    return Detections(boxes, np.full(len(x), 0.9))


def pan(pixels: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[1.0, 0.0, pixels], [0.0, 1.0, 0.0]])


def followed(frames: list[Detections], camera: float = 0.0, **settings: Any) -> list[Tracks]:
    tracker = Tracker(TrackerConfig.model_validate(settings), image_size=(1280, 720))
    motion = pan(camera) if camera else None
    return [tracker.update(each, motion) for each in frames]


def ids(shown: list[Tracks]) -> set[int]:
    return {one for tracks in shown for one in tracks.ids.tolist()}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_follows_people_who_walk_while_the_camera_pans(preset: str) -> None:
    frames = [people(100 + 13.0 * f, 400 + 11.0 * f, 700 + 12.0 * f) for f in range(30)]
    shown = followed(frames, camera=12.0, preset=preset)
    assert ids(shown) == {1, 2, 3}
    assert len(shown[-1]) == 3


@pytest.mark.parametrize("preset", ["cbiou", "deep-eiou"])
def test_wider_boxes_hold_who_moves_by_more_than_their_width(preset: str) -> None:
    frames = [people(100 + 25.0 * (f // 3)) for f in range(12)]  # a step of 25 every third frame
    assert ids(followed(frames, preset=preset)) == {1}
    assert ids(followed(frames, preset="bytetrack")) != {1}


def test_what_the_first_try_leaves_over_is_tried_wider() -> None:
    # With boxes widened by 0.3 the two share 12 % of their area, by 0.5 25 %.
    frames = [people(100.0)] * 5 + [people(125.0)] * 5
    narrow: dict[str, Any] = {
        "preset": "cbiou",
        "wider_expansion": None,
        "motion_model": "last_box",
    }
    assert ids(followed(frames, **narrow)) == {1, 2}
    assert ids(followed(frames, **{**narrow, "wider_expansion": 0.5})) == {1}


def test_the_mean_step_finds_who_ran_on_unseen() -> None:
    seen = [people(100 + 12.0 * f) for f in range(8)]
    frames = [*seen, *[people()] * 10, *(people(100 + 12.0 * f) for f in range(18, 22))]
    assert ids(followed(frames, preset="cbiou")) == {1}
    assert ids(followed(frames, preset="cbiou", motion_model="last_box")) == {1, 2}


def test_last_boxes_go_along_with_the_camera() -> None:
    frames = [people(100.0 + 40 * f) for f in range(10)]
    assert ids(followed(frames, camera=40.0, preset="deep-eiou")) == {1}
    assert len(followed(frames, preset="deep-eiou")[-1]) == 0  # somebody new in every frame


def test_of_two_boxes_as_near_the_one_ahead_goes_on() -> None:
    begun = [people(100 + 2.0 * f) for f in range(10)]
    # Expected at 118 where it was last seen; 8 pixels ahead, and 8 behind a bit higher.
    both = Detections([[126, 100, 146, 160], [110, 100, 130, 160]], [0.9, 0.9])
    rule: dict[str, Any] = {"preset": "ocsort", "motion_model": "last_box"}
    ahead = followed([*begun, both], **rule)[-1]
    assert ahead.boxes[ahead.ids == 1, 0].tolist() == [126.0]
    backwards = Detections(both.boxes[::-1].copy(), both.scores)
    again = followed([*begun, backwards], **rule)[-1]
    assert again.boxes[again.ids == 1, 0].tolist() == [126.0]


def test_a_track_is_found_again_where_it_was_last_seen() -> None:
    runs = [people(100 + 6.0 * f) for f in range(8)]
    # It stops where it was last seen, while its filter runs on.
    frames = [*runs, *[people()] * 4, *[people(142.0)] * 4]
    assert ids(followed(frames, preset="ocsort")) == {1}
    assert ids(followed(frames, preset="ocsort", last_box_distance=None)) != {1}


def test_after_a_gap_a_track_has_the_speed_that_leads_through_it() -> None:
    still = [people(100.0)] * 20
    # Unseen for five frames it has moved by 60 pixels, and goes on like that.
    frames = [*still, *[people()] * 5, *(people(160 + 10.0 * f) for f in range(3))]
    speeds = {}
    for update in (False, True):
        config = TrackerConfig.model_validate(
            {"preset": "cbiou", "motion_model": "kalman", "expansion": 2.0}
            | {"observation_update": update}
        )
        tracker = Tracker(config)
        for each in frames[:26]:
            tracker.update(each)
        speeds[update] = tracker._rows.state[1, 0, 0]
    assert speeds[True] == pytest.approx(10.0)  # pixels a step: 60 in six
    assert speeds[False] < 8.0


def test_mutual_choices_leave_out_who_is_nobodys_nearest() -> None:
    distances = np.array([[0.1, 0.3], [0.2, 0.9]])
    assert [each.tolist() for each in assign(distances, 0.8)] == [[0, 1], [1, 0]]  # the least sum
    assert [each.tolist() for each in assign_mutually(distances, 0.8)] == [[0], [0]]


def test_the_limit_of_mutual_choices_falls_from_round_to_round() -> None:
    distances = np.array([[0.1, 0.9], [0.2, 0.58]])
    assert assign_mutually(distances, 0.6)[0].tolist() == [0]
    assert assign_mutually(distances, 0.65)[0].tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0)])
def test_nobody_is_paired_with_nobody(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape)
    assert not len(assign_mutually(nothing, 0.8)[0])
    pairs = assign_by_component(nothing, 0.8, np.zeros(shape[0]), lambda *_: nothing)
    assert not len(pairs[0])


@pytest.mark.parametrize(
    ("distances", "looks", "pairs"),
    [
        # Clear by motion: looks are not asked.
        ([[0.1, 0.7], [0.7, 0.1]], [[1.0, 0.0], [0.0, 1.0]], [(0, 0), (1, 1)]),
        # Two who cross: looks decide.
        ([[0.3, 0.32], [0.32, 0.3]], [[0.9, 0.1], [0.1, 0.9]], [(0, 1), (1, 0)]),
        ([[0.3, 0.32], [0.32, 0.3]], [[np.nan] * 2] * 2, [(0, 0), (1, 1)]),
        # One box for two: who looks like it, else who is in front (the second).
        ([[0.2], [0.4]], [[0.1], [0.5]], [(0, 0)]),
        ([[0.2], [0.4]], [[0.1], [0.15]], [(1, 0)]),
        # One track, two boxes nearly as near: looks decide.
        ([[0.20, 0.25]], [[0.8, 0.1]], [(0, 1)]),
        ([[0.2, 0.6]], [[0.8, 0.1]], [(0, 0)]),
    ],
)
def test_looks_count_only_where_motion_is_ambiguous(
    distances: list[list[float]], looks: list[list[float]], pairs: list[tuple[int, int]]
) -> None:
    rows, columns = assign_by_component(
        np.array(distances),
        0.8,
        np.arange(len(distances), dtype=np.float64),
        lambda i, j: np.array(looks)[i[:, None], j],
    )
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == pairs


def test_a_track_begins_only_apart_from_those_there_and_from_a_better_box() -> None:
    # The second person's box is found twice, and the first person's a second time.
    doubled = Detections(
        [[100, 100, 120, 160], [103, 100, 123, 160], [300, 100, 320, 160], [302, 100, 322, 160]],
        [0.9, 0.8, 0.8, 0.9],
    )
    one = Detections([[100, 100, 120, 160]], [0.9])
    strict = followed([one, one, doubled, doubled], preset="tracktrack", confirm_seconds=0)
    assert strict[-1].boxes[:, 0].tolist() == [100.0, 302.0]
    loose: dict[str, Any] = {"confirm_seconds": 0, "max_new_overlap": None}
    assert len(followed([one, one, doubled, doubled], preset="tracktrack", **loose)[-1]) == 4


def test_boxes_of_another_height_are_further_away() -> None:
    track, low = Detections([[100, 100, 130, 160]], [0.9]), [100, 130, 130, 190]
    frames = [track, track, Detections([low], [0.9])]
    rule: dict[str, Any] = {"preset": "bytetrack", "fuse_score": False}
    assert ids(followed(frames, **rule)) == {1}
    assert 1 not in followed(frames, **rule, height_overlap=True)[-1].ids


def test_of_two_boxes_as_near_the_one_of_the_usual_score_goes_on() -> None:
    seen = Detections([[100, 100, 120, 160]], [0.9])
    both = Detections([[98, 100, 118, 160], [102, 100, 122, 160]], [0.95, 0.9])
    rule: dict[str, Any] = {"preset": "tracktrack", "direction_weight": 0, "confirm_seconds": 0}
    first, last = (followed([seen] * 4 + [both], **rule, score_weight=w)[-1] for w in (1.0, 0.0))
    assert first.boxes[first.ids == 1, 0].tolist() == [102.0]
    assert last.boxes[last.ids == 1, 0].tolist() == [98.0]


def test_corners_that_turn_back_are_further_away() -> None:
    rows = TrackRows.zeros(1, 1, 0, 4)
    for back in range(4):
        rows.past[0, back] = np.array([100, 100, 120, 160]) - 5.0 * back
    here = rows.past[0, 0]
    boxes = np.stack([here + 5, here - 5, here, here + np.array([5, -5, 5, -5])])
    assert corner_angles(rows, np.array([0]), boxes)[0] == pytest.approx([0, 1, 0, 0.5])


@pytest.mark.parametrize(("likeness", "who"), [(0.85, 1), (0.75, 2)])
def test_by_the_strong_rule_who_comes_back_looks_the_same(likeness: float, who: int) -> None:
    def one(left: float, cosine: float) -> Detections:
        look = np.array([[cosine, np.sqrt(1 - cosine**2)]], np.float32)
        return Detections([[left, 100, left + 20, 160]], [0.9], None, look)

    frames = [one(100, 1.0)] * 5 + [people()] * 5 + [one(600, likeness)] * 5
    assert followed(frames, preset="strong")[-1].ids.tolist() == [who]
