"""Log-likelihood ratio by motion: displacement from a tracklet's end to another's start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.motion import motion_llr
from touchline.evidence.population import PopulationScale, PopulationScaleMeter
from touchline.linking.clustering.pair_terms import LaterPairs
from touchline.linking.stitching import Stitching
from touchline.linking.tracklets import END, START, Tracklets
from touchline.types import TIME_TOLERANCE, TrackTable

_MOMENTS = 16
"""Number of moments sampled within a gap."""

_WELL_INSIDE = 0.5
"""Body heights from the border beyond which a person should have been detected."""

_BLOCK = 20_000
"""Pairs per batch: bounds memory in a long clip."""


def measure_population(table: TrackTable, every_seconds: float = 1.0) -> PopulationScale:
    """How far apart the people of a clip are, from one frame a second."""
    meter = PopulationScaleMeter()
    frames, first = np.unique(table.frames, return_index=True)
    seconds = np.floor(table.times[first] / every_seconds) if len(frames) else np.empty(0)
    chosen = frames[np.diff(seconds, prepend=-1.0) > 0]
    for frame in chosen.tolist():
        meter.add(table.boxes[table.rows_at(frame)])
    return meter.scale()


def tracklet_motion_llr(
    tracklets: Tracklets,
    population: PopulationScale,
    max_seconds: float,
    stitching: Stitching,
    image_size: tuple[int, int],
) -> LaterPairs[np.float32]:
    """The log-likelihood ratio by motion that the one tracklet of a pair continues as the other.

    0 where the other does not begin after the one ends, where the gap is longer than
    ``max_seconds``, and across shot cuts: there motion is no evidence. image_size: width, height.
    """
    starts, ends = tracklets.times[:, START], tracklets.times[:, END]
    # Order is decided by frames: time stamps may stand still.
    llr = LaterPairs.of_stretches(
        np.searchsorted(tracklets.frames[:, START], tracklets.frames[:, END], side="right"),
        np.searchsorted(starts, ends + max_seconds + TIME_TOLERANCE, side="right"),
        np.float32,
    )
    i, j = llr.pairs()
    for start in range(0, len(i), _BLOCK):
        block = slice(start, start + _BLOCK)
        gap = starts[j[block]] - ends[i[block]]
        known = tracklets.chains[i[block], END] == tracklets.chains[j[block], START]
        known &= gap <= max_seconds
        before, behind, gap = i[block][known], j[block][known], gap[known]
        share = share_in_sight(tracklets, before, behind, stitching, image_size)
        llr.values[start + np.flatnonzero(known)] = motion_llr(
            tracklets.places[behind, START] - tracklets.places[before, END],
            (tracklets.heights[before, END], tracklets.heights[behind, START]),
            gap,
            (tracklets.at_border[before, END], tracklets.at_border[behind, START]),
            population,
            gap * share,
        )
    return llr


def share_in_sight(
    tracklets: Tracklets,
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    stitching: Stitching,
    image_size: tuple[int, int],
) -> NDArray[np.float64]:
    """(P,) share of the gap between tracklets i and j in which a person going straight from one to
    the other would have been well inside the image.
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
