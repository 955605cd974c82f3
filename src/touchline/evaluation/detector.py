"""Scores of a detector of people and the ball on images with ground truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from touchline.boxes import iou_matrix, lie_inside
from touchline.errors import UsageError
from touchline.evaluation.true_images import TrueImage
from touchline.metrics.average_precision import JudgedBoxes, OperatingPoint, judge_boxes
from touchline.protocols import Detector
from touchline.types import PEOPLE, ROLES, Detections, Mask

PERSON = "person"
"""The group of all people, whatever their role."""

HEIGHTS = (0.0, 30.0, 60.0, 120.0, float("inf"))
"""Limits of the height groups of people, in pixels of the image."""

STANDING = {"free": (0.0, 0.05), "touching": (0.05, 0.3), "crowded": (0.3, 1.01)}
"""Groups of people by their largest IoU with another true person."""

DOUBLE_SCORE = 0.4
"""What two boxes on one person have to score to be a double box."""

_HIT = 0.5  # IoU of a box that shows a person

OnImage = Callable[[int], None]
"""Called with the number of images done."""


@dataclass(frozen=True, slots=True)
class GroupScores:
    """Detection scores of one role, or of all people; shares 0..1, NaN of nothing.

    true_boxes: how many there are. ap50, ap: average precision at IoU 0.5, and the mean over 0.5
    to 0.95. ap50_interval, ap_interval: 95 % intervals. recall: true boxes that any box found
    fits, whatever its score. chosen: the lowest score with the precision that was asked for, None
    where none has it.
    """

    true_boxes: int
    ap50: float
    ap50_interval: tuple[float, float]
    ap: float
    ap_interval: tuple[float, float]
    recall: float
    chosen: OperatingPoint | None


@dataclass(frozen=True, slots=True)
class HeightScores:
    """Scores of people in a range of heights: count, average precision at IoU 0.5, recall.

    recall: of boxes with the score that is chosen for all people; NaN where there is none.
    """

    true_boxes: int
    ap50: float
    recall: float


@dataclass(frozen=True, slots=True)
class StandingScores:
    """How many of the people who stand like this are found: with the score that is chosen for all
    people (NaN where there is none), and by a box of any score.
    """

    true_boxes: int
    recall: float
    recall_of_all: float


@dataclass(frozen=True, slots=True)
class DetectorEvaluation:
    """Scores of a detector.

    images: how many. precision: what ``chosen`` was asked for. groups: ``person`` (all people as
    one), then the roles that truth and detector both know. heights: of people, by ``30-60 px``.
    standing: of people, by whether they stand ``free``, ``touching`` others or ``crowded``.
    doubles: boxes too many on a person, per person, of those that score 0.4. milliseconds: median
    time for one image, with scaling and suppression.
    """

    images: int
    precision: float
    groups: dict[str, GroupScores]
    heights: dict[str, HeightScores]
    standing: dict[str, StandingScores]
    doubles: float
    milliseconds: float

    def as_json(self) -> dict[str, Any]:
        """Every number as plain values; None stands for NaN."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def evaluate_detector(
    detector: Detector,
    images: Iterable[TrueImage],
    *,
    true_roles: Sequence[str],
    found_roles: Sequence[str],
    precision: float = 0.9,
    on_image: OnImage | None = None,
) -> DetectorEvaluation:
    """The scores of ``detector`` on images, one at a time.

    true_roles, found_roles: what truth and detector tell apart; only roles of both are scored by
    themselves, and people always as one group. precision: that recall and score are given for.

    Raises UsageError for a precision outside 0..1 and where there are no images.
    """
    if not 0 < precision <= 1:
        raise UsageError(f"precision {precision} is refused: give a share above 0, as 0.9")
    truth: list[Detections] = []
    found: list[Detections] = []
    moot: list[Mask] = []
    seconds: list[float] = []
    for number, true_image in enumerate(images, 1):
        if not truth:
            detector.detect([true_image.image])  # the first run of a network is slower
        began = time.perf_counter()
        found += detector.detect([true_image.image])
        seconds.append(time.perf_counter() - began)
        true = Detections.keep_valid(
            true_image.boxes, np.ones(len(true_image.boxes)), true_image.roles
        )
        truth.append(true)
        moot.append(lie_inside(found[-1].boxes, true_image.ignored))
        if on_image is not None:
            on_image(number)
    if not truth:
        raise UsageError("no images: nothing to score the detector on")
    people = _judge(truth, found, moot, PEOPLE)
    groups = {PERSON: _scores(people, precision)}
    for role in ROLES:
        if role != PERSON and role in true_roles and role in found_roles:
            groups[role] = _scores(_judge(truth, found, moot, (role,)), precision)
    chosen = groups[PERSON].chosen

    heights, standing = {}, {}
    for low, high in pairwise(HEIGHTS):
        judged = _judge(truth, found, moot, PEOPLE, partial(_outside, heights=(low, high)))
        heights[_between(low, high)] = HeightScores(
            int(judged.true_counts.sum()),
            float(judged.average_precision()[0]),
            _recall(judged, chosen),
        )
    for name, limits in STANDING.items():
        judged = _judge(truth, found, moot, PEOPLE, partial(_elsewhere, limits=limits), _every)
        standing[name] = StandingScores(
            int(judged.true_counts.sum()), _recall(judged, chosen), judged.at_score(0.0).recall
        )
    return DetectorEvaluation(
        len(truth),
        precision,
        groups,
        heights,
        standing,
        _doubles(truth, found),
        1000 * median(seconds),
    )


