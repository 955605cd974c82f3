"""Margins of joins: by how many log odds each beats the next best explanation of its moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.time_split import TimeSplit
from touchline.types import Floats, Mask


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


def join_margins(clusters: Clusters) -> Floats:
    """(T,) margin of each tracklet's join: log odds that its tail follows the earlier tracklets of
    its identity, over the next best: a new person, somebody else, or a tail swap.

    Infinite for the first tracklets of identities, which join nobody. An identity that may well be
    the same person is no alternative: one person with two identities makes neither less sure.
    """
    margins = np.full(len(clusters.labels), np.inf)
    cluster_ids = clusters.cluster_ids()
    split = TimeSplit(clusters)
    for tracklet in range(1, len(margins)):
        split.advance(tracklet - 1)
        if clusters.before[tracklet] >= 0:
            cluster_id = int(clusters.labels[tracklet])
            same = ~clusters.cannot_link[cluster_id, cluster_ids] & (
                clusters.pairwise_llr(cluster_id, cluster_ids) > 0.0
            )
            _weigh_alternatives(split, int(split.places[tracklet]), same, margins)
    return margins


def _weigh_alternatives(split: TimeSplit, place: int, same: Mask, margins: Floats) -> None:
    """Lower ``margins`` to what the tail at ``place`` loses by following another head, or none.

    Both tails of a swap are equally unsure. same: (G,) clusters that may be the same person as
    this one.
    """
    begun, going_on = split.last >= 0, split.first >= 0
    own = np.zeros(split.count)  # a head without a tail loses nothing
    both = np.flatnonzero(begun & going_on)
    own[both] = split.own_gains(both)
    here = np.array([place])
    given, taken = np.full(split.count, -np.inf), np.full(split.count, -np.inf)
    heads, tails = np.flatnonzero(begun), np.flatnonzero(going_on)
    given[heads] = split.gains(heads, here)[:, 0]
    taken[tails] = split.gains(here, tails)[0]
    # Give this tail away, take another's, or both; what is left over becomes a new person.
    instead = np.maximum(given + np.maximum(taken, 0.0), taken + np.maximum(given, 0.0))
    lost = own[place] + own - instead
    lost[same] = np.inf
    lost[place] = own[place]
    mine, others = split.first[place], split.first[both]
    margins[mine] = min(margins[mine], lost.min())
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


def split_below_margin(clusters: Clusters, min_margin: float) -> None:
    """Split clusters at joins with a margin below ``min_margin``."""
    margins = join_margins(clusters)
    for cluster_id in clusters.cluster_ids().tolist():
        members = clusters.members(cluster_id)
        breaks = np.flatnonzero(margins[members] < min_margin)
        if len(breaks):
            clusters.regroup(np.split(members, breaks))
