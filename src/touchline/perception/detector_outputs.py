"""Decode a detector's raw outputs into candidate boxes: one pure function per layout.

Every function here takes the outputs by name, the canvas (width, height) they were made from, the
class numbers that are wanted, and the lowest score; it returns ``RawBoxes`` for each image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, cxcywh_to_corners

Outputs = Mapping[str, NDArray[Any]]
Canvas = tuple[int, int]
ClassNumbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RawBoxes:
    """Boxes of one image before suppression: (N, 4) corners on the canvas, scores, classes."""

    boxes: Boxes
    scores: NDArray[np.float64]
    classes: ClassNumbers


Decoder = Callable[[Outputs, Canvas, ClassNumbers, float], list[RawBoxes]]

YOLOX_STRIDES = (8, 16, 32)
_LARGEST_SHARE = 2.0  # a box may be wider than the image that it is cut by
_MOST = 0.99  # of all cells; a network may answer a broken box


def decode_yolo(
    outputs: Outputs, _canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """YOLOv8 and later: (B, 4 + classes, A), centre boxes in pixels, no objectness."""
    return [_best_class(image[:4].T, image[4:].T, wanted, min_score) for image in _first(outputs)]


def decode_yolo_rows(
    outputs: Outputs, _canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """The same, transposed: (B, A, 4 + classes)."""
    return [_best_class(image[:, :4], image[:, 4:], wanted, min_score) for image in _first(outputs)]


def decode_yolo_shares(
    outputs: Outputs, canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """(B, 4 + classes, A) with boxes as shares of the canvas, as TensorFlow's exports have them."""
    turned = {"turned": _first(outputs).swapaxes(1, 2)}
    return decode_normalised(turned, canvas, wanted, min_score)


