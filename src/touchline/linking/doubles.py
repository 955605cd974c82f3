"""Doubles: duplicate tracks, on part of a person who already has a track."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import areas
from touchline.linking.overlaps import are_level, boxes_inside
from touchline.linking.split import are_gaps
from touchline.types import TrackTable

_INSIDE = 0.7
"""A box with more than this share in a larger one, heads or feet level, may be a duplicate."""


def tracklets_at_gaps(
    table: TrackTable, max_gap_seconds: float, looked: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """(M,) the tracklet of each row: tracks are cut at longer gaps. Numbered from 0.

    looked: as for ``cut_at_gaps``.
    """
    order = np.lexsort((table.frames, table.ids))
    new = np.ones(len(order), np.bool_)
    new[1:] = np.diff(table.ids[order]) != 0
    new[1:] |= are_gaps(table.times[order], table.frames[order], max_gap_seconds, looked)
    tracklet_ids = np.empty(len(order), np.int64)
    tracklet_ids[order] = np.cumsum(new) - 1
    return tracklet_ids


def find_doubles(
    table: TrackTable, tracklet_ids: NDArray[np.int64], max_share: float
) -> NDArray[np.bool_]:
    """(T,) which tracklets are doubles, alone or because their whole track is.

    A detector now and then finds the upper half of a person beside the whole, and a track begins
    there. Two people of whom one hides the other are apart before or after: at most a seventh of
    the boxes of any true track of more than a second lies inside another's in SNMOT-060, ten
    ``snmot_test`` and fifteen SportsMOT sequences; of doubles 0.37 and more.

    table: detected boxes, sorted. tracklet_ids: (M,) of each row, 0 to T - 1. max_share: a double
    has a larger share of its boxes inside those of one other that has more boxes than it.
    """
    inner, outer = boxes_inside(table.frames, table.boxes, _INSIDE)
    boxes, size = table.boxes, areas(table.boxes)
    people = table.roles != "ball"  # a ball at somebody's feet is nobody's double
    alike = are_level(boxes[inner], boxes[outer]) & (size[inner] <= size[outer])
    alike &= people[inner] & people[outer]
    inner, outer = inner[alike], outer[alike]
    _, tracks = np.unique(table.ids, return_inverse=True)
    doubles = np.zeros(int(tracklet_ids.max(initial=-1)) + 1, np.bool_)
    of_others = np.bincount(tracks)
    for owners in (tracks, tracklet_ids):
        counts = np.bincount(owners)
        pairs, times = np.unique(
            np.stack([owners[inner], tracks[outer]]), axis=1, return_counts=True
        )
        small, large = pairs
        often = (times > max_share * counts[small]) & (of_others[large] > counts[small])
        doubles[tracklet_ids[np.isin(owners, small[often])]] = True
    return doubles
