"""Where a tracklet is cut that shows two people, as was stated."""

from __future__ import annotations

import numpy as np

from touchline.evidence.appearance import AppearanceModel
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.split import MAX_BINS
from touchline.linking.stated import StatedRows
from touchline.types import Ints, TrackTable


def rows_to_cut(
    stated: StatedRows,
    table: TrackTable,
    tracklet_ids: Ints,
    bins: AppearanceBins,
    model: AppearanceModel,
) -> list[int]:
    """Rows at which somebody else begins in a tracklet (M,), so that no stated fact is broken.

    A split says where that is; else it is where the appearance changes most. bins: whitened, of
    the tracklets.
    """
    found: list[int] = []
    for first, last, sharp in sorted(stated.two_people(tracklet_ids), key=lambda one: not one[2]):
        tracklet = tracklet_ids[first]
        mine = np.flatnonzero(tracklet_ids == tracklet)
        mine = mine[(mine >= first) & (mine <= last)]
        if any(row in mine[1:] for row in found):
            continue
        own = bins[np.flatnonzero(bins.track_ids == tracklet)]
        found.append(last if sharp else _change_between(table, mine, own, model))
    return found


def _change_between(
    table: TrackTable,
    mine: Ints,
    bins: AppearanceBins,
    model: AppearanceModel,
) -> int:
    """The row of ``mine``, all but the first of them, at which another person most likely begins.

    mine: two or more rows of one tracklet, in order of time; the first shows one person, the last
    another. bins: whitened, of this tracklet; without any that differ the middle.
    """
    times = table.times[mine]
    middle = (bins.times[1:] + bins.times[:-1]) / 2
    places = np.flatnonzero((middle > times[0]) & (middle <= times[-1])) + 1
    if not len(places):
        return int(mine[(len(mine) + 1) // 2])
    sums = np.concatenate(
        [np.zeros((1, bins.embeddings.shape[1])), np.cumsum(bins.embeddings, axis=0)]
    )
    low = np.maximum(places - MAX_BINS, 0)
    high = np.minimum(places + MAX_BINS, len(bins))
    llr = model.pair_llr(
        sums[places] - sums[low],
        (places - low).astype(np.float64),
        sums[high] - sums[places],
        (high - places).astype(np.float64),
    )
    moment = middle[places[int(llr.argmin())] - 1]
    return int(mine[max(1, min(int(np.searchsorted(times, moment)), len(mine) - 1))])
