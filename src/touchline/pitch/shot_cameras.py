"""The cameras of one shot, fitted together: what one frame leaves open, its neighbours tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from touchline.pitch.calibration import find_poses
from touchline.pitch.chains import solve_chain
from touchline.pitch.config import PitchConfig
from touchline.pitch.refine import (
    FINE,
    CameraPrior,
    error_of_places,
    expected_error,
    line_equations,
)
from touchline.pitch.self_score import self_scores
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.shot_walk import walk
from touchline.pitch.steps import RAIL, TRIPOD, CameraSteps, step_equations
from touchline.pitch.template import PitchTemplate, pitch_template
from touchline.types import Floats, Index, Mask

_KEY_SECONDS = 6.0  # one search in so long a stretch
_LEAST_KEYS = 2
_TRIALS = 3  # anchors around which
_TRIAL_SECONDS = 2.0  # it is tried whether the camera stands or is carried
_TRIPOD_FIRST = 0.03  # of the share explained by which a moving camera has to be better
_TRUSTED = 0.55  # share of line points explained, on average over looks reached, of a right camera
_GATES = (0.012, 0.01, 0.008, 0.006, 0.006)
_CHUNK = 32
_FARTHEST = 1e4  # metres, and radians
_LARGEST = np.array([4.0, 6.0, 4.0, 0.1, 0.06, 0.02, 0.15, 0.06])


@dataclass(frozen=True, slots=True)
class ShotCameras:
    """Cameras of n looks.

    Args:
        cameras: (n, 8); NaN where none was found.
        scores: (n,) 0..1, how template and lines agree; NaN where there are no lines.
        metres: (n,) by which places may be off; inf where there is no camera.
        wander: what kind of camera it is.
    """

    cameras: Floats
    scores: Floats
    metres: Floats
    wander: Floats


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A look whose lines tell its camera."""

    row: int
    camera: Floats
    known: Floats
    score: float


def fit_shot(looks: ShotLooks, config: PitchConfig) -> ShotCameras:
    """The cameras of a shot, with one place where that explains the lines."""
    template = pitch_template(config)
    count = len(looks)
    cameras = np.full((count, 8), np.nan)
    best = np.zeros(count)
    prior = CameraPrior.of_main_camera(template)
    anchors: list[_Anchor] = []
    for row in _key_looks(looks):
        anchor = _anchor(template, looks, row, prior, config, best)
        if anchor is not None:
            anchors.append(anchor)
    anchors.sort(key=lambda one: (-one.score, one.row))
    wander = _kind(template, looks, anchors[:_TRIALS])
    for anchor in anchors:
        solved = np.isfinite(cameras[:, 0])
        if solved[anchor.row]:
            continue
        reached = _reach(template, looks, anchor, wander, solved)
        shares = np.array([share for _, _, share in reached])
        if np.nanmean(shares) < _TRUSTED:
            continue
        for row, camera, _ in reached:
            cameras[row] = camera
    return _smoothed(template, looks, cameras, best, wander, prior)


def is_camera(cameras: Floats) -> Mask:
    """(n,) which rows (n, 8) are numbers that a camera can have."""
    with np.errstate(invalid="ignore"):
        there = (np.abs(cameras) < _FARTHEST).all(axis=1) & (cameras[:, 2] > 0)
    return np.asarray(there)


def _key_looks(looks: ShotLooks) -> list[int]:
    """Looks at which a search begins: of each stretch the one whose lines say most."""
    rows = np.flatnonzero(looks.telling)
    if not len(rows):
        return []
    begin, end = looks.seconds[rows[0]], looks.seconds[rows[-1]]
    stretches = max(_LEAST_KEYS, int(np.ceil((end - begin) / _KEY_SECONDS)))
    part = ((looks.seconds[rows] - begin) / max(end - begin, 1e-9) * stretches).astype(int)
    found = []
    for stretch in range(stretches + 1):
        own = rows[part == stretch]
        if len(own):
            found.append(int(own[np.argmax([_said(looks, row) for row in own])]))
    return found


def _said(looks: ShotLooks, row: int) -> float:
    """How much lines tell: many, spread over the image, in several directions."""
    there = np.isfinite(looks.points[row, :, 0])
    spread = looks.points[row, there].std(axis=0).prod()
    turned = np.exp(2j * looks.angles[row, there]).mean()
    return float(np.sqrt(spread) * (1.1 - np.abs(turned)))


