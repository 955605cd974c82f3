"""Evidence from clothes: teams and shirt numbers, as log-likelihood ratios and cannot-links."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes
from touchline.clothes.numbers import NumberTable
from touchline.clothes.teams import TeamTable
from touchline.evidence.labels import (
    LABEL_MODEL,
    Votes,
    sure_label_llr,
)
from touchline.identities import UNKNOWN
from touchline.linking.clustering.pair_terms import (
    DifferentLabels,
    PairLlr,
    PairMask,
    any_of,
    sum_of,
)
from touchline.linking.config import GlobalLinkConfig
from touchline.linking.constraints import Constraints
from touchline.types import Index

_OTHERS = 3
"""The label here for people in neither team's kit; teams are 0 and 1, officials 2."""


@dataclass(frozen=True, slots=True)
class LabelLlr:
    """Log-likelihood ratio of pairs of T tracklets by their voted labels.

    labels: (T,). sure: (T,) how likely each is right, 0 for none. agreement: probability that two
    different people have the same label.
    """

    labels: NDArray[np.int64]
    sure: NDArray[np.float64]
    agreement: float

    @classmethod
    def of(cls, votes: Votes, agreement: float) -> PairLlr:
        """By ``votes``; a term that is 0 where nothing is known of anybody."""
        sure = np.minimum(votes.confidences, LABEL_MODEL.max_confidence)
        sure = np.where(votes.labels >= 0, np.maximum(sure, 0.0), 0.0)
        return cls(votes.labels, sure, agreement) if sure.any() else sum_of(())

    def __call__(self, one: Index, other: Index) -> NDArray[np.float32]:
        labels, sure = self.labels, self.sure
        return sure_label_llr(sure[one] * sure[other], labels[one] == labels[other], self.agreement)


@dataclass(frozen=True, slots=True)
class ClothesEvidence:
    """Log-likelihood ratios by team and by number, and the cannot-links of either.

    team_votes: (T, 3) confidence, 0..1, that a tracklet is of team 0, of team 1, a keeper.
    """

    teams: PairLlr
    numbers: PairLlr
    cannot_link: PairMask
    team_votes: NDArray[np.float64]


def weigh_clothes(
    clothes: Clothes,
    frames: NDArray[np.int64],
    tracklet_ids: NDArray[np.int64],
    config: GlobalLinkConfig,
    constraints: Constraints | None = None,
) -> ClothesEvidence:
    """Evidence from clothes for every pair of T tracklets.

    clothes: its tracks are the tracklets, 0 to T - 1. frames, tracklet_ids: (M,) of each row of the
    track table. constraints: units vote together, and what was stated of them is their vote.
    """
    count = int(tracklet_ids.max(initial=-1)) + 1
    units = np.arange(count)
    if constraints is not None:
        units = constraints.units
        clothes = replace(clothes, track_ids=units[clothes.track_ids])
    teams = numbers = sum_of(())
    cannot_link: list[PairMask] = []
    team_votes = np.zeros((count, 3))
    if config.teams:
        found = clothes.teams(config.side_size)
        labels, confidences = _of_teams(found, count)
        labels, confidences = labels[units], confidences[units]
        if config.side_size is not None:
            confidences[_too_many(frames, tracklet_ids, labels, confidences, config.side_size)] = (
                0.0
            )
        if constraints is not None:
            _overrule(labels, confidences, constraints.labels["team"])
        votes = Votes(labels, confidences)
        teams = LabelLlr.of(votes, LABEL_MODEL.team_agreement)
        keepers = np.flatnonzero(np.isin(units, found.track_ids[found.roles == "goalkeeper"]))
        team_votes[keepers, 2] = confidences[keepers]
        team_votes[:, :2] = np.where(labels[:, None] == (0, 1), confidences[:, None], 0.0)
        # Somebody in neither kit may be a player seen badly: that makes no cannot-link.
        kits = Votes(np.where(labels == _OTHERS, UNKNOWN, labels), confidences)
        cannot_link.append(_sure(kits, config.cannot_link_confidence))
    if config.numbers:
        read = _of_numbers(clothes.shirt_numbers(), count)
        votes = Votes(read.labels[units], read.confidences[units])
        if constraints is not None:
            _overrule(*votes, constraints.labels["number"])
        numbers = LabelLlr.of(votes, LABEL_MODEL.number_agreement)
        cannot_link.append(_sure(votes, config.cannot_link_confidence))
    return ClothesEvidence(teams, numbers, any_of(cannot_link), team_votes)


def _overrule(
    labels: NDArray[np.int64], confidences: NDArray[np.float64], stated: NDArray[np.int64]
) -> None:
    """Put what was ``stated``, (T,) below 0 for nothing, in place of what was voted."""
    told = stated >= 0
    labels[told], confidences[told] = stated[told], LABEL_MODEL.max_confidence


def _sure(votes: Votes, min_confidence: float) -> PairMask:
    """Cannot-links: two different labels, both at least ``min_confidence``."""
    labels = np.where(votes.confidences >= min_confidence, votes.labels, UNKNOWN)
    return DifferentLabels(labels) if (labels >= 0).any() else any_of(())


def _of_teams(found: TeamTable, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    labels, confidences = np.full(count, UNKNOWN), np.zeros(count)
    labels[found.track_ids], confidences[found.track_ids] = found.teams, found.confidences
    labels[(labels == UNKNOWN) & (confidences > 0.0)] = _OTHERS
    return labels, np.minimum(confidences, LABEL_MODEL.max_confidence)


def _of_numbers(read: NumberTable, count: int) -> Votes:
    labels, confidences = np.full(count, UNKNOWN), np.zeros(count)
    labels[read.track_ids], confidences[read.track_ids] = read.numbers, read.confidences
    return Votes(labels, np.minimum(confidences, LABEL_MODEL.max_confidence))


def _too_many(
    frames: NDArray[np.int64],
    tracklet_ids: NDArray[np.int64],
    labels: NDArray[np.int64],
    confidences: NDArray[np.float64],
    side_size: int,
) -> NDArray[np.intp]:
    """The least sure tracklets of every team with more than ``side_size`` in some frame."""
    rows = np.flatnonzero((labels[tracklet_ids] == 0) | (labels[tracklet_ids] == 1))
    of, team = tracklet_ids[rows], labels[tracklet_ids[rows]]
    order = np.lexsort((of, -confidences[of], team, frames[rows]))
    key = frames[rows][order] * 2 + team[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    return np.unique(of[order][rank >= side_size])
