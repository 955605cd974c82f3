"""Log-likelihood ratio that two tracklets show one person, by voted labels: team, number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LabelModel:
    """How much labels say. Probabilities, 0..1.

    team_agreement, number_agreement: that two different people share a team, a shirt number.
    max_confidence: cap on the confidence of a vote: a whole tracklet may be on the wrong person.
    """

    team_agreement: float = 0.5
    number_agreement: float = 0.1
    max_confidence: float = 0.98


LABEL_MODEL = LabelModel()


class Votes(NamedTuple):
    """Voted labels of N tracklets: (N,) int64, below 0 for none, and confidences (N,) in 0..1."""

    labels: NDArray[np.int64]
    confidences: NDArray[np.float64]


def label_llr(ours: Votes, theirs: Votes, agreement: float) -> NDArray[np.float32]:
    """(N, M) log-likelihood ratio of one person; see ``paired_label_llr``."""
    return paired_label_llr(
        Votes(ours.labels[:, None], ours.confidences[:, None]), theirs, agreement
    )


def paired_label_llr(ours: Votes, theirs: Votes, agreement: float) -> NDArray[np.float32]:
    """(...) log-likelihood ratio of one person for pairs of votes, which broadcast.

    A vote is right with its confidence, else random. agreement: probability that two different
    people have the same label.
    """
    confidences = np.minimum(ours.confidences, LABEL_MODEL.max_confidence)
    others_sure = np.minimum(theirs.confidences, LABEL_MODEL.max_confidence)
    known = (ours.labels >= 0) & (confidences > 0) & (theirs.labels >= 0) & (others_sure > 0)
    both_right = np.where(known, confidences * others_sure, 0.0)
    return sure_label_llr(both_right, ours.labels == theirs.labels, agreement)


def sure_label_llr(
    both_right: NDArray[np.float64], same: NDArray[np.bool_], agreement: float
) -> NDArray[np.float32]:
    """(...) the same by the probability that both votes are right, and whether they are the same.

    both_right: (...) 0 where either is unknown.
    """
    # One person: the same label twice, unless a vote is wrong. Two people: by chance.
    wrong = 1.0 - both_right
    agree = (both_right + wrong * agreement) / agreement
    differ = wrong * (1.0 - agreement) / (1.0 - agreement)
    return np.log(np.where(same, agree, differ)).astype(np.float32)


def cannot_link_labels(ours: Votes, theirs: Votes, min_confidence: float) -> NDArray[np.bool_]:
    """(N, M) cannot-links: two different labels, both at least ``min_confidence``."""
    known = (ours.labels >= 0) & (ours.confidences >= min_confidence)
    others_known = (theirs.labels >= 0) & (theirs.confidences >= min_confidence)
    return np.asarray((ours.labels[:, None] != theirs.labels) & np.outer(known, others_known))
