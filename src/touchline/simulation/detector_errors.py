"""Detections of a simulated imperfect detector, from the truth.

Each person in view carries slowly wandering numbers (``Wandering``). One of them decides, against
the share that is missed at this height and occlusion, whether the person is found, and if so with
what score: a person about to be missed has a low score, and misses come in streaks. Four others
are the error of the box. How well this fits real detectors is in ``docs/simulation.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from touchline.boxes import Boxes, clip_to_image, corners_to_cxcywh, cxcywh_to_corners, iou_matrix
from touchline.errors import InputError
from touchline.simulation.config import DetectorErrors
from touchline.simulation.false_alarms import FalseAlarms, double_boxes
from touchline.simulation.occlusion import hidden_shares
from touchline.simulation.wandering import Wandering
from touchline.types import Affine, Detections, Roles, TrackTable

_SMALLEST = 2.0  # pixels; boxes that the image's border cuts below this are not reported


@dataclass(frozen=True, slots=True)
class Found:
    """Detections in one frame, and whom they show.

    detections: without embeddings. rows: (N,) for each the row of the true box it shows, -1 for
    a false alarm; a person found twice has two rows, of two people in one box the nearer counts.
    """

    detections: Detections
    rows: NDArray[np.int64]


class ImperfectDetector:
    """Turns true boxes into detections, frame by frame.

    image_size: (width, height) in pixels. The same seed and truth give the same detections.
    """

    def __init__(
        self,
        errors: DetectorErrors,
        *,
        image_size: tuple[int, int],
        frame_rate: float,
        seed: int,
    ) -> None:
        if not (np.isfinite(frame_rate) and frame_rate > 0):
            raise InputError(f"frame rate {frame_rate} is refused: give frames a second, above 0")
        if min(image_size) <= 0:
            raise InputError(f"image size {image_size} is refused: width and height are above 0")
        self._errors = errors
        self._size = image_size
        self._generator = np.random.default_rng(seed)
        seconds = (errors.steady_seconds, errors.flicker_seconds)
        steady = np.array([errors.score_steady] * 2 + [errors.box_steady] * 4)
        self._wander = Wandering(steady, seconds, 1.0 / frame_rate, self._generator)
        self._false = FalseAlarms(errors, image_size, 1.0 / frame_rate, self._generator)

    def detect(
        self, ids: NDArray[np.int64], boxes: Boxes, roles: Roles, motion: Affine | None = None
    ) -> Found:
        """The detections of one frame: true ``boxes`` (N, 4) of ``ids``, (N,) ascending.

        motion: of the camera since the frame before, which carries lasting false alarms along.
        """
        errors = self._errors
        hidden, by = hidden_shares(boxes)
        wander = self._wander.step(ids)
        found, scores, sureness = self._found(boxes, hidden, ndtr(wander[:, 0]))
        seen = self._blurred(boxes, hidden, sureness, wander[:, 2:])
        found &= ~self._merge(boxes, seen, found, by, ndtr(wander[:, 1]))
        rows = np.flatnonzero(found)
        doubles, of, double_scores = double_boxes(seen[rows], errors, self._generator)
        false, false_scores = self._false.step(boxes, motion)
        every = clip_to_image(np.concatenate([seen[rows], doubles, false]), *self._size)
        shown = np.concatenate([rows, rows[of], np.full(len(false), -1)])
        every_role = np.append(roles, "person")[shown]
        every_score = np.concatenate([scores[rows], double_scores, false_scores])
        left = (every[:, 2:] - every[:, :2] >= _SMALLEST).all(axis=1)
        detections = Detections(every[left], every_score[left], every_role[left])
        return Found(detections, shown[left])

    def _found(
        self, boxes: Boxes, hidden: NDArray[np.float64], chance: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
        """Who is found, with what score, how surely; ``chance`` is uniform and changes slowly."""
        errors = self._errors
        height = boxes[:, 3] - boxes[:, 1]
        small = np.maximum(0.0, 1.0 - height / (errors.small_height * self._size[1]))
        passed = 1.0 - errors.miss_hidden * hidden**errors.miss_hidden_power
        passed *= (1.0 - errors.miss_free) * (1.0 - errors.miss_small * small)
        found = (chance >= 1.0 - passed) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        sureness = np.clip((chance - (1.0 - passed)) / np.maximum(passed, 1e-9), 0.0, 1.0)
        quality = (1.0 - np.sqrt(1.0 - sureness)) ** (1.0 / errors.score_shape)
        quality *= 1.0 - errors.score_hidden * hidden
        quality *= np.minimum(1.0, sureness / max(errors.weak_share, 1e-9))
        scores = errors.min_score + (errors.max_score - errors.min_score) * quality
        return found, scores, sureness

    def _blurred(
        self,
        boxes: Boxes,
        hidden: NDArray[np.float64],
        sureness: NDArray[np.float64],
        wander: NDArray[np.float64],
    ) -> Boxes:
        """The boxes as the detector would place them."""
        errors = self._errors
        share = wander * (*errors.centre_error, *errors.size_error)
        growth = np.exp(errors.box_unsure * (1.0 - 2.0 * sureness))
        share *= (growth * (1.0 + errors.box_hidden * hidden))[:, None]
        centred = corners_to_cxcywh(boxes)
        size = centred[:, 2:].copy()
        centred[:, :2] += share[:, :2] * size
        centred[:, 2:] *= np.exp(share[:, 2:])  # never negative
        return cxcywh_to_corners(centred)

    def _merge(
        self,
        boxes: Boxes,
        seen: Boxes,
        found: NDArray[np.bool_],
        by: NDArray[np.int64],
        chance: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Who shares the box of the person before them; those boxes in ``seen`` are widened."""
        rows = np.flatnonzero((by >= 0) & found & (chance < self._errors.merge_share))
        rows = rows[found[by[rows]]]
        overlap = iou_matrix(boxes[rows], boxes)[np.arange(len(rows)), by[rows]]
        rows = rows[overlap > self._errors.merge_min_iou]
        before = by[rows]
        np.minimum.at(seen[:, :2], before, seen[rows, :2])
        np.maximum.at(seen[:, 2:], before, seen[rows, 2:])
        merged = np.zeros(len(boxes), np.bool_)
        merged[rows] = True
        return merged


def imperfect_detections(
    truth: TrackTable,
    errors: DetectorErrors,
    *,
    image_size: tuple[int, int],
    frame_rate: float,
    seed: int,
    frame_count: int | None = None,
) -> Iterator[tuple[int, Found]]:
    """The frames from 0 to the last with a true box, or ``frame_count`` of them, and each one's
    detections; ``rows`` of Found are rows of ``truth``.

    truth: in pixels of an image of ``image_size`` (width, height). The camera is taken to stand
    still, which matters to false alarms only.
    """
    truth = _sorted(truth)
    detector = ImperfectDetector(errors, image_size=image_size, frame_rate=frame_rate, seed=seed)
    last = int(truth.frames[-1]) + 1 if len(truth) else 0
    for frame in range(last if frame_count is None else frame_count):
        at = truth.rows_at(frame)
        found = detector.detect(truth.ids[at], truth.boxes[at], truth.roles[at])
        rows = np.where(found.rows >= 0, found.rows + at.start, -1)
        yield frame, Found(found.detections, rows)


def _sorted(truth: TrackTable) -> TrackTable:
    ordered = truth.sorted()
    if ordered is not truth:
        raise InputError("the truth is not sorted by frame and id: use TrackTable.sorted()")
    return ordered
