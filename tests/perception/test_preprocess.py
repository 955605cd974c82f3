"""Images on the network's canvas, and boxes back to image pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.perception.preprocess import (
    BYTE_BGR,
    IMAGENET_RGB,
    UNIT_RGB,
    Fit,
    PixelFormat,
    input_canvas,
    place,
    to_network,
)

SIDES = st.integers(1, 4000)
FITS = st.sampled_from(["stretch", "centre", "corner"])


@given(SIDES, SIDES, st.integers(32, 2000), st.integers(32, 2000), FITS, st.data())
def test_boxes_go_to_the_canvas_and_back_unchanged(
    width: int, height: int, canvas_width: int, canvas_height: int, fit: Fit, data: st.DataObject
) -> None:
    placement = place((width, height), (canvas_width, canvas_height), fit)
    numbers = st.floats(-100, 4100)
    box = np.array([data.draw(st.tuples(numbers, numbers, numbers, numbers))])
    np.testing.assert_allclose(placement.to_image(placement.to_canvas(box)), box, atol=1e-6)


@given(SIDES, SIDES, st.integers(32, 2000), st.integers(32, 2000), FITS)
def test_the_whole_image_lies_on_the_canvas(
    width: int, height: int, canvas_width: int, canvas_height: int, fit: Fit
) -> None:
    placement = place((width, height), (canvas_width, canvas_height), fit)
    (corners,) = placement.to_canvas(np.array([[0.0, 0.0, width, height]]))
    end = (placement.left + placement.width, placement.top + placement.height)
    np.testing.assert_allclose(corners, [placement.left, placement.top, *end], atol=1e-6)
    assert placement.left >= 0
    assert placement.top >= 0
    assert end[0] <= canvas_width
    assert end[1] <= canvas_height
    filled = placement.width == canvas_width or placement.height == canvas_height
    assert filled


def test_a_letterbox_is_centred_on_grey() -> None:
    image = np.full((360, 640, 3), (10, 20, 30), np.uint8)
    batch, (placement,) = to_network([image], (640, 384), "centre", UNIT_RGB)
    assert (placement.left, placement.top, placement.width, placement.height) == (0, 12, 640, 360)
    assert batch.shape == (1, 3, 384, 640)
    assert batch.dtype == np.float32
    np.testing.assert_allclose(batch[0, :, 11], 114 / 255, rtol=1e-6)
    np.testing.assert_allclose(batch[0, :, 372], 114 / 255, rtol=1e-6)
    np.testing.assert_allclose(batch[0, :, 12, 5], [30 / 255, 20 / 255, 10 / 255], rtol=1e-6)
    np.testing.assert_allclose(batch[0, :, 371, 5], [30 / 255, 20 / 255, 10 / 255], rtol=1e-6)


def test_a_corner_letterbox_pads_right_and_below() -> None:
    image = np.full((100, 50, 3), 200, np.uint8)
    batch, _ = to_network([image], (64, 64), "corner", BYTE_BGR)
    assert (batch[0, :, :, :32] == 200).all()
    assert (batch[0, :, :, 32:] == 114).all()


@pytest.mark.parametrize(
    "pixels", [UNIT_RGB, IMAGENET_RGB, BYTE_BGR, PixelFormat("bgr", std=(1, 2, 3))]
)
def test_every_pixel_becomes_what_the_format_says(pixels: PixelFormat) -> None:
    image = np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    batch, _ = to_network([image, image], (48, 32), "stretch", pixels)
    ordered = image if pixels.colour == "bgr" else image[:, :, ::-1]
    expected = (ordered / 255 - np.array(pixels.mean)) / np.array(pixels.std)
    np.testing.assert_allclose(batch[0], expected.transpose(2, 0, 1), atol=1e-4)
    np.testing.assert_array_equal(batch[0], batch[1])


def test_no_images_make_an_empty_batch() -> None:
    batch, placements = to_network([], (64, 32), "centre", UNIT_RGB)
    assert batch.shape == (0, 3, 32, 64)
    assert placements == []


def test_a_view_into_a_larger_image_is_read_rightly() -> None:
    large = np.random.default_rng(2).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    view = large[10:42, 20:52]
    one, _ = to_network([view], (32, 32), "stretch", UNIT_RGB)
    other, _ = to_network([view.copy()], (32, 32), "stretch", UNIT_RGB)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("image", "wanted", "fixed", "fit", "expected"),
    [
        ((1280, 720), 640, (None, None), "centre", (640, 384)),
        ((720, 1280), 640, (None, None), "centre", (384, 640)),
        ((1280, 720), 1280, (None, None), "corner", (1280, 736)),
        ((1280, 720), 650, (None, None), "centre", (672, 384)),
        ((1280, 720), (650, 300), (None, None), "centre", (672, 320)),
        ((1280, 720), 640, (None, None), "stretch", (640, 640)),
        ((1280, 720), 640, (416, 416), "centre", (416, 416)),
        ((1280, 720), 640, (None, 416), "centre", (640, 416)),
        ((5000, 2), 640, (None, None), "centre", (640, 32)),
    ],
)
def test_the_canvas_follows_image_wish_and_graph(
    image: tuple[int, int],
    wanted: int | tuple[int, int],
    fixed: tuple[int | None, int | None],
    fit: Fit,
    expected: tuple[int, int],
) -> None:
    assert input_canvas(image, wanted, fixed, 32, fit) == expected
