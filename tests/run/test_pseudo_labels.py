"""A clip that nobody labelled becomes labelled images, as far as its tracks are sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import Clip

from touchline.ball_track import BallTrack
from touchline.detection.data import read_detection_data
from touchline.errors import Interrupted
from touchline.observation_rows import Observation
from touchline.run.pseudo_labels import CLASSES, label_run, labels_of
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Detections, TrackTable, identity_motion

BOX = np.array([10.0, 10, 30, 60])
ALONG = np.array([1.0, 0, 1, 0])
FRAME, RATE = 50, 25.0


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def track(identity: int, shift: float, frames: range, **changed: object) -> TrackTable:
    count = len(frames)
    columns: dict[str, object] = {
        "frames": np.array(frames),
        "times": np.array(frames) / RATE,
        "ids": np.full(count, identity),
        "boxes": np.tile(BOX + shift * ALONG, (count, 1)),
        "scores": np.full(count, 0.9),
        "roles": np.full(count, "referee"),
        "interpolated": np.zeros(count, np.bool_),
    }
    return TrackTable(**{**columns, **changed})  # type: ignore[arg-type]


def kinds(*tables: TrackTable, boxes: np.ndarray | None = None) -> list[str]:
    table = TrackTable.concatenate(tables).sorted()
    found = np.empty((0, 4)) if boxes is None else boxes
    seen = Detections(found, np.full(len(found), 0.3), np.full(len(found), "player"))
    observation = Observation(FRAME, FRAME / RATE, False, identity_motion(), seen)
    _, classes = labels_of(observation, table, BallTrack.empty("none"))
    return [CLASSES[kind] for kind in classes]


def test_whoever_tracking_saw_before_and_after_is_labelled_with_the_role_of_the_clip() -> None:
    assert kinds(track(1, 0, range(30, 70))) == ["referee"]


@pytest.mark.parametrize(
    "unsure",
    [
        track(1, 0, range(30, 70), scores=np.full(40, 0.5)),
        track(1, 0, range(30, 70), interpolated=np.ones(40, np.bool_)),
        track(1, 0, range(48, 53)),
    ],
    ids=["a low score", "a filled gap", "a few frames"],
)
def test_what_is_not_sure_is_ignored(unsure: TrackTable) -> None:
    assert kinds(unsure, track(2, 100, range(30, 70))) == ["ignore", "referee"]


def test_where_somebody_was_just_lost_is_ignored_with_its_surroundings() -> None:
    lost, gone = track(1, 0, range(5, 45)), track(3, 300, range(2), ids=np.full(2, 3))
    assert kinds(lost, track(2, 100, range(30, 70))) == ["referee", "ignore"]
    late = track(3, 300, range(1))
    assert kinds(track(2, 100, range(30, 70)), gone, late)[0] == "referee"


def test_boxes_that_no_track_took_are_ignored() -> None:
    other = BOX + 200 * ALONG
    found = kinds(track(1, 0, range(30, 70)), boxes=np.array([BOX, other]))
    assert found == ["referee", "ignore"]


def test_a_run_becomes_a_folder_that_trainings_read(clip: Clip, tmp_path: Path) -> None:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), tmp_path / "run", settings, draw_video=False)
    track_run(request, quiet, lambda: False)
    with pytest.raises(Interrupted):
        label_run(tmp_path / "run", tmp_path / "out", quiet, lambda: True)
    assert not (tmp_path / "out" / "classes.txt").exists()
    found = label_run(tmp_path / "run", tmp_path / "out", quiet, lambda: False)
    data = read_detection_data(tmp_path / "out")
    assert len(data) == found.images >= 1
    assert found.people == sum(data.counts()[name] for name in ("player", "person"))
    assert found.people >= 3 * found.images