def _judge(
    truth: Sequence[Detections],
    found: Sequence[Detections],
    moot: Sequence[Mask],
    roles: Sequence[str],
    left_out: Callable[[Detections], Mask] | None = None,
    pardoned: Callable[[Detections], Mask] | None = None,
) -> JudgedBoxes:
    """Boxes of these roles as one class. moot: which found boxes are not wrong when they fit
    nothing. left_out: which true ones need not be found. pardoned: more that are not wrong; as
    ``left_out`` where it is None.
    """
    pardoned = pardoned or left_out
    truth = [one[np.isin(one.roles, roles)] for one in truth]
    kept = [np.isin(one.roles, roles) for one in found]
    found = [one[rows] for one, rows in zip(found, kept, strict=True)]
    moot = [one[rows] for one, rows in zip(moot, kept, strict=True)]
    if pardoned is not None:
        moot = [one | pardoned(boxes) for one, boxes in zip(moot, found, strict=True)]
    return judge_boxes(
        [one.boxes for one in truth],
        [one.boxes for one in found],
        [one.scores for one in found],
        ignored_truth=None if left_out is None else [left_out(one) for one in truth],
        ignored=moot,
    )


def _recall(judged: JudgedBoxes, chosen: OperatingPoint | None) -> float:
    return float("nan") if chosen is None else judged.at_score(chosen.score).recall


def _every(found: Detections) -> Mask:
    return np.ones(len(found), np.bool_)


def _elsewhere(true: Detections, limits: tuple[float, float]) -> Mask:
    """Which true people overlap others by less or by more."""
    overlaps = iou_matrix(true.boxes, true.boxes)
    np.fill_diagonal(overlaps, 0.0)
    nearest = overlaps.max(1, initial=0.0)
    return np.asarray((nearest < limits[0]) | (nearest >= limits[1]))


def _doubles(truth: Sequence[Detections], found: Sequence[Detections]) -> float:
    """Boxes too many per true person; NaN without people. A box is on whom it overlaps most."""
    people = extra = 0
    for true, boxes in zip(truth, found, strict=True):
        true = true[np.isin(true.roles, PEOPLE)]
        boxes = boxes[np.isin(boxes.roles, PEOPLE) & (boxes.scores > DOUBLE_SCORE)]
        people += len(true)
        if len(true) and len(boxes):
            overlaps = iou_matrix(boxes.boxes, true.boxes)
            on = overlaps.argmax(1)[overlaps.max(1) > _HIT]
            extra += len(on) - len(np.unique(on))
    return extra / people if people else float("nan")


def _outside(found: Detections, heights: tuple[float, float]) -> Mask:
    height = found.boxes[:, 3] - found.boxes[:, 1]
    return np.asarray((height < heights[0]) | (height >= heights[1]))


def _scores(judged: JudgedBoxes, precision: float) -> GroupScores:
    precisions = judged.average_precision()
    return GroupScores(
        true_boxes=int(judged.true_counts.sum()),
        ap50=float(precisions[0]),
        ap50_interval=judged.interval(0.5),
        ap=float(precisions.mean()),
        ap_interval=judged.interval(),
        recall=judged.at_score(0.0).recall,
        chosen=judged.at_precision(precision),
    )


def _between(low: float, high: float) -> str:
    if high == float("inf"):
        return f"over {low:g} px"
    return f"{low:g}-{high:g} px" if low else f"under {high:g} px"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
