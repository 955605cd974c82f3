"""Scores of cameras against labelled points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_pitches import drawn_pitch

from touchline.errors import FormatError, UsageError
from touchline.evaluation.pitch_pictures import evaluate_pitch, jaccard
from touchline.image_files import write_image
from touchline.pitch.camera import PitchCamera
from touchline.pitch.config import PitchConfig

CAMERA = PitchCamera(0, -66, 18, 0.05, 0.27, 0.0, 1.1)
CORNER_METRES = [(52.5, 0), (52.5, 24.85), (52.5, 43.15), (43.35, 34), (61.65, 34), (0, 0)]


def labelled_folder(folder: Path) -> Path:
    """Two pictures: one of the centre circle, one without a pitch."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    rows = [f"{number},{x},{y}" for number, (x, y) in enumerate(CORNER_METRES)]
    (folder / "points.csv").write_text("point,x_m,y_m\n" + "\n".join(rows) + "\n")
    metres = np.array(CORNER_METRES) * (1, -1) + (-52.5, 34)
    seen = CAMERA.image_points(metres, 960, 540) / (960, 540)
    inside = np.all((seen > 0) & (seen < 1), axis=1)
    points = " ".join(
        f"{x:.6f} {y:.6f} 2" if there else "0 0 0"
        for (x, y), there in zip(seen, inside, strict=True)
    )
    for name, image in (("a", drawn_pitch(CAMERA)), ("b", np.full((540, 960, 3), 90, np.uint8))):
        write_image(folder / "images" / f"{name}.png", image)
        (folder / "labels" / f"{name}.txt").write_text(f"0 0.5 0.5 1 1 {points}\n")
    return folder


def test_a_found_camera_and_a_refusal_are_counted_apart(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    done = evaluate_pitch(
        labelled_folder(tmp_path / "data"), PitchConfig(), lambda *counts: told.append(counts)
    )
    content = done.as_json()
    assert (content["completeness"], content["jac5"], content["product"]) == (0.5, 1.0, 0.5)
    assert content["median_error_m"] < 0.3
    assert [one["picture"] for one in content["worst"]] == ["b.png", "a.png"]
    assert content["worst"][0]["refused"] == "no lines"
    assert told == [(1, 2), (2, 2)]


def test_points_that_are_projected_but_not_labelled_count_against_a_camera() -> None:
    metres = np.array([[0.0, 34], [0, 9.15], [0, -9.15], [9.15, 0]])
    pixels = CAMERA.image_points(metres, 960, 540)
    everything = np.ones(4, bool)
    assert jaccard(CAMERA, metres, pixels, everything, 540) == 1
    assert jaccard(CAMERA, metres, pixels + np.array([4, 2]), everything, 540) == 1
    assert jaccard(CAMERA, metres, pixels + np.array([4, 4]), everything, 540) == 0
    assert jaccard(CAMERA, metres, pixels, np.array([True, True, False, True]), 540) == 0.75


def test_a_folder_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"points\.csv is missing"):
        evaluate_pitch(tmp_path, PitchConfig())
    data = labelled_folder(tmp_path / "data")
    (data / "labels" / "a.txt").write_text("0 0.5 0.5 1 1 0.1 0.2 2\n")
    with pytest.raises(FormatError, match="8 numbers"):
        evaluate_pitch(data, PitchConfig())
    (data / "points.csv").write_text("point,x,y\n0,1,2\n")
    with pytest.raises(FormatError, match="columns point, x_m, y_m"):
        evaluate_pitch(data, PitchConfig())
