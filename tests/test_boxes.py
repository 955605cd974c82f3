"""Box geometry holds for any boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline import boxes as geometry

coordinate = st.floats(-2000, 2000, allow_nan=False)
extent = st.floats(0.5, 1000)
box_lists = st.lists(st.tuples(coordinate, coordinate, extent, extent), max_size=6)


def corners(values: list[tuple[float, float, float, float]]) -> NDArray[np.float64]:
    return geometry.xywh_to_corners(np.array(values, np.float64).reshape(-1, 4))


@given(box_lists)
def test_every_format_leads_back_to_the_corners(
    values: list[tuple[float, float, float, float]],
) -> None:
    boxes = corners(values)
    by_size = geometry.xywh_to_corners(geometry.corners_to_xywh(boxes))
    by_centre = geometry.cxcywh_to_corners(geometry.corners_to_cxcywh(boxes))
    np.testing.assert_allclose(by_size, boxes, atol=1e-9)
    np.testing.assert_allclose(by_centre, boxes, atol=1e-9)


@given(box_lists, box_lists)
def test_iou_lies_in_0_to_1_is_symmetric_and_1_with_itself(
    first: list[tuple[float, float, float, float]], second: list[tuple[float, float, float, float]]
) -> None:
    a, b = corners(first), corners(second)
    iou = geometry.iou_matrix(a, b)
    assert iou.shape == (len(a), len(b))
    assert ((iou >= 0) & (iou <= 1 + 1e-12)).all()
    np.testing.assert_allclose(iou, geometry.iou_matrix(b, a).T, atol=1e-12)
    np.testing.assert_allclose(np.diag(geometry.iou_matrix(a, a)), 1.0, atol=1e-9)


def test_iou_of_known_boxes() -> None:
    a = np.array([[0.0, 0.0, 10.0, 10.0]])
    b = np.array([[5.0, 0.0, 15.0, 10.0], [20.0, 0.0, 30.0, 10.0], [0.0, 0.0, 10.0, 5.0]])
    np.testing.assert_allclose(geometry.iou_matrix(a, b), [[1 / 3, 0.0, 0.5]])


def test_boxes_outside_the_image_become_empty_when_clipped() -> None:
    clipped = geometry.clip_to_image(
        np.array([[-30.0, 5.0, -10.0, 9.0], [90, 90, 120, 95]]), 100, 80
    )
    assert geometry.areas(clipped).tolist() == [0.0, 0.0]