def _anchor(
    template: PitchTemplate,
    looks: ShotLooks,
    row: int,
    prior: CameraPrior,
    config: PitchConfig,
    best: Floats,
) -> _Anchor | None:
    """The look with its camera, where its lines tell it; how good it is gets into ``best``."""
    lines = looks.all_lines(row)
    found = find_poses(template, lines, looks.seen(row).grass, looks.aspect, prior)
    camera = found.cameras[0]
    best[row] = np.clip(found.scores[0], 0, 1)
    if found.scores[0] < config.min_score:
        return None
    if expected_error(template, camera, lines, prior, looks.aspect) > config.max_error:
        return None
    some = looks.some_lines(slice(row, row + 1))
    matrix, _ = line_equations(template, camera[None], some, FINE[-1])
    known = matrix[0] + np.diag(1 / np.minimum(prior.deviation, 1e3) ** 2)
    return _Anchor(row, camera, known, float(found.scores[0]))


def _reach(
    template: PitchTemplate,
    looks: ShotLooks,
    anchor: _Anchor,
    wander: Floats,
    solved: Mask,
    most_seconds: float = np.inf,
) -> list[tuple[int, Floats, float]]:
    """The look of the anchor and those that are reached from it: row, camera, share explained."""
    found = [(anchor.row, anchor.camera, 1.0)]
    for onwards in (True, False):
        way = walk(
            template,
            looks,
            anchor.row,
            anchor.camera,
            anchor.known,
            wander,
            onwards=onwards,
            stop=solved,
            most_seconds=most_seconds,
        )
        found += zip(way.rows, way.cameras, way.explained, strict=True)
    return found


def _kind(template: PitchTemplate, looks: ShotLooks, anchors: list[_Anchor]) -> Floats:
    """Whether the camera stands or is carried: what explains more around the anchors."""
    nothing = np.zeros(len(looks), np.bool_)
    standing, carried = (
        sum(
            _trial(_reach(template, looks, anchor, wander, nothing, _TRIAL_SECONDS))
            for anchor in anchors
        )
        for wander in (TRIPOD, RAIL)
    )
    return RAIL if carried > standing + _TRIPOD_FIRST * max(standing, 1e-9) else TRIPOD


def _trial(reached: list[tuple[int, Floats, float]]) -> float:
    """How much a trial explains, looks that were not reached counted as nothing."""
    return float(np.nansum([share for _, _, share in reached]))


def _smoothed(
    template: PitchTemplate,
    looks: ShotLooks,
    cameras: Floats,
    best: Floats,
    wander: Floats,
    prior: CameraPrior,
) -> ShotCameras:
    """All cameras moved together until lines and motion agree best."""
    count = len(looks)
    rows = np.flatnonzero(np.isfinite(cameras[:, 0]))
    scores, metres = best.copy(), np.full(count, np.inf)
    if not len(rows):
        return ShotCameras(cameras, scores, metres, wander)
    found = cameras[rows]
    steps = _between(looks, rows)
    covariances = np.empty((len(rows), 8, 8))
    deviation = np.minimum(prior.deviation, 1e3)
    for gate in _GATES:
        own, right = np.zeros((len(rows), 8, 8)), np.zeros((len(rows), 8))
        for begin in range(0, len(rows), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            lines = looks.some_lines(rows[part])
            own[part], right[part] = line_equations(template, found[part], lines, gate)
        tied = step_equations(found[:-1], found[1:], steps, wander, looks.aspect)
        own[:-1] += tied.before
        own[1:] += tied.after
        right[:-1] += tied.right_before
        right[1:] += tied.right_after
        beside = np.median(found[:, 0])
        mean = prior.means(1, beside)[0]
        own[0] += np.diag(1 / deviation**2)
        right[0] += np.where(np.isfinite(prior.deviation), (mean - found[0]) / deviation**2, 0.0)
        moves, covariances = solve_chain(own, tied.across, right)
        found = found + np.clip(moves, -_LARGEST, _LARGEST)
        found[:, 2] = np.maximum(found[:, 2], 1.5)
    smooth = cameras.copy()
    smooth[rows] = np.where(is_camera(found)[:, None], found, np.nan)
    scores[rows] = np.nan
    for place, row in enumerate(rows.tolist()):
        if not np.isfinite(smooth[row, 0]):
            continue
        metres[row] = error_of_places(template, found[place], covariances[place], looks.aspect)
        if looks.telling[row]:
            lines, grass = looks.all_lines(row), looks.seen(row).grass
            score = self_scores(template, found[place][None], lines, grass, looks.aspect).total
            scores[row] = score[0]
    return ShotCameras(smooth, scores, metres, wander)


def _between(looks: ShotLooks, rows: Index) -> CameraSteps:
    """The steps between looks that need not be neighbours."""
    first, second = rows[:-1], rows[1:]
    steps = looks.steps[first]
    neighbours = second == first + 1
    return replace(
        steps,
        measured=steps.measured & neighbours,
        seconds=looks.seconds[second] - looks.seconds[first],
    )
