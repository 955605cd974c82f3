"""Margins of joins: by how many log odds each beats the next best explanation of its moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.linking.clustering.time_split import TimeSplit
from touchline.types import Floats, Index, Mask


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """From the margin of a join to the probability that a tracklet is on its identity's person.

    at_zero: its log odds at margin 0. slope: per log odds of margin. max_margin: where it
    saturates. longest: the probability, 0..1, for an identity's longest tracklet, as the share of
    its boxes on its person.

    Fitted to the boxes of SNMOT-060, rendered and SNMOT test sequences, false detections counted
    as wrong; leave-one-out: each judged by the others' fit. ``benchmarks/fit_evidence.py`` fits it
    again.
    """

    at_zero: float = 0.5
    slope: float = 0.28
    max_margin: float = 8.0
    longest: float = 0.95

    def probability(self, margins: Floats) -> Floats:
        """(N,) from ``margins`` (N,)."""
        log_odds = self.at_zero + self.slope * np.minimum(margins, self.max_margin)
        return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


CONFIDENCE_MODEL = ConfidenceModel()

_LEAST = -2.0
"""Alternatives with less log odds are none: to begin somebody new is likelier."""


class EarlierHeads:
    """For each of T tracklets whom it may continue: last tracklets of heads, with log odds.

    The log odds that its tail follows that head, less those of the tail which then follows nobody;
    beginning somebody new has 0. The head it follows now comes first, then ``most`` others, the
    likeliest first, of at least ``_LEAST``. None where a unit holds head and tail together.
    """

    def __init__(self, count: int, most: int) -> None:
        self.found: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        self._most = most

    def add(self, split: TimeSplit, cluster: int, heads: Index, gains: Floats) -> None:
        """Whom the tail of ``cluster``, the next that begins, may continue.

        gains: (G,) log odds that it follows each of ``heads``, with all before it decided.
        """
        known = np.isfinite(gains)
        heads, gains = heads[known], gains[known]
        followed = (split.first[heads] >= 0).nonzero()[0]
        gains[followed] -= np.maximum(split.own_gains(heads[followed]), 0.0)
        best = np.argsort(-gains, kind="stable")[: self._most]
        likely = list(zip(split.last[heads[best]].tolist(), gains[best].tolist(), strict=True))
        if split.last[cluster] >= 0:
            likely.insert(0, (int(split.last[cluster]), split.own_gain(cluster)))
        self.found[split.first[cluster]] = [head for head in likely if head[1] >= _LEAST]


def join_margins(
    clusters: Clusters, on_done: OnDone = unheard, earlier: EarlierHeads | None = None
) -> Floats:
    """(T,) margin of each tracklet's join: log odds that its tail follows the earlier tracklets of
    its identity, over the next best: a new person, somebody else, or a tail swap.

    Infinite for the first tracklets of identities, which join nobody, and where a unit is on both
    sides of the join. An identity that may well be
    the same person is no alternative: one person with two identities makes neither less sure.
    earlier: told at every moment what the heads are worth.
    """
    margins = np.full(len(clusters.labels), np.inf)
    split = TimeSplit(clusters)
    same: dict[int, Mask] = {}
    for tracklet in range(1, len(margins)):
        on_done(tracklet)
        split.advance(tracklet - 1)
        cluster = int(clusters.labels[tracklet])
        joins = clusters.before[tracklet] >= 0
        if split.held[cluster] or not (joins or earlier is not None):
            continue
        near = clusters.near(cluster)
        free = split.held[near] == 0
        begun = (free & (split.last[near] >= 0)).nonzero()[0]
        given = np.full(len(near), -np.inf)
        given[begun] = split.tail_gains(cluster, near[begun], _LEAST)
        if earlier is not None:
            earlier.add(split, cluster, near[begun], given[begun])
        if joins:
            if cluster not in same:
                llr, cannot_link = clusters.pairwise_llr(cluster, near)
                same[cluster] = ~cannot_link & (llr > 0.0)
            of_others = ~same[cluster][free]
            _weigh_alternatives(split, cluster, near[free], given[free], of_others, margins)
    return margins


def _weigh_alternatives(
    split: TimeSplit, cluster: int, near: Index, given: Floats, of_others: Mask, margins: Floats
) -> None:
    """Lower ``margins`` to what a cluster's tail loses by following another head, or none.

    Both tails of a swap are equally unsure. near: (G,) the clusters it may swap with. given: (G,)
    log odds that its tail follows the head of each. of_others: (G,) which of them cannot be the
    same person.
    """
    begun, going_on = split.last[near] >= 0, split.first[near] >= 0
    taken = np.full(len(near), -np.inf)
    taken[going_on] = split.head_gains(cluster, near[going_on], _LEAST)
    # Give this tail away, take another's, or both; what is left over becomes a new person.
    instead = np.maximum(given + np.maximum(taken, 0.0), taken + np.maximum(given, 0.0))
    instead[~of_others] = -np.inf
    both = (begun & going_on & np.isfinite(instead)).nonzero()[0]
    own = np.zeros(len(near))  # a head without a tail loses nothing
    own[both] = split.own_gains(near[both])
    alone = split.own_gain(cluster)
    lost = alone + own - instead
    mine, others = split.first[cluster], split.first[near[both]]
    margins[mine] = min(margins[mine], alone, lost.min(initial=np.inf))
    margins[others] = np.minimum(margins[others], lost[both])


def confidences(
    clusters: Clusters, margins: Floats, model: ConfidenceModel = CONFIDENCE_MODEL
) -> Floats:
    """(T,) probability that a tracklet's boxes are on the person of its identity."""
    least = margins_to_longest(clusters, margins)
    return np.where(np.isfinite(least), model.probability(least), model.longest)


def margins_to_longest(clusters: Clusters, margins: Floats) -> Floats:
    """(T,) least margin of the joins between a tracklet and the longest of its identity.

    The identity's person is the one in that tracklet; its own is infinite.
    """
    found = np.full(len(margins), np.inf)
    for cluster_id in clusters.cluster_ids().tolist():
        members = clusters.members(cluster_id)
        longest = int(clusters.evidence.weights[members].argmax())
        joins = margins[members]
        least = np.full(len(members), np.inf)
        least[longest + 1 :] = np.minimum.accumulate(joins[longest + 1 :])
        least[:longest] = np.minimum.accumulate(joins[longest:0:-1])[::-1]
        found[members] = least
    return found


def split_below_margin(clusters: Clusters, min_margin: float, on_done: OnDone = unheard) -> None:
    """Split clusters at joins with a margin below ``min_margin``."""
    margins = join_margins(clusters, on_done)
    for cluster_id in clusters.cluster_ids().tolist():
        members = clusters.members(cluster_id)
        breaks = np.flatnonzero(margins[members] < min_margin)
        if len(breaks):
            clusters.regroup(np.split(members, breaks))
