"""How much sooner two pieces are one person's, by labels voted for each: teams, shirt numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def vote_odds(
    labels: NDArray[np.int64], sure: NDArray[np.float64], share: float
) -> NDArray[np.float32]:
    """(T, T) log odds from two votes, each right with its confidence, else anything.

    labels: (T,) int64, below 0 for none. sure: (T,) 0..1, below 1. share: how often two
    different people agree.
    """
    known = (labels >= 0) & (sure > 0)
    both_right = np.outer(sure, sure)
    same = labels[:, None] == labels
    # One person: his label twice, unless a vote is wrong. Two people: as it comes.
    agree = both_right + (1.0 - both_right) * share
    differ = (1.0 - both_right) * (1.0 - share)
    odds = np.where(same, np.log(agree / share), np.log(differ / (1.0 - share)))
    return np.where(np.outer(known, known), odds, 0.0).astype(np.float32)
