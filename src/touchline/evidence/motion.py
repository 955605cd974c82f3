"""Log-likelihood ratio by motion and size that two ends of tracks show the same person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.evidence.population import PopulationScale

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Scales of Student's t with three degrees of freedom for the displacement of a person over a gap,
# in body heights (size: in its logarithm): at gap 0, and per second. Fitted to the true gaps of
# rendered, simulated, SoccerNet test and SportsMOT sequences.
_ACROSS = (0.95, 0.2)
_DEPTH = (0.2, 0.07)
_SIZE = (0.085, 0.01)

_APART_LATER = 1.4
"""Two people are further apart horizontally at two times than in one image, by this factor."""

_INSIDE_AGAIN, _INSIDE_OUT, _BORDER_IN, _BORDER_BACK = 0.8, -1.4, -1.3, 0.2
_INSIDE_SECONDS = 4.0
"""Log odds of where the two ends are: lost and found inside the image, lost inside and found at
the border, lost at the border and found inside, lost and found at the border. Being found inside
says less the longer the gap, with this time constant."""

_IN_SIGHT, _MOST_IN_SIGHT = 0.55, 6.0
"""Log odds lost for every second in which a person should have been detected and was not, and a
cap on these seconds. Fitted like the others, leave-one-out over inputs: 7 % less log loss than
appearance and displacement alone."""

_OUTLIER = 0.03
"""Share of outlier displacements: missed cuts, boxes on the wrong person."""


def motion_llr(
    displacements: Floats,
    heights: tuple[Floats, Floats],
    gaps: Floats,
    at_border: tuple[Mask, Mask],
    population: PopulationScale,
    in_sight: Floats | float = 0.0,
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
    llr = _border_llr(*at_border, gaps)
    llr -= _IN_SIGHT * np.minimum(in_sight, _MOST_IN_SIGHT)
    for value, (at_once, a_second), default in (
        (displacement[..., 0], _ACROSS, population.across * _APART_LATER),
        (displacement[..., 1], _DEPTH, population.depth),
        (size, _SIZE, population.size),
    ):
        # Two people never differ less than one person does over time.
        llr += _log_t3(value, at_once + a_second * gaps) - _log_laplace(
            value, max(default, at_once)
        )
    return np.asarray(np.logaddexp(np.log1p(-_OUTLIER) + llr, np.log(_OUTLIER)))


def at_border(boxes: Boxes, image_size: tuple[int, int], widths: float) -> Mask:
    """(...) whether boxes (..., 4) are nearer than ``widths`` of their widths to the border.

    image_size: width, height of the image.
    """
    margin = (boxes[..., 2] - boxes[..., 0]) * widths
    nearest = np.minimum(boxes[..., :2], np.array(image_size) - boxes[..., 2:]).min(axis=-1)
    return np.asarray(nearest < margin)


def _border_llr(left: Mask, entered: Mask, gaps: Floats) -> Floats:
    """(...) log odds from whether the first ended and the second began at the border."""
    fading = np.exp(-gaps / _INSIDE_SECONDS)
    inside = np.where(entered, _INSIDE_OUT, _INSIDE_AGAIN * fading)
    return np.where(left, np.where(entered, _BORDER_BACK, _BORDER_IN * fading), inside)


def _log_t3(values: Floats, scale: Floats) -> Floats:
    """Log density of Student's t with three degrees of freedom."""
    density = np.log(2.0 / (np.pi * np.sqrt(3.0)) / scale)
    return np.asarray(density - 2.0 * np.log1p((values / scale) ** 2 / 3.0))


def _log_laplace(values: Floats, scale: float) -> Floats:
    return np.asarray(-np.abs(values) / scale - np.log(2.0 * scale))
