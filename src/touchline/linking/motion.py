"""How much sooner a tracklet goes on as another, by the way from its end to the other's start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.spread import Spread, SpreadMeter
from touchline.evidence.ways import way_odds
from touchline.linking.tracklets import END, START, Tracklets
from touchline.types import TrackTable


def measure_spread(table: TrackTable, every_seconds: float = 1.0) -> Spread:
    """How far from each other the people of a clip are, from one frame a second."""
    meter = SpreadMeter()
    frames, first = np.unique(table.frames, return_index=True)
    seconds = np.floor(table.times[first] / every_seconds) if len(frames) else np.empty(0)
    chosen = frames[np.diff(seconds, prepend=-1.0) > 0]
    for frame in chosen.tolist():
        meter.add(table.boxes[table.rows_at(frame)])
    return meter.spread()


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
    odds[i, j] = way_odds(
        tracklets.places[j, START] - tracklets.places[i, END],
        (tracklets.heights[i, END], tracklets.heights[j, START]),
        gaps[i, j],
        (tracklets.at_border[i, END], tracklets.at_border[j, START]),
        spread,
    )
    return odds
