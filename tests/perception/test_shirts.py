"""The colours of clothes: what is worn where, and nothing where it cannot be seen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.frame_detections import DetectorRunner
from touchline.observe import Observer
from touchline.perception.config import ShirtsConfig
from touchline.perception.shirts import SHIRT_SIZE, ShirtColours, shirt_colours
from touchline.types import Detections, Frame, Image

Colour = tuple[int, int, int]
RED, WHITE, BLUE, GRASS, LIME = (
    (40, 40, 210),
    (230, 230, 230),
    (190, 70, 30),
    (60, 140, 70),
    (80, 210, 90),
)
TORSO, SPREAD, SHORTS, SOCKS = slice(0, 3), slice(3, 6), slice(6, 9), slice(9, 12)


def dress(image: Image, box: list[int], shirt: Colour, shorts: Colour, socks: Colour) -> None:
    """Paint a person without a head into the middle of ``box``."""
    x1, y1, x2, y2 = box
    height, width = y2 - y1, x2 - x1
    bands = (0.15, 0.5, 0.67, 0.97)
    left, right = x1 + round(0.25 * width), x1 + round(0.75 * width)
    for top, bottom, colour in zip(bands[:-1], bands[1:], (shirt, shorts, socks), strict=True):
        image[y1 + round(top * height) : y1 + round(bottom * height), left:right] = colour


def pitch(background: Colour = GRASS) -> Image:
    noise = np.random.default_rng(0).normal(0, 5, (300, 400, 3))
    return np.clip(np.array(background) + noise, 0, 255).astype(np.uint8)


def as_lab(colour: Colour) -> NDArray[np.float64]:
    pixel = np.array([[colour]], np.uint8)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_BGR2Lab)[0, 0], np.float64)


def look(
    boxes: list[list[float]], image: Image, config: ShirtsConfig | None = None
) -> NDArray[np.float32]:
    return shirt_colours(image, np.array(boxes, np.float64).reshape(-1, 4), config)


@pytest.mark.parametrize("background", [GRASS, (90, 90, 90), (30, 80, 160)])
def test_shirt_shorts_and_socks_are_measured_without_the_background(background: Colour) -> None:
    image = pitch(background)
    dress(image, [100, 50, 150, 170], RED, WHITE, BLUE)
    shirt = look([[100, 50, 150, 170]], image)[0]
    np.testing.assert_allclose(shirt[TORSO], as_lab(RED), atol=12)
    np.testing.assert_allclose(shirt[SHORTS], as_lab(WHITE), atol=12)
    np.testing.assert_allclose(shirt[SOCKS], as_lab(BLUE), atol=12)


def test_a_green_shirt_on_grass_is_the_shirt_and_not_the_grass() -> None:
    image = pitch()
    dress(image, [100, 50, 150, 170], LIME, LIME, LIME)
    shirt = look([[100, 50, 150, 170]], image)[0]
    np.testing.assert_allclose(shirt[TORSO], as_lab(LIME), atol=10)


def test_stripes_differ_from_a_plain_shirt_of_their_mean_by_the_spread() -> None:
    plain, striped = pitch(), pitch()
    dress(plain, [100, 50, 150, 170], (115, 115, 115), WHITE, WHITE)
    dress(striped, [100, 50, 150, 170], WHITE, WHITE, WHITE)
    striped[60:110:6, 112:138] = 0
    striped[61:110:6, 112:138] = 0
    striped[62:110:6, 112:138] = 0
    one, other = look([[100, 50, 150, 170]], plain)[0], look([[100, 50, 150, 170]], striped)[0]
    np.testing.assert_allclose(one[TORSO], other[TORSO], atol=25)
    assert other[SPREAD][0] > one[SPREAD][0] + 15


def test_a_person_seen_from_farther_off_wears_nearly_the_same() -> None:
    image = pitch()
    dress(image, [100, 50, 160, 210], RED, WHITE, BLUE)
    small = cv2.resize(image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    near = look([[100, 50, 160, 210]], image)[0]
    far = look([[40, 20, 64, 84]], np.asarray(small, np.uint8))[0]
    np.testing.assert_allclose(near, far, atol=12)


def test_small_and_cut_off_people_are_not_seen() -> None:
    small, left, below, outside = (
        [100.0, 50.0, 108.0, 65.0],
        [-20.0, 50.0, 20.0, 170.0],
        [100.0, 250.0, 150.0, 370.0],
        [500.0, 50.0, 550.0, 170.0],
    )
    assert np.isnan(look([small, left, below, outside], pitch())).all()


def test_of_two_people_the_one_behind_is_not_seen() -> None:
    shirts = look([[100, 50, 150, 170], [110, 60, 160, 180]], pitch())
    assert np.isnan(shirts[0]).all()
    assert np.isfinite(shirts[1]).all()
    both = look(
        [[100, 50, 150, 170], [110, 60, 160, 180]], pitch(), ShirtsConfig(max_covered_share=1)
    )
    assert np.isfinite(both).all()


def test_nobody_wears_nothing() -> None:
    assert look([], pitch()).shape == (0, SHIRT_SIZE)


SIZES = st.floats(0.5, 300)
BOXES = st.lists(st.tuples(st.floats(-200, 600), st.floats(-200, 600), SIZES, SIZES), max_size=5)


@given(BOXES)
def test_every_row_is_known_as_a_whole_or_not_at_all(
    places: list[tuple[float, float, float, float]],
) -> None:
    shirts = look([[x, y, x + width, y + height] for x, y, width, height in places], pitch())
    known = np.isfinite(shirts)
    assert (known.all(axis=1) == known.any(axis=1)).all()
    assert (shirts[known.all(axis=1)] >= 0).all()
    assert (shirts[known.all(axis=1)] <= 255).all()
    np.testing.assert_array_equal(shirts, shirts.astype(np.float16).astype(np.float32))


class Seen:
    """A detector that always sees two players and the ball."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        boxes = [[100, 50, 150, 170], [200, 50, 250, 170], [300, 150, 330, 180]]
        return [Detections(boxes, [0.9, 0.9, 0.9], ["player", "person", "ball"]) for _ in images]


