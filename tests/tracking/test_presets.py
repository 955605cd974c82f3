"""What each published rule of association does that the others do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from touchline.tracking.config import TrackerConfig
from touchline.tracking.presets import PRESETS
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
