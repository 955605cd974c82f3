"""Scores of a detector of people and the ball on images with ground truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.evaluation.true_images import TrueImage
from touchline.metrics.average_precision import JudgedBoxes, OperatingPoint, judge_boxes
from touchline.protocols import Detector
from touchline.types import PEOPLE, ROLES, Detections

PERSON = "person"
"""The group of all people, whatever their role."""

HEIGHTS = (0.0, 30.0, 60.0, 120.0, float("inf"))
"""Limits of the height groups of people, in pixels of the image."""

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
class DetectorEvaluation:
    """Scores of a detector.

    images: how many. precision: what ``chosen`` was asked for. groups: ``person`` (all people as
    one), then the roles that truth and detector both know. heights: of people, by ``30-60 px``.
    milliseconds: median time for one image, with scaling and suppression.
    """

    images: int
    precision: float
    groups: dict[str, GroupScores]
    heights: dict[str, HeightScores]
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
    seconds: list[float] = []
    for number, true_image in enumerate(images, 1):
        if not truth:
            detector.detect([true_image.image])  # the first run of a network is slower
        began = time.perf_counter()
        found += detector.detect([true_image.image])
        seconds.append(time.perf_counter() - began)
        truth.append(
            Detections.keep_valid(
                true_image.boxes, np.ones(len(true_image.boxes)), true_image.roles
            )
        )
        if on_image is not None:
            on_image(number)
    if not truth:
        raise UsageError("no images: nothing to score the detector on")
    people = _judge(truth, found, PEOPLE)
    groups = {PERSON: _scores(people, precision)}
    for role in ROLES:
        if role != PERSON and role in true_roles and role in found_roles:
            groups[role] = _scores(_judge(truth, found, (role,)), precision)
    chosen = groups[PERSON].chosen
    heights = {
        _between(low, high): _height_scores(truth, found, low, high, chosen)
        for low, high in pairwise(HEIGHTS)
    }
    return DetectorEvaluation(len(truth), precision, groups, heights, 1000 * median(seconds))


def _judge(
    truth: Sequence[Detections],
    found: Sequence[Detections],
    roles: Sequence[str],
    heights: tuple[float, float] = (0.0, float("inf")),
) -> JudgedBoxes:
    """Boxes of these roles as one class; those of other heights need not be found."""
    truth = [one[np.isin(one.roles, roles)] for one in truth]
    found = [one[np.isin(one.roles, roles)] for one in found]
    return judge_boxes(
        [one.boxes for one in truth],
        [one.boxes for one in found],
        [one.scores for one in found],
        ignored_truth=[_outside(one, heights) for one in truth],
        ignored=[_outside(one, heights) for one in found],
    )


def _outside(found: Detections, heights: tuple[float, float]) -> NDArray[np.bool_]:
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


def _height_scores(
    truth: Sequence[Detections],
    found: Sequence[Detections],
    low: float,
    high: float,
    chosen: OperatingPoint | None,
) -> HeightScores:
    judged = _judge(truth, found, PEOPLE, (low, high))
    return HeightScores(
        true_boxes=int(judged.true_counts.sum()),
        ap50=float(judged.average_precision()[0]),
        recall=float("nan") if chosen is None else judged.at_score(chosen.score).recall,
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
