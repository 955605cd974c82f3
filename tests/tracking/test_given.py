"""Tracks that another program made are taken as they are."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections


def found(lefts: list[float], ids: list[int] | None, roles: list[str] | None = None) -> Detections:
    x = np.array(lefts)
    boxes = np.stack([x, 0 * x + 50, x + 20, 0 * x + 110], axis=1)
    return Detections(boxes, np.full(len(x), 0.05), roles, track_ids=ids)


def test_given_tracks_keep_their_boxes_under_ids_from_one_in_order_of_appearance() -> None:
    tracker = Tracker()
    first = tracker.update(found([100.0, 300.0], [907, 0]))
    # They change places, which no tracker would believe; a third one comes.
    second = tracker.update(found([500.0, 100.0, 300.0], [2**52, 0, 907]))
    assert first.ids.tolist() == [1, 2]
    assert second.ids.tolist() == [3, 2, 1]
    assert second.boxes[:, 0].tolist() == [500.0, 100.0, 300.0]
    assert second.rows.tolist() == [0, 1, 2]
    assert tracker.reentries == []


def test_no_limit_of_scores_acts_on_given_tracks_but_the_roles_do() -> None:
    config = TrackerConfig(roles=("player",), min_score=0.5)
    tracks = Tracker(config).update(found([100.0, 300.0], [4, 8], ["ball", "player"]))
    assert tracks.ids.tolist() == [1]
    assert tracks.rows.tolist() == [1]


def test_frames_without_anybody_need_no_ids() -> None:
    tracker = Tracker()
    tracker.update(Detections.empty())
    assert len(tracker.update(found([100.0], [5]))) == 1
    assert len(tracker.update(Detections.empty())) == 0
    assert tracker.update(found([900.0], [5])).ids.tolist() == [1]


@pytest.mark.parametrize("given_first", [True, False])
def test_ids_in_some_frames_only_are_refused(given_first: bool) -> None:
    tracker = Tracker()
    tracker.update(found([100.0], [5] if given_first else None))
    with pytest.raises(InputError, match="give track_ids in all frames of a clip, or in none"):
        tracker.update(found([100.0], None if given_first else [5]))


def test_an_id_that_two_boxes_of_a_frame_have_is_refused() -> None:
    with pytest.raises(InputError, match="track id 7 has two boxes in a frame"):
        found([100.0, 300.0, 500.0], [7, 1, 7])
