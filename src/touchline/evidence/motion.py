"""Log-likelihood ratio by motion and size that two ends of tracks show the same person.

Three independent ratios of densities, across, in depth and in size, and what the image's border and
the seconds in sight say::

    llr = sum over axes of log t3(d; s0 + s1 * gap) - log laplace(d; the people's own scale)
          + border(left, entered, gap) - in_sight * seconds

mixed with a share of outliers, which bounds it from below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.boxes import Boxes
from touchline.evidence.population import PopulationScale
from touchline.types import Floats, Mask


@dataclass(frozen=True, slots=True)
class GapScale:
    """Scale of Student's t with three degrees of freedom for one person's change over a gap.

    at_once: at gap 0. a_second: growth per second. Body heights, or for size its logarithm.
    """

    at_once: float
    a_second: float

    def after(self, gaps: Floats) -> Floats:
        """(...) the scale over ``gaps`` (...) seconds."""
        return np.asarray(self.at_once + self.a_second * gaps)


@dataclass(frozen=True, slots=True)
class MotionModel:
    """How one person moves over a gap, and how two differ. Log odds are natural logarithms.

    across, depth, size: change of foot x and y in body heights, and of the logarithm of the
    height. two_across: two people at two times are further apart across than in one image, by
    this factor. found_inside: log odds of lost and found inside the image, at gap 0;
    left_unseen: lost inside, found at the border; came_unseen: lost at the border, found inside,
    at gap 0; at_border: lost and found at it. inside_seconds: time constant with which the two at
    gap 0 fade. in_sight: log odds lost per second in which the person should have been detected;
    max_in_sight: cap on these seconds. outlier: share of outliers, 0..1: missed cuts, boxes on
    the wrong person.

    Fitted to the true gaps of rendered, simulated, SoccerNet test and SportsMOT sequences, by
    leaving out one input at a time: border and seconds in sight take 7 % off the log loss of
    appearance and displacement alone. ``benchmarks/fit_evidence.py`` fits them again.
    """

    across: GapScale = GapScale(0.95, 0.2)
    depth: GapScale = GapScale(0.2, 0.07)
    size: GapScale = GapScale(0.085, 0.01)
    two_across: float = 1.4
    found_inside: float = 0.8
    left_unseen: float = -1.4
    came_unseen: float = -1.3
    at_border: float = 0.2
    inside_seconds: float = 4.0
    in_sight: float = 0.55
    max_in_sight: float = 6.0
    outlier: float = 0.03


MOTION_MODEL = MotionModel()


def motion_llr(
    displacements: Floats,
    heights: tuple[Floats, Floats],
    gaps: Floats,
    at_border: tuple[Mask, Mask],
    population: PopulationScale,
    in_sight: Floats | float = 0.0,
    model: MotionModel = MOTION_MODEL,
) -> Floats:
    """(...) log-likelihood ratio that one track continues as another, by the displacement.

    displacements: (..., 2) from the last foot point to the next, in the pixels of one plane.
    heights: of both boxes there, each (...). gaps: (...) seconds between. at_border: whether the
    one was lost, and the other found, at the image's border, each (...). in_sight: (...) seconds
    in which they would have been well inside the image on a straight path.
    """
    before, behind = heights
    displacement = displacements / np.sqrt(before * behind)[..., None]
    size = np.log(behind / before)
    llr = _border_llr(*at_border, gaps, model)
    llr -= model.in_sight * np.minimum(in_sight, model.max_in_sight)
    for value, scale, of_two in (
        (displacement[..., 0], model.across, population.across * model.two_across),
        (displacement[..., 1], model.depth, population.depth),
        (size, model.size, population.size),
    ):
        # Two people never differ less than one person does over time.
        llr += log_t3(value, scale.after(gaps)) - _log_laplace(value, max(of_two, scale.at_once))
    return np.asarray(np.logaddexp(np.log1p(-model.outlier) + llr, np.log(model.outlier)))


def at_border(boxes: Boxes, image_size: tuple[int, int], widths: float) -> Mask:
    """(...) whether boxes (..., 4) are nearer than ``widths`` of their widths to the border.

    image_size: width, height of the image.
    """
    margin = (boxes[..., 2] - boxes[..., 0]) * widths
    nearest = np.minimum(boxes[..., :2], np.array(image_size) - boxes[..., 2:]).min(axis=-1)
    return np.asarray(nearest < margin)


def _border_llr(left: Mask, entered: Mask, gaps: Floats, model: MotionModel) -> Floats:
    """(...) log odds from whether the first ended and the second began at the border."""
    fading = np.exp(-gaps / model.inside_seconds)
    inside = np.where(entered, model.left_unseen, model.found_inside * fading)
    from_border = np.where(entered, model.at_border, model.came_unseen * fading)
    return np.where(left, from_border, inside)


def log_t3(values: Floats, scale: Floats) -> Floats:
    """Log density of Student's t with three degrees of freedom."""
    density = np.log(2.0 / (np.pi * np.sqrt(3.0)) / scale)
    return np.asarray(density - 2.0 * np.log1p((values / scale) ** 2 / 3.0))


def _log_laplace(values: Floats, scale: float) -> Floats:
    return np.asarray(-np.abs(values) / scale - np.log(2.0 * scale))
