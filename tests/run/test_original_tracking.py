"""``examples/original-tracking.yaml``: the original project's tracking, on a YOLO11's answers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from clips import Clip
from detector_networks import ULTRALYTICS, grid, save_network

from touchline.config import load_config
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.request import RunRequest
from touchline.run.track import track_run

SETTINGS = Path(__file__).parents[2] / "examples" / "original-tracking.yaml"
CELLS = 80 * 80 + 40 * 40 + 20 * 20  # of a 640 x 640 canvas

# Centre and sides on the canvas, where the clip's pixels are doubled; scores of ball, goalkeeper,
# player and referee.
SEEN = {
    10: [100, 300, 40, 90, 0.0, 0.0, 0.95, 0.0],
    11: [102, 300, 40, 90, 0.0, 0.0, 0.90, 0.0],  # overlaps the one before by more than 0.7
    20: [130, 300, 40, 90, 0.0, 0.0, 0.90, 0.0],
    30: [400, 320, 40, 90, 0.0, 0.85, 0.0, 0.0],
    40: [500, 300, 40, 90, 0.0, 0.0, 0.30, 0.0],  # low: continues a track, never begins one
    50: [560, 300, 40, 90, 0.0, 0.0, 0.20, 0.0],  # below 0.25
    60: [300, 300, 10, 10, 0.9, 0.0, 0.0, 0.0],
    70: [330, 360, 40, 90, 0.0, 0.0, 0.0, 0.9],
}


@pytest.fixture(scope="module")
def run(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    metadata = {
        **ULTRALYTICS,
        "names": "{0: 'ball', 1: 'goalkeeper', 2: 'player', 3: 'referee'}",
        "imgsz": "[640, 640]",
    }
    answers = {"output0": grid(8, SEEN, CELLS).T}
    network = save_network(folder / "yolo11.onnx", answers, metadata, shape=(1, 3, 640, 640))
    config = load_config(RunConfig, SETTINGS)
    settings = config.model_dump(mode="json", exclude_unset=True)
    settings["models"] = {"detector": str(network), "reid": "colour"}
    request = RunRequest(str(clip.video), folder / "run", settings)
    track_run(request, lambda _stage, _done, _total: None, lambda: False)
    return folder / "run"


def test_every_box_of_players_and_goalkeepers_is_embedded_in_every_frame(run: Path) -> None:
    with ObservationStore.open(run / "observations.sqlite") as store:
        frames = list(store)
    for frame in frames:
        found = frame.detections
        assert sorted(zip(found.roles.tolist(), found.scores.round(2).tolist(), strict=True)) == [
            ("goalkeeper", 0.85),
            ("player", 0.3),
            ("player", 0.9),
            ("player", 0.95),
        ]
        assert found.embeddings is not None
        assert np.linalg.norm(found.embeddings, axis=1) == pytest.approx(1.0, abs=1e-3)
        assert found.shirts is None
        assert found.numbers is None


def test_tracks_are_those_of_botsort_with_nothing_filled_in(run: Path, clip: Clip) -> None:
    with (run / "tracks.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * clip.frames
    assert {row["source"] for row in rows} == {"detected"}
    assert {(row["identity"], row["role"]) for row in rows} == {
        ("1", "player"),
        ("2", "player"),
        ("3", "goalkeeper"),
    }
    assert not (run / "links.json").exists()
    assert (run / "annotated.mp4").stat().st_size > 0


def test_the_file_says_all_that_the_original_sets() -> None:
    config = load_config(RunConfig, SETTINGS)
    tracker = config.tracker_in_force()
    assert (tracker.preset, tracker.max_appearance_iou_distance) == ("botsort", 0.3)
    assert tracker.max_lost_seconds * 25 == 150
    assert not tracker.reentry.enabled
    assert config.link.method == "online"
    assert config.link.interpolation.max_gap_seconds == 0
    assert config.draw.style == "box"
    assert config.embedder.feature == "projected"
