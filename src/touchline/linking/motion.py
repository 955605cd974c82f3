"""Log-likelihood ratio by motion: displacement from a tracklet's end to another's start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.motion import motion_llr
from touchline.evidence.population import PopulationScale, PopulationScaleMeter
from touchline.linking.stitching import Stitching
from touchline.linking.tracklets import END, START, Tracklets
from touchline.types import TrackTable

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
) -> NDArray[np.float32]:
    """(T, T) log-likelihood ratio by motion that tracklet i continues as j.

    0 where j does not begin after i ends, where the gap is longer than ``max_seconds``, and
    across shot cuts: there motion is no evidence. image_size: width, height.
    """
    gaps = tracklets.times[None, :, START] - tracklets.times[:, None, END]
    comparable = tracklets.chains[:, None, END] == tracklets.chains[None, :, START]
    # Order is decided by frames: time stamps may stand still.
    after = tracklets.frames[None, :, START] > tracklets.frames[:, None, END]
    i, j = np.nonzero(comparable & after & (gaps <= max_seconds))
    llr = np.zeros(gaps.shape, np.float32)
    for start in range(0, len(i), _BLOCK):
        rows = slice(start, start + _BLOCK)
        before, behind, gap = i[rows], j[rows], gaps[i[rows], j[rows]]
        share = share_in_sight(tracklets, before, behind, stitching, image_size)
        llr[before, behind] = motion_llr(
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
