"""The looks of a shot whose lines tell their camera by themselves: everything else starts there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from touchline.pitch.calibration import find_poses
from touchline.pitch.camera import back_project
from touchline.pitch.config import PitchConfig
from touchline.pitch.line_points import LinePoints
from touchline.pitch.look_scores import look_scores
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.refine import FINE, CameraPrior, expected_error, line_equations
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.shot_walk import settled, unsure_metres
from touchline.pitch.steps import CameraKind
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Mask

_STRETCH_SECONDS = 3.0  # one search of all poses in so long a stretch, at most
_LEAST_SEARCHES = 3
_APART_SECONDS = 0.8  # between two looks that are searched
_USUAL_SECONDS = 1.0  # one search among usual cameras, which takes an eighth of the time

_STEP = 3.0  # metres between the places tried
_AROUND = 12.0  # metres nearer and further than usual
_PAN_STEP, _TILT_STEP, _FOCAL_STEP = 0.1, 0.06, 0.25  # image widths, and of the logarithm
_PROBES = 48
_PULL = 0.03  # image widths
_REFINED = 12
_GATES = (0.045, 0.03, 0.02, 0.012, 0.008, 0.006)
_RIVAL_METRES = 2.0  # between the middles of what two answers see
_RIVAL_SCORE = 0.05
_LEAST_SCORE = 0.6
_MOST_ERROR = 1.0  # metres
_CHUNK = 200
_TURN = 0.5


@dataclass(frozen=True, slots=True)
class Anchor:
    """A look whose lines tell its camera.

    Args:
        row: which look.
        camera: (8,) of it.
        known: (8, 8) how well, the inverse of its covariance.
        error: metres by which places may be off.
    """

    row: int
    camera: Floats
    known: Floats
    error: float


@dataclass(slots=True)
class AnchorSearch:
    """Searches the looks of a shot, those that say most first.

    Args:
        template: the pitch.
        looks: of the shot.
        config: how sure a camera has to be.
        prior: where cameras stand.
        scores: (n,) of the best camera of each look that was searched, else 0.
    """

    template: PitchTemplate
    looks: ShotLooks
    config: PitchConfig
    prior: CameraPrior
    scores: Floats = field(init=False)
    _said: Floats = field(init=False)
    _left: int = field(init=False)
    _usual_left: int = field(init=False)
    _tried: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = np.flatnonzero(self.looks.telling)
        self.scores = np.zeros(len(self.looks))
        self._said = np.zeros(len(self.looks))
        self._said[rows] = [_said(self.looks, row) for row in rows.tolist()]
        seconds = np.ptp(self.looks.seconds[rows]) if len(rows) else 0.0
        self._left = max(_LEAST_SEARCHES, int(np.ceil(seconds / _STRETCH_SECONDS)))
        self._usual_left = max(_LEAST_SEARCHES, int(np.ceil(seconds / _USUAL_SECONDS)))

    def next_anchor(self, wanted: Mask) -> Anchor | None:
        """The next look that tells its camera, of those (n,) wanted; None: there is no more."""
        while self._left > 0 and (row := self._next_row(wanted)) is not None:
            self._left -= 1
            found = self._of_all(row)
            if found is not None:
                return found
        return None

    def next_usual(self, wanted: Mask, kind: CameraKind, usual: Floats) -> Anchor | None:
        """The same among cameras like those that are known already.

        Args:
            wanted: (n,) looks that may be searched.
            kind: of camera.
            usual: (8,) of the shot.
        """
        while self._usual_left > 0 and (row := self._next_row(wanted)) is not None:
            self._usual_left -= 1
            found = self._of_usual(row, kind, usual)
            if found is not None:
                return found
        return None

    def forget(self) -> None:
        """Looks that were searched may be searched again."""
        self._tried.clear()

    def _next_row(self, wanted: Mask) -> int | None:
        free = wanted & (self._said > 0)
        for second in self._tried:
            free &= np.abs(self.looks.seconds - second) > _APART_SECONDS
        if not free.any():
            return None
        row = int(np.argmax(np.where(free, self._said, -1.0)))
        self._tried.append(float(self.looks.seconds[row]))
        return row

    def _of_all(self, row: int) -> Anchor | None:
        looks, lines = self.looks, self.looks.all_lines(row)
        found = find_poses(self.template, lines, looks.seen(row).grass, looks.aspect, self.prior)
        camera, score = found.cameras[0], float(found.scores[0])
        self.scores[row] = np.clip(score, 0, 1)
        if score < self.config.min_score:
            return None
        error = expected_error(self.template, camera, lines, self.prior, looks.aspect)
        if error > self.config.max_error:
            return None
        matrix, _ = line_equations(self.template, camera[None], looks.some_lines(row), FINE[-1])
        known = matrix[0] + np.diag(1 / np.minimum(self.prior.deviation, 1e3) ** 2)
        return Anchor(row, camera, known, error)

    def _of_usual(self, row: int, kind: CameraKind, usual: Floats) -> Anchor | None:
        template, looks = self.template, self.looks
        places = _usual_places(template, kind, usual)
        pulls = _pulls(template, places, looks.some_lines(row))
        best = places[np.argsort(-pulls, kind="stable")[:_REFINED]]
        known = np.diag(1 / np.minimum(kind.within, 1e3) ** 2)
        found = settled(template, looks, row, best, usual, known, _GATES)
        cameras = np.array([one.camera for one in found])
        scores = look_scores(template, looks, np.full(len(found), row), cameras)
        first = int(np.argmax(scores))
        self.scores[row] = max(self.scores[row], scores[first])
        middles = back_project(cameras, np.array([[0.0, looks.aspect / 4]]))[:, 0]
        apart = np.hypot(*(middles - middles[first]).T)
        rivals = ~(apart < _RIVAL_METRES) & (scores > scores[first] - _RIVAL_SCORE)
        if scores[first] < max(_LEAST_SCORE, self.config.min_score) or rivals.any():
            return None
        error = unsure_metres(template, looks, found[first])
        if error > min(_MOST_ERROR, self.config.max_error):
            return None
        return Anchor(row, found[first].camera, found[first].known, error)


def anchor_of_kind(
    template: PitchTemplate, looks: ShotLooks, anchor: Anchor, kind: CameraKind, prior: CameraPrior
) -> Anchor:
    """An anchor moved to where a camera of a kind is."""
    own = prior.within(kind.first)
    known = np.diag(1 / np.minimum(own.deviation, 1e3) ** 2)
    mean = own.means(1, anchor.camera[0])[0]
    found = settled(template, looks, anchor.row, anchor.camera[None], mean, known, _GATES)[0]
    return Anchor(anchor.row, found.camera, found.known, unsure_metres(template, looks, found))


def _usual_places(template: PitchTemplate, kind: CameraKind, usual: Floats) -> Floats:
    """Cameras like a usual one, everywhere that its kind goes."""
    end = template.length / 2
    if np.isfinite(kind.within[0]):
        focal = np.exp(usual[6])
        beside, behind = usual[0], max(-usual[1] * 0.75, 1.0)
        left, right = (np.arctan((side - beside) / behind) for side in (-end, end))
        pans = np.arange(left, right + 1e-9, _PAN_STEP / focal)
        tilts = usual[4] + np.arange(-2, 3) * _TILT_STEP / focal
        focals = usual[6] + np.arange(-2, 3) * _FOCAL_STEP
        axes, columns = [pans, tilts, focals], [3, 4, 6]
    else:
        along = np.arange(-end, end + 1e-9, _STEP)
        across = usual[1] + np.arange(-_AROUND, _AROUND + 1e-9, _STEP)
        axes, columns = [along, across], [0, 1]
    places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(axes))
    found = np.tile(usual, (len(places), 1))
    found[:, columns] = places
    return found


def _pulls(template: PitchTemplate, cameras: Floats, lines: LinePoints) -> Floats:
    """(K,) how near some of the points are to lines of the template."""
    some = slice(None, None, max(1, len(lines) // _PROBES))
    probes = LinePoints(
        lines.points[some].astype(np.float32), lines.angles[some].astype(np.float32), lines.pixel
    )
    found = []
    for start in range(0, len(cameras), _CHUNK):
        part = cameras[start : start + _CHUNK].astype(np.float32)
        near = nearest_lines(template, part, probes)
        found.append((np.exp(-near.distances / _PULL) * (near.turns < _TURN)).mean(axis=1))
    return np.concatenate(found)


def _said(looks: ShotLooks, row: int) -> float:
    """How much lines tell: many, spread over the image, in several directions."""
    there = np.isfinite(looks.points[row, :, 0])
    spread = looks.points[row, there].std(axis=0).prod()
    turned = np.exp(2j * looks.angles[row, there]).mean()
    return float(np.sqrt(spread) * (1.1 - np.abs(turned)))