def decode_yolov5(
    outputs: Outputs, _canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """YOLOv5, v7 and decoded YOLOX: (B, A, 5 + classes), centre boxes in pixels, objectness."""
    found = []
    for image in _first(outputs):
        rows = image[image[:, 4] >= min_score]  # the product can only be lower
        scores = rows[:, 5:] * rows[:, 4:5]
        found.append(_best_class(rows[:, :4], scores, wanted, min_score))
    return found


def decode_yolox_raw(
    outputs: Outputs, canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """YOLOX as its exporter writes it: (B, A, 5 + classes), offsets in cells, log sizes.

    Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430.
    """
    corners, strides = yolox_cells(canvas)
    found = []
    for image in _first(outputs):
        cells = np.flatnonzero(image[:, 4] >= min_score)
        rows, stride = image[cells], strides[cells, None]
        scores = rows[:, 5:] * rows[:, 4:5]
        with np.errstate(over="ignore"):  # a broken network: its infinite boxes are dropped later
            sizes = np.exp(rows[:, 2:4].astype(np.float64)) * stride
        boxes = np.hstack([rows[:, :2] * stride + corners[cells], sizes])
        found.append(_best_class(boxes, scores, wanted, min_score))
    return found


def decode_end_to_end(
    outputs: Outputs, _canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """YOLOv10, YOLO26 and exports with NMS inside: (B, K, 6), corners, score, class."""
    return [
        _listed(image[:, :4], image[:, 4], image[:, 5], wanted, min_score)
        for image in _first(outputs)
    ]


def decode_normalised(
    outputs: Outputs, canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """RT-DETR from Ultralytics, some YOLO: (B, K, 4 + classes), centre boxes in 0..1, scores."""
    scale = np.array([*canvas, *canvas])
    return [
        _best_class(image[:, :4] * scale, image[:, 4:], wanted, min_score)
        for image in _first(outputs)
    ]


def logits_decoder(boxes_name: str, logits_name: str) -> Decoder:
    """DETR-style outputs of these names: centre boxes in 0..1, one logit (sigmoid) per class."""

    def decode_logits(
        outputs: Outputs, canvas: Canvas, wanted: ClassNumbers, min_score: float
    ) -> list[RawBoxes]:
        scale = np.array([*canvas, *canvas])
        found = []
        for boxes, logits in zip(outputs[boxes_name], outputs[logits_name], strict=True):
            scores = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -60, 60)))
            found.append(_best_class(boxes * scale, scores, wanted, min_score))
        return found

    return decode_logits


def decode_lists(
    outputs: Outputs, _canvas: Canvas, wanted: ClassNumbers, min_score: float
) -> list[RawBoxes]:
    """RT-DETR and D-FINE from their own repositories: labels, boxes (corners), scores."""
    return [
        _listed(boxes, scores, labels, wanted, min_score)
        for labels, boxes, scores in zip(
            outputs["labels"], outputs["boxes"], outputs["scores"], strict=True
        )
    ]


@lru_cache(maxsize=16)
def yolox_cells(canvas: Canvas) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Top left corner (A, 2) in pixels and stride (A,) of every cell, in YOLOX's order."""
    corners, strides = [], []
    for stride in YOLOX_STRIDES:
        y, x = np.mgrid[: canvas[1] // stride, : canvas[0] // stride]
        corners.append(np.stack([x.ravel(), y.ravel()], axis=1) * float(stride))
        strides.append(np.full(x.size, float(stride)))
    return np.concatenate(corners), np.concatenate(strides)


def yolox_is_decoded(output: NDArray[Any], canvas: Canvas) -> bool:
    """Whether a YOLOX output (A, 5 + classes) of any image is in pixels, not in cells.

    Decoded centres lie about their cell, raw ones about 0: whichever is nearer in the median.
    """
    corners, strides = yolox_cells(canvas)
    centres = output[:, :2].astype(np.float64)
    if_decoded = np.abs(centres - corners) / strides[:, None]
    return bool(np.nanmedian(if_decoded) < np.nanmedian(np.abs(centres)))


def is_in_shares(boxes: NDArray[Any]) -> bool:
    """Whether boxes (A, 4) of every cell of an image are shares of it, not pixels."""
    largest = boxes[np.isfinite(boxes)].max(initial=0.0)
    return bool(0.0 < largest <= _LARGEST_SHARE)


def is_finished_list(rows: NDArray[Any]) -> bool:
    """Whether rows (A, 6), one of every cell, are corners, a score and the number of a class."""
    score, number = rows[:, 4], rows[:, 5]
    corners = ((rows[:, 2] > rows[:, 0]) & (rows[:, 3] > rows[:, 1])).mean() >= _MOST
    whole = bool((number == np.floor(number)).all() and number.min() >= 0)
    return bool(corners and whole and score.min() >= 0 and score.max() < 1)


def _first(outputs: Outputs) -> NDArray[Any]:
    return next(iter(outputs.values()))


def _best_class(
    boxes_cxcywh: NDArray[Any], scores: NDArray[Any], wanted: ClassNumbers, min_score: float
) -> RawBoxes:
    """Rows whose best class is a wanted one and reaches ``min_score``; scores is (N, classes).

    A referee who also scores a little as a player does not become one if referees are left out.
    """
    rows = np.flatnonzero(scores[:, wanted].max(axis=1) >= min_score)  # NaN is no score
    classes = scores[rows].argmax(axis=1)
    best = np.isin(classes, wanted)
    rows, classes = rows[best], classes[best]
    boxes = cxcywh_to_corners(boxes_cxcywh[rows].astype(np.float64))
    return RawBoxes(boxes, scores[rows, classes].astype(np.float64), classes)


def _listed(
    boxes: NDArray[Any],
    scores: NDArray[Any],
    classes: NDArray[Any],
    wanted: ClassNumbers,
    min_score: float,
) -> RawBoxes:
    """Rows of a finished list of detections that are wanted."""
    rows = np.flatnonzero((scores >= min_score) & np.isin(classes, wanted))
    return RawBoxes(
        boxes[rows].astype(np.float64),
        scores[rows].astype(np.float64),
        classes[rows].astype(np.int64),
    )
