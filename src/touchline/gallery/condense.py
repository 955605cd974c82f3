"""Condense many embeddings into a few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, ward

from touchline.types import Floats

_MOST_CLUSTERED = 256
"""Vectors clustered at once: the work grows with their square."""


def condensed(
    embeddings: NDArray[np.float32], counts: Floats, most: int
) -> tuple[NDArray[np.float32], Floats]:
    """At most ``most`` cluster means and how many each stands for; the overall mean is kept.

    embeddings: (L, D) in order of time. counts: (L,), above 0. Neighbours in time are joined
    first where there are very many; then Ward's clusters (Ward, "Hierarchical Grouping to
    Optimize an Objective Function", JASA 1963), so that rare views, as from behind, survive.
    """
    if len(embeddings) <= most:
        return embeddings, counts
    if len(embeddings) > max(_MOST_CLUSTERED, most):
        runs = np.arange(len(embeddings)) * max(_MOST_CLUSTERED, most) // len(embeddings)
        embeddings, counts = _joined(embeddings, counts, runs)
    clusters = fcluster(ward(embeddings.astype(np.float64)), most, criterion="maxclust")
    # By their first member, so that the order of time stays as far as it can.
    _, first, members = np.unique(clusters, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return _joined(embeddings, counts, rank[members])


def _joined(
    embeddings: NDArray[np.float32], counts: Floats, groups: NDArray[np.intp]
) -> tuple[NDArray[np.float32], Floats]:
    """The weighted mean of each group 0, 1, ..., and the sum of its counts."""
    totals = np.bincount(groups, counts).astype(np.float64)
    sums = np.zeros((len(totals), embeddings.shape[1]))
    np.add.at(sums, groups, embeddings * counts[:, None])
    return (sums / totals[:, None]).astype(np.float32), totals
