"""How much sooner two pieces are one person's, by labels voted for each: teams, shirt numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TEAM_AGREEMENT, NUMBER_AGREEMENT = 0.5, 0.1
"""How often two different people agree in team, and in shirt number."""

MAX_CONFIDENCE = 0.98
"""No vote is believed more than this: a whole tracklet may be on the wrong person."""


class Votes(NamedTuple):
    """Labels voted for N pieces: (N,) int64, below 0 for none, and (N,) 0..1 how sure each is."""

    labels: NDArray[np.int64]
    confidences: NDArray[np.float64]


def vote_odds(ours: Votes, theirs: Votes, agreement: float) -> NDArray[np.float32]:
    """(N, M) log-likelihood ratio of one person, from votes right with their confidence, else any.

    agreement: how often two different people have the same label.
    """
    sure = np.minimum(ours.confidences, MAX_CONFIDENCE)
    others_sure = np.minimum(theirs.confidences, MAX_CONFIDENCE)
    known = np.outer((ours.labels >= 0) & (sure > 0), (theirs.labels >= 0) & (others_sure > 0))
    both_right = np.outer(sure, others_sure)
    same = ours.labels[:, None] == theirs.labels
    # One person: their label twice, unless a vote is wrong. Two people: as it comes.
    agree = both_right + (1.0 - both_right) * agreement
    differ = (1.0 - both_right) * (1.0 - agreement)
    odds = np.where(same, np.log(agree / agreement), np.log(differ / (1.0 - agreement)))
    return np.where(known, odds, 0.0).astype(np.float32)


def surely_differ(ours: Votes, theirs: Votes, min_confidence: float) -> NDArray[np.bool_]:
    """(N, M) who cannot be one person: two different labels, both at least so sure."""
    known = (ours.labels >= 0) & (ours.confidences >= min_confidence)
    others_known = (theirs.labels >= 0) & (theirs.confidences >= min_confidence)
    return np.asarray((ours.labels[:, None] != theirs.labels) & np.outer(known, others_known))
