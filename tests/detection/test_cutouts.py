"""Pasted people: whole boxes, in front of others, only from ground that shows their outline."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.boxes import Boxes, iou_matrix
from touchline.detection.augmentation_config import PasteConfig
from touchline.detection.cutouts import cut_out, paste_people
from touchline.detection.labels import IGNORED
from touchline.types import Image

TURF = (60, 150, 70)
SHIRTS = ((30, 30, 200), (240, 240, 240), (20, 20, 20), (200, 120, 30))


def pitch(noise: float = 4.0) -> tuple[Image, Boxes]:
    """Turf with four people in a row: a round head above a body, 60 px high."""
    random = np.random.default_rng(0)
    image = np.full((200, 400, 3), TURF, np.float64) + random.normal(0, noise, (200, 400, 3))
    boxes = []
    for number, shirt in enumerate(SHIRTS):
        x, y = 40 + 95 * number, 60
        cv2.circle(image, (x + 12, y + 6), 6, (120, 150, 200), -1)
        cv2.rectangle(image, (x + 4, y + 12), (x + 20, y + 59), shirt, -1)
        boxes.append([x, y, x + 25, y + 60])
    return np.clip(image, 0, 255).astype(np.uint8), np.array(boxes, np.float64)


def test_a_person_on_turf_is_cut_out_along_the_outline() -> None:
    image, boxes = pitch()
    for box in boxes:
        cut = cut_out(image, box)
        assert cut is not None
        assert cut.cover[30, 12] > 0.9  # the shirt
        assert cut.cover[40, 1] < 0.1  # turf beside it
        assert cut.cover[2, 1] < 0.1  # turf beside the head


def test_nobody_is_cut_out_of_a_crowd() -> None:
    image, boxes = pitch(noise=60.0)
    assert all(cut_out(image, box) is None for box in boxes)


def test_nothing_is_cut_out_of_empty_turf() -> None:
    image, boxes = pitch()
    assert cut_out(image, boxes[0] + np.array([40, 0, 40, 0])) is None


@given(st.integers(0, 200))
def test_new_people_stand_by_others_and_all_boxes_stay(seed: int) -> None:
    image, boxes = pitch()
    before = image.copy()
    kinds, people = np.array([0, 1, 0, 1]), np.ones(4, np.bool_)
    config = PasteConfig(probability=1, most=3)
    found, classes = paste_people(image, boxes, kinds, people, config, np.random.default_rng(seed))
    np.testing.assert_array_equal(found[:4], boxes)
    assert 5 <= len(found) <= 7
    assert len(classes) == len(found)
    new = found[4:]
    assert (iou_matrix(new, found[:4]).max(1) > 0).all()
    assert set(classes.tolist()) <= {0, 1, IGNORED}
    changed = np.argwhere((image != before).any(2))
    for y, x in changed:
        inside = (new[:, 0] <= x) & (x < new[:, 2]) & (new[:, 1] <= y) & (y < new[:, 3])
        assert inside.any()


def test_who_is_hidden_is_ignored() -> None:
    image, boxes = pitch()
    config = PasteConfig(probability=1, most=1, distance=(0.0, 0.0), max_hidden=0.3)
    _, classes = paste_people(
        image, boxes, np.zeros(4, np.int64), np.ones(4, np.bool_), config, np.random.default_rng(0)
    )
    assert (classes[:4] == IGNORED).sum() == 1
    assert classes[4] == 0


@pytest.mark.parametrize("people", [[False] * 4, [True] * 4])
def test_where_nobody_can_be_cut_out_the_image_stays(people: list[bool]) -> None:
    image, boxes = pitch(noise=60.0)
    before = image.copy()
    config = PasteConfig(probability=1)
    found, classes = paste_people(
        image, boxes, np.zeros(4, np.int64), np.array(people), config, np.random.default_rng(0)
    )
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(found, boxes)
    assert not classes.any()
