"""The camera of a single image: lines, first poses, refinement, and whether to believe it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.camera import PitchCamera
from touchline.pitch.config import PitchConfig
from touchline.pitch.line_masks import LineMasks, find_line_masks
from touchline.pitch.line_points import LinePoints, find_line_points
from touchline.pitch.refine import CATCH, FINE, SETTLE, CameraPrior, expected_error, refine
from touchline.pitch.search import first_poses
from touchline.pitch.self_score import self_scores
from touchline.pitch.template import PitchTemplate, pitch_template
from touchline.types import Floats, Image, Mask

_STAGES = ((48, 120, CATCH), (16, 200, SETTLE), (3, 700, FINE))
"""How many poses, by how many points, and how far they pull."""

_BESIDE = 0.001  # of the score for each metre beside the halfway line, where few cameras are
_UNUSUAL = 0.005  # of the score for a squared deviation from where cameras usually stand
_LEAST_POINTS = 40


@dataclass(frozen=True, slots=True)
class PitchCalibration:
    """The camera of an image and how far to believe it.

    Args:
        camera: None where the image does not tell.
        score: 0..1, of the best camera, also where it was refused.
        reason: why there is none; empty where there is one.
        metres: by which a place on the visible pitch may be off, one standard deviation, if the
            right lines were taken; inf where nothing was found.
    """

    camera: PitchCamera | None
    score: float
    reason: str = ""
    metres: float = float("inf")


def calibrate_image(
    image: Image, config: PitchConfig | None = None, boxes: Floats | None = None
) -> PitchCalibration:
    """The camera of one image by itself, or why there is none.

    Args:
        image: (H, W, 3) BGR.
        config: the pitch and the least score.
        boxes: (N, 4) corner pixels of people, whose clothes are no lines; None: not known.
    """
    height, width = image.shape[:2]
    return calibrate_masks(find_line_masks(image, boxes), height / width, config or PitchConfig())


def calibrate_masks(masks: LineMasks, aspect: float, config: PitchConfig) -> PitchCalibration:
    """The same from masks, whoever made them.

    Args:
        masks: lines and grass of the image.
        aspect: height of the image over its width.
        config: the pitch and the least score.
    """
    if not masks.grass.any():
        return PitchCalibration(None, 0.0, "no grass")
    lines = find_line_points(masks)
    if len(lines) < _LEAST_POINTS:
        return PitchCalibration(None, 0.0, "no lines")
    template = pitch_template(config)
    prior = CameraPrior.of_main_camera(template)
    found = find_poses(template, lines, masks.grass, aspect, prior)
    score = float(np.clip(found.scores[0], 0, 1))
    if score < config.min_score:
        return PitchCalibration(None, score, "no camera agrees with the lines")
    error = expected_error(template, found.cameras[0], lines, prior, aspect)
    if error > config.max_error:
        return PitchCalibration(None, score, "the lines leave open where it is", error)
    return PitchCalibration(PitchCamera.from_parameters(found.cameras[0]), score, "", error)


@dataclass(frozen=True, slots=True)
class FoundPoses:
    """The last cameras of a search, best first: (K, 8), and the score of each, (K,)."""

    cameras: Floats
    scores: Floats


def find_poses(
    template: PitchTemplate, lines: LinePoints, grass: Mask, aspect: float, prior: CameraPrior
) -> FoundPoses:
    """Cameras that may have seen these lines, from all that a main camera can be.

    Args:
        template: the pitch.
        lines: points on lines of the image.
        grass: its mask, of any size.
        aspect: height of the image over its width.
        prior: where cameras stand.
    """
    poses = first_poses(template, lines, grass, aspect, _STAGES[0][0])
    scores = np.zeros(len(poses))
    beside = poses[:, 0]
    for count, points, gates in _STAGES:
        some = _some(lines, points)
        best = np.argsort(-scores)[:count]
        beside = beside[best]
        poses = refine(template, poses[best], some, prior, gates, beside)
        scores = self_scores(template, poses, some, grass, aspect).total
        scores -= _BESIDE * np.abs(beside) + _UNUSUAL * prior.misfits(poses, beside)
    order = np.argsort(-scores, kind="stable")
    return FoundPoses(poses[order], scores[order])


def _some(lines: LinePoints, count: int) -> LinePoints:
    chosen = np.linspace(0, len(lines) - 1, min(len(lines), count)).round().astype(int)
    return LinePoints(lines.points[chosen], lines.angles[chosen], lines.pixel)
