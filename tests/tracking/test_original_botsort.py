"""Preset ``botsort`` against the identities that the original project's BoT-SORT gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.boxes import iou_matrix
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections

SCENES = Path(__file__).parent / "original_botsort"


def tracked(
    scene: str, config: TrackerConfig
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Ids and boxes of every frame, from our tracker."""
    data = np.load(SCENES / f"{scene}.npz")
    starts = np.cumsum(data["lengths"])[:-1]
    columns = (data[name] for name in ("boxes", "scores", "embeddings"))
    frames = zip(*(np.split(column, starts) for column in columns), data["motions"], strict=True)
    tracker = Tracker(config, frame_rate=30.0, image_size=(1280, 720))
    shown = []
    for boxes, scores, embeddings, motion in frames:
        seen = Detections(boxes, scores, embeddings=embeddings.astype(np.float32))
        tracks = tracker.update(seen, motion)
        shown.append((tracks.ids, tracks.boxes))
    return shown


def same_identity(scene: str, config: TrackerConfig) -> float:
    """Share of the original's boxes that have the same identity with us, ids mapped one to one."""
    original = np.loadtxt(SCENES / f"{scene}.ids.csv", delimiter=",", skiprows=1)
    ours = tracked(scene, config)
    together = np.zeros((int(original[:, 1].max()) + 1, max(ids.max() for ids, _ in ours) + 1))
    for frame, (ids, boxes) in enumerate(ours, start=1):
        rows = original[original[:, 0] == frame]
        overlaps = iou_matrix(rows[:, 2:], boxes)
        one, other = linear_sum_assignment(overlaps, maximize=True)
        good = overlaps[one, other] >= 0.5
        np.add.at(together, (rows[one[good], 1].astype(int), ids[other[good]]), 1)
    pairs = linear_sum_assignment(together, maximize=True)
    return float(together[pairs].sum() / len(original))


@pytest.mark.parametrize(
    ("scene", "share"),
    [("still_1", 0.99), ("still_2", 0.99), ("moving_1", 0.99), ("moving_2", 0.98)],
)
def test_botsort_gives_the_identities_of_the_original(scene: str, share: float) -> None:
    assert same_identity(scene, TrackerConfig(preset="botsort")) >= share


def test_the_gate_of_appearance_is_what_makes_them_equal() -> None:
    wider = TrackerConfig(preset="botsort", max_appearance_iou_distance=0.7)
    assert same_identity("moving_2", wider) < 0.95
