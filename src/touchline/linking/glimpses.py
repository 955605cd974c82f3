"""Glimpses: identities that were hardly seen, mostly false boxes and pieces that nobody claims."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.linking.identities import ClipIdentities
from touchline.linking.stated import StatedRows
from touchline.types import Ints, Mask, TrackTable

_CLIP_SHARE = 0.1
"""In a short clip everybody is seen for a short time: only less than this share of it is little."""

_ROUNDING = 1e-6
"""Seconds that sums of times are wrong by at most."""


@dataclass(frozen=True, slots=True)
class Glimpses:
    """How many identities were dropped, and for how many seconds any of them was seen at most."""

    count: int
    seconds: float


NO_GLIMPSES = Glimpses(0, 0.0)
"""Nobody was dropped."""


def seconds_seen(
    table: TrackTable, identities: Ints, times: NDArray[np.float64], looked: Mask | None
) -> tuple[NDArray[np.float64], float]:
    """(K,) seconds that each identity, 1 to K, was detected, and those that were looked at.

    A frame stands for the time until the next one in which the detector ran. identities: (R,) of
    the rows of ``table``, 0: none; its frames are positions in ``times`` (F,). looked: (F,) frames
    in which the detector ran; None: all.
    """
    count = int(identities.max(initial=0))
    positions = np.arange(len(times)) if looked is None else np.flatnonzero(looked)
    steps = np.diff(times[positions])
    if not len(steps):
        return np.zeros(count), 0.0
    lengths = np.zeros(len(times))
    lengths[positions] = np.append(steps, np.median(steps))
    seen = np.zeros(count + 1)
    np.add.at(seen, identities, lengths[table.frames])
    return seen[1:], float(lengths.sum())


def without_glimpses(
    people: ClipIdentities,
    table: TrackTable,
    times: NDArray[np.float64],
    looked: Mask | None,
    min_seconds: float,
    stated: StatedRows | None = None,
) -> tuple[ClipIdentities, Glimpses]:
    """The identities that were seen for ``min_seconds``, or a tenth of a clip shorter than ten.

    Their numbers close up. Whoever a fact was ``stated`` of stays, and so does a ball; where nobody
    would be left, everybody does. The rows of the others become -1. table: detected rows that
    ``people`` are of. times, looked: as of ``seconds_seen``.
    """
    shown = people.tracklet_ids >= 0
    identities = np.zeros(len(table), np.int64)
    identities[shown] = people.identities
    seen, whole = seconds_seen(table, identities, times, looked)
    gone = seen < min(min_seconds, _CLIP_SHARE * whole) - _ROUNDING
    told = [] if stated is None else [row for rows in stated.rows for row in rows]
    safe = np.concatenate([identities[told], identities[table.roles == "ball"]]).astype(np.int64)
    gone[safe[safe > 0] - 1] = False
    if not gone.any() or gone.all():
        return people, NO_GLIMPSES
    keep = ~gone
    tracklets = keep[people.links.identities - 1]
    renumbered = np.where(tracklets, np.cumsum(tracklets) - 1, -1)
    tracklet_ids = np.where(shown, renumbered[people.tracklet_ids], -1)
    found = replace(people, tracklet_ids=tracklet_ids, links=people.links.kept(keep))
    return found, Glimpses(int(gone.sum()), float(seen[gone].max()))
