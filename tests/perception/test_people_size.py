"""The size of the detector's input follows how tall people are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.models.shipped import model_file
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import OnnxDetector, load_detector_file
from touchline.perception.people_size import SIZE_MODEL, People, probe_height, side_for
from touchline.types import Image
from touchline.video.reader import open_video

SHARES = st.floats(0.002, 1.0)


def people(*rows: tuple[float, float]) -> People:
    """Heights, in longer sides of the view, and scores."""
    table = np.array(rows).reshape(-1, 2)
    return People(table[:, 0], table[:, 1])


@given(SHARES, SHARES, st.integers(64, 4000))
def test_taller_people_never_get_a_larger_input(one: float, other: float, view: int) -> None:
    low, high = sorted((one, other))
    assert side_for(high, 48.0, view) <= side_for(low, 48.0, view)


@given(SHARES, st.integers(64, 4000))
def test_sides_are_multiples_of_the_step_within_limits(height: float, view: int) -> None:
    side = side_for(height, 48.0, view)
    assert side % SIZE_MODEL.step == 0
    assert SIZE_MODEL.smallest <= side <= SIZE_MODEL.largest


def test_people_come_to_the_best_height_and_small_ones_as_far_as_is_worth_it() -> None:
    assert side_for(0.1, 48.0, 1280) * 0.1 == pytest.approx(48, abs=4)
    assert side_for(0.03, 48.0, 1280) == 1280  # 38 pixels: not worth more
    assert side_for(0.015, 48.0, 1280) * 0.015 == pytest.approx(24, abs=1)
    assert side_for(0.015, 48.0, 640) == 960  # a small picture is not enlarged more


def test_the_probe_that_sees_most_people_of_believable_heights_speaks() -> None:
    parts_of_large_people = people((0.2, 0.5), (0.2, 0.5), (0.2, 0.5))  # 256 pixels at 1280
    answers = {
        320: people((0.3, 0.9), (0.32, 0.9)),
        640: people((0.3, 0.6)),
        1280: parts_of_large_people,
    }
    height = probe_height(lambda side: answers[side], 1280)
    assert height == pytest.approx(0.31, abs=0.011)
    assert side_for(0.31, 48.0, 1280) == 256


def test_boxes_of_low_scores_tell_nothing() -> None:
    assert probe_height(lambda _side: people((0.1, 0.29)), 1280) is None


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return load_detector_file(model_file("football-detector"), DetectorConfig(threads=1))


@pytest.fixture(scope="module")
def picture() -> Image:
    with open_video(model_file("football-detector").parents[1] / "demo" / "demo.mp4") as video:
        return next(iter(video)).image


def test_a_closer_picture_gets_a_smaller_input_and_the_same_people(
    detector: OnnxDetector, picture: Image
) -> None:
    wide = detector.choose_side([picture])
    part = picture[180:540, 480:1120]
    close = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    near = detector.choose_side([close])
    assert wide is not None
    assert near is not None
    assert near < 0.7 * wide
    usual = load_detector_file(model_file("football-detector"), DetectorConfig(size=1280))
    found = [int((one.scores > 0.5).sum()) for one in (detector.detect([close])[0],)]
    assert found[0] >= int((usual.detect([part])[0].scores > 0.5).sum()) - 1


def test_one_call_is_one_scene_and_a_number_fixes_the_input(
    detector: OnnxDetector, picture: Image
) -> None:
    together = detector.detect([picture, picture[:, ::-1].copy()])
    side = detector.choose_side([picture, picture[:, ::-1].copy()])
    fixed = load_detector_file(model_file("football-detector"), DetectorConfig(size=side))
    assert fixed.best_height is None
    for one, other in zip(together, fixed.detect([picture, picture[:, ::-1].copy()]), strict=True):
        assert np.array_equal(one.boxes, other.boxes)


def test_a_picture_of_nobody_gets_the_size_that_the_file_was_made_for(
    detector: OnnxDetector,
) -> None:
    grass = np.full((360, 640, 3), (60, 140, 60), np.uint8)
    assert detector.choose_side([grass]) is None
    assert len(detector.detect([grass])[0]) == 0
    assert detector.input_size(1280, 720) == (1280, 736)
