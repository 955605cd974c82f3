"""Appearance without the look of the team: what is left tells team-mates apart.

Team-mates look alike for what they wear, which evidence by teams says already. Counted twice, it
makes any two of them likely to be one person, and most of all across a shot cut, where nothing but
appearance speaks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.whitening import Vectors

_TINY = 1e-9


def without_team_looks(
    embeddings: Vectors,
    tracklet_ids: NDArray[np.int64],
    votes: NDArray[np.float64],
    at_once: NDArray[np.int64],
) -> Vectors:
    """(L, D) ``embeddings`` less what sets the mean of their team apart from the clip's mean.

    tracklet_ids: (L,) the tracklet of each. votes: (T, S) confidence, 0..1, that a tracklet is of
    a team; only as much of its look is taken off. at_once: (S,) most people of each team in one
    frame, 0 for none: with few of them the team's mean is mostly these people themselves, and of
    the only one nothing is taken off.
    """
    trust = votes[tracklet_ids]
    shares = 1.0 - 1.0 / np.maximum(at_once, 1)
    totals = np.maximum(trust.sum(axis=0), _TINY)[:, None]
    looks = trust.T @ embeddings / totals - embeddings.mean(axis=0, dtype=np.float64)
    taken = (trust * shares).astype(np.float32) @ looks.astype(np.float32)
    np.subtract(embeddings, taken, out=taken)  # no second copy of a long clip's embeddings
    return np.asarray(taken)
