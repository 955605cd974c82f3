"""How much sooner two ends of tracks are one person's than two people's, by place and size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.evidence.spread import Spread

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Scales of Student's t with three degrees of freedom of how far a person is from where he was seen
# last, in body heights (size: in its logarithm): at once, and more for every second. Fitted to the
# true gaps of rendered, simulated, SoccerNet test and SportsMOT sequences.
_ACROSS = (0.95, 0.2)
_DEPTH = (0.2, 0.07)
_SIZE = (0.085, 0.01)

_APART_LATER = 1.4
"""Two people are further apart across at two times than in one picture, by this factor."""

_INSIDE_AGAIN, _INSIDE_OUT, _BORDER_IN, _BORDER_BACK = 0.8, -1.4, -1.3, 0.2
_INSIDE_SECONDS = 4.0
"""Log odds of where the two ends are: lost and found inside the picture, lost inside and found at
the border, lost at the border and found inside, lost and found at the border. Being found inside
says less the longer the gap; with this time constant."""

_IN_SIGHT, _MOST_IN_SIGHT = 0.55, 6.0
"""Log odds that every second costs in which somebody should have been in sight and was not, and
seconds that count. Fitted as the others, each input judged by a fit to all others: 7 % less log
loss over looks and ways alone."""

_OUTLIER = 0.03
"""Share of ways that follow no rule: cuts not found, boxes on the wrong person."""


def way_odds(
    ways: Floats,
    heights: tuple[Floats, Floats],
    gaps: Floats,
    at_border: tuple[Mask, Mask],
    spread: Spread,
    in_sight: Floats | float = 0.0,
) -> Floats:
    """(...) log-likelihood ratio that a track goes on as another, by the way between them.

    ways: (..., 2) from where the foot was seen last to where it is seen again, in the pixels of
    one plane. heights: of both boxes there, each (...). gaps: (...) seconds between. at_border:
    whether the one was lost, and the other found, at the picture's border, each (...). in_sight:
    (...) seconds in which he would have been well inside the picture on the straight way.
    """
    before, behind = heights
    way = ways / np.sqrt(before * behind)[..., None]
    size = np.log(behind / before)
    odds = _border_odds(*at_border, gaps)
    odds -= _IN_SIGHT * np.minimum(in_sight, _MOST_IN_SIGHT)
    for value, (at_once, a_second), usual in (
        (way[..., 0], _ACROSS, spread.across * _APART_LATER),
        (way[..., 1], _DEPTH, spread.depth),
        (size, _SIZE, spread.size),
    ):
        # Nobody's people differ less than one differs from himself.
        odds += _log_t3(value, at_once + a_second * gaps) - _log_laplace(value, max(usual, at_once))
    return np.asarray(np.logaddexp(np.log1p(-_OUTLIER) + odds, np.log(_OUTLIER)))


def at_border(boxes: Boxes, image_size: tuple[int, int], widths: float) -> Mask:
    """(...) whether boxes (..., 4) are nearer than ``widths`` of their widths to the border.

    image_size: width, height of the picture.
    """
    margin = (boxes[..., 2] - boxes[..., 0]) * widths
    nearest = np.minimum(boxes[..., :2], np.array(image_size) - boxes[..., 2:]).min(axis=-1)
    return np.asarray(nearest < margin)


def _border_odds(left: Mask, entered: Mask, gaps: Floats) -> Floats:
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
