"""How much sooner two ends of tracklets are one person's than two people's, by place and size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.linking.tracklets import END, START, Tracklets
from touchline.types import TrackTable

# Scales of Student's t with three degrees of freedom of how far a person is from where he was seen
# last, in body heights (size: in its logarithm): at once, and more for every second. Fitted to the
# true gaps of rendered, simulated, SoccerNet test and SportsMOT sequences.
_ACROSS = (0.95, 0.2)
_DEPTH = (0.2, 0.07)
_SIZE = (0.085, 0.01)

_USUAL = (8.0, 2.0, 0.25)
"""The same for two different people of one picture, where the clip has too few to say."""

_USUAL_PAIRS = 200
"""So many pairs weigh what is usual."""

_APART_LATER = 1.4
"""Two people are further apart across at two times than in one picture, by this factor."""

_INSIDE_AGAIN, _INSIDE_OUT, _BORDER_IN, _BORDER_BACK = 0.8, -1.4, -1.3, 0.2
_INSIDE_SECONDS = 4.0
"""Log odds of where the two ends are: lost and found inside the picture, lost inside and found at
the border, lost at the border and found inside, lost and found at the border. Being found inside
says less the longer the gap; with this time constant."""

_OUTLIER = 0.03
"""Share of ways that follow no rule: cuts not found, boxes on the wrong person."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean difference of two people in one picture: across and in depth in body heights, and of
    the logarithm of their heights."""

    across: float
    depth: float
    size: float


def measure_spread(table: TrackTable, every_seconds: float = 1.0) -> Spread:
    """How far from each other the people of a clip are, from one frame a second.

    Few pairs are filled up with what is usual.
    """
    sums, count = np.array(_USUAL) * _USUAL_PAIRS, float(_USUAL_PAIRS)
    frames, first = np.unique(table.frames, return_index=True)
    seconds = np.floor(table.times[first] / every_seconds) if len(frames) else np.empty(0)
    chosen = frames[np.diff(seconds, prepend=-1.0) > 0]
    for frame in chosen.tolist():
        boxes = table.boxes[table.rows_at(frame)]
        height = boxes[:, 3] - boxes[:, 1]
        i, j = np.triu_indices(len(boxes), 1)
        mean = np.sqrt(height[i] * height[j])
        across = (boxes[i, 0] + boxes[i, 2] - boxes[j, 0] - boxes[j, 2]) / 2
        sums += (
            np.abs(across / mean).sum(),
            np.abs((boxes[i, 3] - boxes[j, 3]) / mean).sum(),
            np.abs(np.log(height[i] / height[j])).sum(),
        )
        count += len(i)
    across_, depth, size = (sums / count).tolist()
    return Spread(across_, depth, size)


def motion_odds(tracklets: Tracklets, spread: Spread, max_seconds: float) -> NDArray[np.float32]:
    """(T, T) log-likelihood ratio that tracklet i goes on as j, by the way between them.

    0 where j does not begin after i ends, where the gap is longer than ``max_seconds``, and
    across shot cuts: there motion says nothing.
    """
    gaps = tracklets.times[None, :, START] - tracklets.times[:, None, END]
    comparable = tracklets.chains[:, None, END] == tracklets.chains[None, :, START]
    # A piece begins after another where its first frame is later: times may stand still.
    after = tracklets.frames[None, :, START] > tracklets.frames[:, None, END]
    i, j = np.nonzero(comparable & after & (gaps <= max_seconds))
    odds = np.zeros(gaps.shape, np.float32)
    odds[i, j] = _way_odds(tracklets, i, j, gaps[i, j], spread)
    return odds


def _way_odds(
    tracklets: Tracklets,
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    gaps: NDArray[np.float64],
    spread: Spread,
) -> NDArray[np.float64]:
    before, behind = tracklets.heights[i, END], tracklets.heights[j, START]
    way = tracklets.places[j, START] - tracklets.places[i, END]
    way /= np.sqrt(before * behind)[:, None]
    size = np.log(behind / before)
    odds = _border_odds(tracklets.at_border[i, END], tracklets.at_border[j, START], gaps)
    for value, (at_once, a_second), usual in (
        (way[:, 0], _ACROSS, spread.across * _APART_LATER),
        (way[:, 1], _DEPTH, spread.depth),
        (size, _SIZE, spread.size),
    ):
        odds += _log_t3(value, at_once + a_second * gaps) - _log_laplace(value, usual)
    return np.asarray(np.logaddexp(np.log1p(-_OUTLIER) + odds, np.log(_OUTLIER)))


def _border_odds(
    left: NDArray[np.bool_], entered: NDArray[np.bool_], gaps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(P,) log odds from whether the first ended and the second began at the border."""
    fading = np.exp(-gaps / _INSIDE_SECONDS)
    inside = np.where(entered, _INSIDE_OUT, _INSIDE_AGAIN * fading)
    return np.where(left, np.where(entered, _BORDER_BACK, _BORDER_IN * fading), inside)


def _log_t3(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log density of Student's t with three degrees of freedom."""
    density = np.log(2.0 / (np.pi * np.sqrt(3.0)) / scale)
    return np.asarray(density - 2.0 * np.log1p((values / scale) ** 2 / 3.0))


def _log_laplace(values: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    return np.asarray(-np.abs(values) / scale - np.log(2.0 * scale))
