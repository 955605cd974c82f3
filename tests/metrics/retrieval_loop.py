"""The usual evaluation loop of re-identification projects, query by query: slow, but plain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LoopScores:
    """Averages over the queries that have a true match, and how many those are."""

    mean_average_precision: float
    rank: dict[int, float]
    mean_inverse_negative_penalty: float
    queries: int


def evaluate_by_loop(
    distances: NDArray[np.float32],
    query_identities: Ints,
    gallery_identities: Ints,
    query_cameras: Ints,
    gallery_cameras: Ints,
    *,
    in_numpy: bool = False,
) -> LoopScores:
    """Market-1501 scores from a matrix (Q, G) of distances without ties.

    in_numpy: divide whole arrays, as newer projects do, where older ones have a list
    comprehension over the gallery.
    """
    precisions: list[float] = []
    penalties: list[float] = []
    found_at: list[int] = []
    for row, (identity, camera) in enumerate(zip(query_identities, query_cameras, strict=True)):
        order = np.argsort(distances[row])
        same = gallery_identities[order] == identity
        keep = ~(same & (gallery_cameras[order] == camera))
        hits = same[keep].astype(np.int64)
        if identity < 0 or not hits.any():
            continue
        cumulated = hits.cumsum()
        if in_numpy:
            precision = cumulated / np.arange(1, len(cumulated) + 1)
        else:
            precision = np.array([right / (place + 1.0) for place, right in enumerate(cumulated)])
        precisions.append(float((precision * hits).sum() / hits.sum()))
        places = np.flatnonzero(hits) + 1
        penalties.append(len(places) / places[-1])
        found_at.append(int(places[0]))
    return LoopScores(
        float(np.mean(precisions)),
        {k: float(np.mean(np.array(found_at) <= k)) for k in (1, 5, 10)},
        float(np.mean(penalties)),
        len(precisions),
    )