def observed(config: ShirtsConfig) -> Detections:
    image = pitch()
    dress(image, [100, 50, 150, 170], RED, WHITE, RED)
    dress(image, [200, 50, 250, 170], BLUE, BLUE, BLUE)
    observer = Observer(DetectorRunner(Seen()), None, shirts=config)
    return observer.observe([Frame(0, 0.0, image)])[0].detections


def test_people_are_observed_with_their_clothes_and_the_ball_without() -> None:
    shirts = observed(ShirtsConfig()).shirts
    assert shirts is not None
    np.testing.assert_allclose(shirts[:2, TORSO], [as_lab(RED), as_lab(BLUE)], atol=12)
    assert np.isnan(shirts[2]).all()


def test_no_clothes_are_observed_where_that_is_switched_off_or_nobody_is_seen_well() -> None:
    assert observed(ShirtsConfig(enabled=False)).shirts is None
    assert observed(ShirtsConfig(min_height=200)).shirts is None


def test_clothes_are_looked_at_ten_times_a_second_also_where_a_run_goes_on() -> None:
    image = pitch()
    dress(image, [100, 50, 150, 170], RED, WHITE, RED)
    boxes = np.array([[100.0, 50.0, 150.0, 170.0]])
    times = [index / 25 for index in range(11)]
    whole, first, second = ShirtColours(), ShirtColours(), ShirtColours()
    seen = [whole.look(image, boxes, time) is not None for time in times]
    assert [index for index, looked in enumerate(seen) if looked] == [0, 3, 6, 9]
    parts = [first.look(image, boxes, time) is not None for time in times[:5]]
    second.restore(first.state())
    assert parts + [second.look(image, boxes, time) is not None for time in times[5:]] == seen


def test_a_run_from_before_shirts_goes_on_without_their_state() -> None:
    watch = ShirtColours(ShirtsConfig(enabled=False))
    watch.restore({})
    assert watch.look(pitch(), np.array([[100.0, 50.0, 150.0, 170.0]]), 1.0) is None
