"""How much sooner a tracklet goes on as another, by the way from its end to the other's start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.spread import Spread, SpreadMeter
from touchline.evidence.ways import way_odds
from touchline.linking.stitching import Stitching
from touchline.linking.tracklets import END, START, Tracklets
from touchline.types import TrackTable

_MOMENTS = 16
"""So many moments of a gap are looked at."""

_WELL_INSIDE = 0.5
"""Body heights that a box must be away from the border: where people leave, they are not missed."""

_BLOCK = 20_000
"""Pairs that are looked at at once: memory stays small in a long clip."""


def measure_spread(table: TrackTable, every_seconds: float = 1.0) -> Spread:
    """How far from each other the people of a clip are, from one frame a second."""
    meter = SpreadMeter()
    frames, first = np.unique(table.frames, return_index=True)
    seconds = np.floor(table.times[first] / every_seconds) if len(frames) else np.empty(0)
    chosen = frames[np.diff(seconds, prepend=-1.0) > 0]
    for frame in chosen.tolist():
        meter.add(table.boxes[table.rows_at(frame)])
    return meter.spread()


def motion_odds(
    tracklets: Tracklets,
    spread: Spread,
    max_seconds: float,
    stitching: Stitching,
    image_size: tuple[int, int],
) -> NDArray[np.float32]:
    """(T, T) log-likelihood ratio that tracklet i goes on as j, by the way between them.

    0 where j does not begin after i ends, where the gap is longer than ``max_seconds``, and
    across shot cuts: there motion says nothing. image_size: width, height.
    """
    gaps = tracklets.times[None, :, START] - tracklets.times[:, None, END]
    comparable = tracklets.chains[:, None, END] == tracklets.chains[None, :, START]
    # A piece begins after another where its first frame is later: times may stand still.
    after = tracklets.frames[None, :, START] > tracklets.frames[:, None, END]
    i, j = np.nonzero(comparable & after & (gaps <= max_seconds))
    odds = np.zeros(gaps.shape, np.float32)
    for start in range(0, len(i), _BLOCK):
        rows = slice(start, start + _BLOCK)
        before, behind, gap = i[rows], j[rows], gaps[i[rows], j[rows]]
        share = _share_in_sight(tracklets, before, behind, stitching, image_size)
        odds[before, behind] = way_odds(
            tracklets.places[behind, START] - tracklets.places[before, END],
            (tracklets.heights[before, END], tracklets.heights[behind, START]),
            gap,
            (tracklets.at_border[before, END], tracklets.at_border[behind, START]),
            spread,
            gap * share,
        )
    return odds


def _share_in_sight(
    tracklets: Tracklets,
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    stitching: Stitching,
    image_size: tuple[int, int],
) -> NDArray[np.float64]:
    """(P,) share of the gap between tracklets i and j in which who went straight from the one to
    the other would have been well inside the picture.
    """
    first, last = tracklets.frames[i, END], tracklets.frames[j, START]
    share = (np.arange(_MOMENTS) + 0.5) / _MOMENTS
    frames = np.rint(first[:, None] + (last - first)[:, None] * share).astype(np.int64)
    start, end = tracklets.places[i, END][:, None], tracklets.places[j, START][:, None]
    places = start + (end - start) * share[:, None]
    heights = tracklets.heights[i, END, None] ** (1.0 - share)
    heights = heights * tracklets.heights[j, START, None] ** share
    x, y = np.moveaxis(stitching.unplace(places, frames), -1, 0)
    heights = heights / stitching.scales[frames]
    width, height = image_size
    # Foot points: a box is as high as its height above them, and half as wide.
    to_sides = np.minimum(x, width - x) - heights / 2
    to_ends = np.minimum(y - heights, height - y)
    inside = np.minimum(to_sides, to_ends) > _WELL_INSIDE * heights
    return np.asarray(inside.mean(axis=1))
