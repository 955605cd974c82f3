"""Average precision against pycocotools, against a plain loop, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.boxes import areas, xywh_to_corners
from touchline.errors import InputError
from touchline.metrics.average_precision import COCO_IOUS, judge_boxes

GOLDEN = json.loads(
    (Path(__file__).parent / "golden" / "average_precision.json").read_text(encoding="utf-8")
)
Boxes = NDArray[np.float64]
UNIT = np.array([[0.0, 0.0, 10.0, 10.0]])
FAR = UNIT + 100.0
TALLER = np.array([[0.0, 0.0, 10.0, 14.0]])


def boxes_of(image: dict[str, list[list[float]]], name: str) -> Boxes:
    return xywh_to_corners(np.array(image[name], np.float64).reshape(-1, 4))


@pytest.mark.parametrize("name", GOLDEN["ranges"])
def test_average_precision_is_what_pycocotools_says(name: str) -> None:
    low, high = GOLDEN["ranges"][name]
    true = [boxes_of(image, "true_xywh") for image in GOLDEN["images"]]
    found = [boxes_of(image, "found_xywh") for image in GOLDEN["images"]]
    judged = judge_boxes(
        true,
        found,
        [np.array(image["scores"]) for image in GOLDEN["images"]],
        ignored_truth=[(areas(one) < low) | (areas(one) > high) for one in true],
        ignored=[(areas(one) < low) | (areas(one) > high) for one in found],
    )
    np.testing.assert_allclose(
        judged.average_precision(), GOLDEN["precision"][name], rtol=0, atol=1e-9
    )


def overlap(a: Boxes, b: Boxes) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


def slow_average_precision(
    true: list[Boxes], found: list[Boxes], scores: list[NDArray[np.float64]], iou: float
) -> float:
    """The definition, one box and one recall at a time."""
    outcomes: list[tuple[float, bool]] = []
    for own_true, own_found, own_scores in zip(true, found, scores, strict=True):
        free = set(range(len(own_true)))
        for row in sorted(range(len(own_found)), key=lambda one: -own_scores[one]):
            fitting = [(overlap(own_found[row], own_true[one]), one) for one in free]
            best = max(fitting, default=(0.0, -1))
            if best[0] >= iou:
                free.remove(best[1])
            outcomes.append((float(own_scores[row]), best[0] >= iou))
    outcomes.sort(key=lambda outcome: -outcome[0])
    total = sum(len(one) for one in true)
    points = []
    right = 0
    for kept, (_, good) in enumerate(outcomes, 1):
        right += good
        points.append((right / total, right / kept))
    wanted = [step / 100 for step in range(101)]
    best_precisions = [max((p for r, p in points if r >= least), default=0.0) for least in wanted]
    return sum(best_precisions) / 101


@st.composite
def crowded_images(
    draw: st.DrawFn,
) -> tuple[list[Boxes], list[Boxes], list[NDArray[np.float64]]]:
    corner = st.integers(0, 12)
    box = st.tuples(corner, corner, st.integers(1, 9), st.integers(1, 9))
    images = draw(
        st.lists(
            st.tuples(st.lists(box, max_size=5), st.lists(box, max_size=8)), min_size=1, max_size=4
        )
    )
    true = [xywh_to_corners(np.array(t, np.float64).reshape(-1, 4)) for t, _ in images]
    found = [xywh_to_corners(np.array(f, np.float64).reshape(-1, 4)) for _, f in images]
    scores = [np.array([draw(st.floats(0, 1)) for _ in one]) for one in found]
    return true, found, scores


@settings(max_examples=150, deadline=None)
@given(crowded_images())
def test_average_precision_agrees_with_its_definition(
    images: tuple[list[Boxes], list[Boxes], list[NDArray[np.float64]]],
) -> None:
    true, found, scores = images
    precision = judge_boxes(true, found, scores).average_precision()
    if not sum(len(one) for one in true):
        assert np.isnan(precision).all()
        return
    for place in (0, 5):
        slow = slow_average_precision(true, found, scores, COCO_IOUS[place])
        assert precision[place] == pytest.approx(slow, abs=1e-9)


def test_half_found_and_one_wrong_gives_the_precision_counted_by_hand() -> None:
    # Best first: right, wrong, right of three true boxes: precision 1 up to recall 1/3, then 2/3.
    true = [np.concatenate([UNIT, FAR, 2 * FAR])]
    judged = judge_boxes(
        true, [np.concatenate([UNIT, UNIT + 50, FAR])], [np.array([0.9, 0.8, 0.7])], ious=[0.5]
    )
    assert judged.average_precision() == pytest.approx([(34 * 1 + 33 * 2 / 3) / 101])
    point = judged.at_score(0.75)
    assert point.precision == 0.5
    assert point.recall == pytest.approx(1 / 3)


def test_recall_at_a_precision_is_the_highest_that_keeps_it() -> None:
    true = [np.concatenate([UNIT, FAR])]
    found = [np.concatenate([UNIT, UNIT + 50, FAR, UNIT + 70])]
    judged = judge_boxes(true, found, [np.array([0.9, 0.8, 0.7, 0.1])])
    point = judged.at_precision(0.6)
    assert point is not None
    assert (point.score, point.recall) == (0.7, 1.0)
    assert point.precision == pytest.approx(2 / 3)
    strict = judged.at_precision(0.9)
    assert strict is not None
    assert (strict.score, strict.recall) == (0.9, 0.5)


def test_boxes_of_one_score_are_kept_or_left_together() -> None:
    judged = judge_boxes([UNIT], [np.concatenate([UNIT, FAR])], [np.array([0.5, 0.5])])
    assert judged.at_precision(0.9) is None
    assert judged.at_score(0.5).precision == 0.5


def test_a_second_box_on_one_person_is_wrong() -> None:
    judged = judge_boxes([UNIT], [np.concatenate([UNIT, UNIT])], [np.array([0.9, 0.8])])
    assert judged.right[0].tolist() == [True, False]


def test_a_box_on_an_ignored_person_is_neither_right_nor_wrong() -> None:
    judged = judge_boxes(
        [np.concatenate([UNIT, FAR])],
        [np.concatenate([UNIT, FAR])],
        [np.array([0.8, 0.9])],
        ignored_truth=[np.array([False, True])],
    )
    assert judged.at_score(0.0).precision == 1.0
    assert np.isnan(judged.at_score(0.85).precision)
    assert judged.true_counts.tolist() == [1]
    assert judged.average_precision().tolist() == [1.0] * 10


def test_a_person_who_counts_is_preferred_to_an_ignored_one_that_fits_better() -> None:
    judged = judge_boxes(
        [np.concatenate([UNIT, TALLER])],
        [UNIT],
        [np.array([0.9])],
        ious=[0.5],
        ignored_truth=[np.array([True, False])],
    )
    assert judged.right.all()


def test_the_interval_holds_the_score_and_a_certain_score_has_none_around_it() -> None:
    random = np.random.default_rng(0)
    found = [UNIT if random.random() < 0.6 else FAR for _ in range(40)]
    scores = [random.random(1) for _ in range(40)]
    judged = judge_boxes([UNIT] * 40, found, scores)
    low, high = judged.interval(0.5)
    assert 0.1 < low < judged.average_precision()[0] < high < 0.9
    assert judged.interval(0.5) == (low, high)
    assert judge_boxes([UNIT] * 5, [UNIT] * 5, scores[:5]).interval() == (1.0, 1.0)


def test_no_images_have_no_score() -> None:
    judged = judge_boxes([], [], [])
    assert np.isnan(judged.average_precision()).all()
    assert judged.at_precision(0.9) is None
    assert np.isnan(judged.at_score(0.5).recall)
    assert np.isnan(judged.interval()).all()


def test_people_of_whom_nobody_is_found_score_nothing() -> None:
    judged = judge_boxes([UNIT], [np.empty((0, 4))], [np.empty(0)])
    assert judged.average_precision().tolist() == [0.0] * 10
    assert judged.at_precision(0.9) is None
    assert judged.at_score(0.5).recall == 0.0


def test_lists_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InputError, match="1 images with truth, 2 with boxes"):
        judge_boxes([UNIT], [UNIT, UNIT], [np.ones(1)])
    with pytest.raises(InputError, match="image 0 has 1 boxes and 2 scores"):
        judge_boxes([UNIT], [UNIT], [np.ones(2)])
    with pytest.raises(InputError, match=r"not judged at IoU 0\.52"):
        judge_boxes([UNIT], [UNIT], [np.ones(1)]).at_score(0.5, iou=0.52)
