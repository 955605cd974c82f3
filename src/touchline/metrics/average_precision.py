"""Scores of detections: average precision as COCO counts it, and operating points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, iou_matrix
from touchline.errors import InputError
from touchline.types import Floats, Mask

COCO_IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The ten IoU thresholds that AP50-95 averages over."""

RESAMPLES = 1000
"""Number of bootstrap samples of an interval."""

_RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Precision and recall of boxes that score at least ``score``; shares of nothing are NaN.

    precision: share of the kept boxes that are right. recall: share of the true boxes found.
    """

    score: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class JudgedBoxes:
    """Detections in P images, each right or wrong at each of T IoU thresholds; best score first.

    ious: the T overlaps. scores: (M,). images: (M,) int64 the image a box is of. right,
    counted: (T, M) whether a box is right, and whether it counts at all. true_counts: (P,) int64
    true boxes that count.
    """

    ious: tuple[float, ...]
    scores: Floats
    images: NDArray[np.int64]
    right: Mask
    counted: Mask
    true_counts: NDArray[np.int64]

    def average_precision(self) -> Floats:
        """(T,) average precision at each IoU, 0..1; NaN where there is no true box."""
        return self._average_precision(np.ones(len(self.true_counts)))

    def interval(self, iou: float | None = None, seed: int = 0) -> tuple[float, float]:
        """The 95 % interval of the average precision at one IoU, or of the mean over all.

        Percentiles of the bootstrap over images; (NaN, NaN) for fewer than two images with a
        true box. Images that are near-copies make it too narrow.
        """
        if (self.true_counts > 0).sum() < 2:
            return float("nan"), float("nan")
        rows = slice(None) if iou is None else slice(self._row(iou), self._row(iou) + 1)
        counted = self.counted[rows]
        if (counted == counted[:1]).all():
            counted = counted[:1]  # where nothing is ignored; saves most of the time
        part = replace(self, ious=self.ious[rows], right=self.right[rows], counted=counted)
        random = np.random.default_rng(seed)
        count = len(self.true_counts)
        means = np.empty(RESAMPLES)
        for sample in range(RESAMPLES):
            drawn = np.bincount(random.integers(0, count, count), minlength=count)
            means[sample] = part._average_precision(drawn.astype(np.float64)).mean()
        low, high = np.nanpercentile(means, (2.5, 97.5))
        return float(low), float(high)

    def at_score(self, score: float, iou: float = 0.5) -> OperatingPoint:
        """Precision and recall of the boxes that score at least ``score``."""
        row = self._row(iou)
        kept = self.counted[row] & (self.scores >= score)
        right = int((self.right[row] & kept).sum())
        return OperatingPoint(
            score, _share(right, int(kept.sum())), _share(right, int(self.true_counts.sum()))
        )

    def at_precision(self, precision: float, iou: float = 0.5) -> OperatingPoint | None:
        """The lowest score, so the highest recall, at which precision is at least this.

        None where no score gives it.
        """
        row = self._row(iou)
        right = np.cumsum(self.right[row] & self.counted[row])
        total = np.cumsum(self.counted[row])
        # Boxes of equal score are kept or dropped together.
        last = np.append(self.scores[1:] < self.scores[:-1], True)[: len(self.scores)]
        good = np.flatnonzero(last & (total > 0) & (right >= precision * total))
        return self.at_score(float(self.scores[good[-1]]), iou) if len(good) else None

    def _average_precision(self, weights: Floats) -> Floats:
        """Average precision with image p counted ``weights[p]`` times."""
        true_count = float(weights @ self.true_counts)
        if not true_count:
            return np.full(len(self.ious), np.nan)
        # Recall rises at right boxes only, and precision falls at all others.
        places = np.flatnonzero(self.right.any(axis=0))
        weight = weights[self.images]
        right = np.cumsum(weight[places] * self.right[:, places], axis=1)
        total = np.cumsum(weight * self.counted, axis=1)[:, places]
        precision = right / np.maximum(total, 1.0)
        # The best precision at this recall or a higher one.
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        scores = np.empty(len(self.ious))
        for row, recall in enumerate(right / true_count):
            first = np.searchsorted(recall, _RECALLS, side="left")
            scores[row] = precision[row, first[first < len(recall)]].sum() / len(_RECALLS)
        return scores

    def _row(self, iou: float) -> int:
        if iou not in self.ious:
            raise InputError(f"boxes were not judged at IoU {iou}, only at {self.ious}")
        return self.ious.index(iou)


def judge_boxes(
    true_boxes: Sequence[Boxes],
    boxes: Sequence[Boxes],
    scores: Sequence[Floats],
    *,
    ious: Sequence[float] = COCO_IOUS,
    ignored_truth: Sequence[Mask] | None = None,
    ignored: Sequence[Mask] | None = None,
) -> JudgedBoxes:
    """Matches detections to true boxes, image by image, as COCO does (Lin et al., 2014).

    true_boxes, boxes: (n, 4) of each image, of one class or of several taken as one. scores:
    (n,) of each image. In the order of their scores boxes take the free true box they overlap
    most, by at least the threshold.
    ignored_truth: true boxes that need not be found; a box that only fits one of those is neither
    right nor wrong. ignored: found boxes that are not wrong when they fit nothing.

    Raises InputError where the lists do not belong together.
    """
    if not len(true_boxes) == len(boxes) == len(scores):
        raise InputError(
            f"{len(true_boxes)} images with truth, {len(boxes)} with boxes, {len(scores)} with "
            "scores: one entry per image is needed in each"
        )
    thresholds = np.array(ious, np.float64)
    right, counted, orders = [], [], []
    true_counts = np.zeros(len(boxes), np.int64)
    for image, (true, found, score) in enumerate(zip(true_boxes, boxes, scores, strict=True)):
        if len(found) != len(score):
            raise InputError(f"image {image} has {len(found)} boxes and {len(score)} scores")
        free = _mask(ignored_truth, image, len(true))
        pardoned = _mask(ignored, image, len(found))
        order = np.argsort(-score, kind="stable")
        hit, void = _pair(iou_matrix(found[order], true), free, thresholds)
        orders.append(score[order])
        right.append(hit & ~void)
        counted.append(~void & (hit | ~pardoned[order]))
        true_counts[image] = len(true) - free.sum()
    every = np.concatenate([*orders, np.empty(0)])
    numbers = np.repeat(np.arange(len(boxes)), [len(one) for one in orders])
    order = np.argsort(-every, kind="stable")
    nothing = np.empty((len(thresholds), 0), np.bool_)
    return JudgedBoxes(
        tuple(ious),
        every[order],
        numbers[order],
        np.concatenate([*right, nothing], axis=1)[:, order],
        np.concatenate([*counted, nothing], axis=1)[:, order],
        true_counts,
    )


def _pair(overlaps: Floats, ignored: Mask, thresholds: Floats) -> tuple[Mask, Mask]:
    """(T, M) whether a box takes a true one at each threshold, and whether that is ignored.

    overlaps: (M, N) with boxes in the order of their scores.
    """
    count, thresholds_count = len(overlaps), len(thresholds)
    hit = np.zeros((thresholds_count, count), np.bool_)
    void = np.zeros_like(hit)
    if not overlaps.size:
        return hit, void
    taken = np.zeros((thresholds_count, overlaps.shape[1]), np.bool_)
    rows = np.arange(thresholds_count)
    # True boxes that count go before ignored ones, however much those overlap.
    preferred = np.where(ignored, 0.0, 2.0)
    for box in np.flatnonzero(overlaps.max(axis=1) >= thresholds.min()):
        possible = ~taken & (overlaps[box] >= thresholds[:, None])
        value = np.where(possible, overlaps[box] + preferred, -1.0)
        # Of equals the last, as the reference takes it.
        best = value.shape[1] - 1 - np.argmax(value[:, ::-1], axis=1)
        fits = possible[rows, best]
        hit[:, box] = fits
        void[:, box] = fits & ignored[best]
        taken[rows[fits], best[fits]] = True
    return hit, void


def _mask(masks: Sequence[Mask] | None, image: int, count: int) -> Mask:
    mask = np.zeros(count, np.bool_) if masks is None else masks[image]
    if len(mask) != count:
        raise InputError(f"image {image}: {len(mask)} marks for {count} boxes")
    return mask


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
