"""Why tracklets were joined or not, as written to ``links.json``, and identity confidences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.margins import (
    CONFIDENCE_MODEL,
    EarlierHeads,
    confidences,
    join_margins,
)
from touchline.linking.clustering.pair_terms import PairLlr, PairMask, SymmetricPairs
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.linking.tracklets import END, START, Tracklets
from touchline.links import UNLIKELY, UNSURE, Earlier, Join, Links, Refusal, RunnerUp

_REFUSALS_EACH = 3
"""Refusals reported per identity: the nearest misses, pairs without a cannot-link first."""

_EARLIER_EACH = 5
"""Others than it does that a tracklet is said to continue perhaps."""

_NEARLY = -3.0
"""Joins with log odds below this are no near misses."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The evidence by kind for ``explain``.

    kinds: pairwise evidence by name. together: frames that two tracklets share. cannot_link: pairs
    that cannot be one person, by reason; each a part of ``Evidence.cannot_link``.
    """

    kinds: Mapping[str, PairLlr]
    together: SymmetricPairs[np.int32]
    cannot_link: Mapping[str, PairMask]


def explain(
    clusters: Clusters,
    tracklets: Tracklets,
    grounds: Grounds,
    on_done: OnDone = unheard,
) -> Links:
    """The reasons for ``clusters``; identities are numbered by their first tracklets.

    on_done: told how many tracklets are done.
    """
    cluster_ids = clusters.cluster_ids()
    identities = np.searchsorted(cluster_ids, clusters.labels) + 1
    earlier = EarlierHeads(len(identities), _EARLIER_EACH)
    margins = join_margins(clusters, on_done, earlier)
    sure = np.where(np.isfinite(margins), CONFIDENCE_MODEL.probability(margins), 1.0)
    joins = []
    for tracklet in range(len(identities)):
        cluster_id = int(clusters.labels[tracklet])
        home = clusters.members(cluster_id)
        rest = home[home != tracklet]
        if len(rest) and rest[0] < tracklet:
            others = clusters.near_tracklet(tracklet)
            alternatives = clusters.tracklet_gains(tracklet, others, most=1)
            evidence = _evidence(clusters.evidence, grounds, tracklet, rest)
            reported = {kind: round(value, 3) for kind, value in evidence.items() if value}
            after = int(rest[rest < tracklet][-1])
            joins.append(
                Join(
                    tracklet=tracklet,
                    identity=int(identities[tracklet]),
                    after=after,
                    log_odds=_rounded(sum(evidence.values())),
                    margin=_rounded(margins[tracklet]) if np.isfinite(margins[tracklet]) else None,
                    confidence=round(float(sure[tracklet]), 4),
                    displacement=_displacement(tracklets, after, tracklet),
                    evidence=reported,
                    runner_up=_runner_up(identities[others], alternatives),
                )
            )
    refusals = _refusals(clusters, grounds)
    return Links(
        identities.astype(np.int64),
        confidences(clusters, margins),
        tracklets.frames,
        tracklets.times,
        tracklets.counts,
        tuple(joins),
        tuple(refusals),
        _with_evidence(earlier.found, clusters.evidence, grounds),
    )


def _with_evidence(
    found: Sequence[Sequence[tuple[int, float]]], evidence: Evidence, grounds: Grounds
) -> tuple[tuple[Earlier, ...], ...]:
    """Whom each tracklet may continue, with what speaks for that and against it."""
    here = np.repeat(np.arange(len(found)), [len(heads) for heads in found])
    head = np.array([one for heads in found for one, _ in heads], np.intp)
    if not len(head):
        return tuple(() for _ in found)
    appearance = evidence.appearance
    llr = {
        "appearance": appearance.pair_llr(
            appearance.sums[head],
            appearance.counts[head],
            appearance.sums[here],
            appearance.counts[here],
        ),
        "motion": evidence.motion(head, here),
        **{kind: pairs(head, here) for kind, pairs in grounds.kinds.items()},
    }
    kinds = list(llr)
    columns = np.round(np.array([llr[kind] for kind in kinds], np.float64), 2)
    rows = iter(columns.T.tolist())
    return tuple(
        tuple(
            Earlier(
                one,
                _rounded(log_odds),
                {kind: value for kind, value in zip(kinds, next(rows), strict=True) if value},
            )
            for one, log_odds in heads
        )
        for heads in found
    )


def _evidence(
    evidence: Evidence, grounds: Grounds, tracklet: int, rest: NDArray[np.intp]
) -> dict[str, float]:
    """Log odds of a tracklet against the rest of its identity, by kind of evidence."""
    appearance = evidence.appearance
    weights = evidence.weights[rest]
    earlier, later = rest[rest < tracklet], rest[rest > tracklet]
    motion, here = evidence.motion, np.array([tracklet])
    displacements = motion(earlier[-1:], here).sum() + motion(here, later[:1]).sum()
    if len(earlier) and len(later):
        displacements -= motion(earlier[-1], later[0])
    found = {
        "appearance": appearance.llr(
            appearance.sums[[tracklet]],
            appearance.counts[[tracklet]],
            appearance.sums[rest].sum(axis=0, keepdims=True),
            appearance.counts[rest].sum(keepdims=True),
        )[0, 0],
        "motion": displacements,
        **{
            kind: np.average(llr(np.array(tracklet), rest), weights=weights)
            for kind, llr in grounds.kinds.items()
        },
        "prior": evidence.prior,
    }
    return {kind: float(value) for kind, value in found.items()}


def _displacement(tracklets: Tracklets, before: int, behind: int) -> float | None:
    """Body heights from the end of one tracklet to the start of another; None across a cut."""
    if tracklets.chains[before, END] != tracklets.chains[behind, START]:
        return None
    moved = tracklets.places[behind, START] - tracklets.places[before, END]
    heights = tracklets.heights[before, END] * tracklets.heights[behind, START]
    return round(float(np.hypot(*moved) / np.sqrt(heights)), 2)


def _runner_up(identities: NDArray[np.int64], alternatives: NDArray[np.float64]) -> RunnerUp | None:
    """The next best identity without a cannot-link. alternatives: (K,) log odds of each."""
    if not len(alternatives):
        return None
    best = int(alternatives.argmax())
    if not np.isfinite(alternatives[best]):
        return None
    return RunnerUp(int(identities[best]), _rounded(alternatives[best]))


def _refusals(clusters: Clusters, grounds: Grounds) -> list[Refusal]:
    cluster_ids = clusters.cluster_ids()
    found = []
    for number, cluster_id in enumerate(cluster_ids.tolist(), 1):
        later = clusters.near(cluster_id)
        later = later[later > cluster_id]
        if not len(later):
            continue
        pairwise, cannot_link = clusters.pairwise_llr(cluster_id, later)
        displacements = np.where(
            cannot_link, 0.0, clusters.motion_gains(clusters.members(cluster_id), later)
        )
        log_odds = pairwise + displacements + clusters.evidence.prior
        # A possible join that was not made says more than a cannot-link.
        nearest = np.lexsort((-log_odds, cannot_link))
        for place in nearest[log_odds[nearest] > _NEARLY][:_REFUSALS_EACH].tolist():
            other = int(later[place])
            members, others = clusters.members(cluster_id), clusters.members(other)
            reason, shared = _why(members, others, grounds, log_odds[place])
            found.append(
                Refusal(
                    identities=(number, int(np.searchsorted(cluster_ids, other)) + 1),
                    log_odds=_rounded(log_odds[place]),
                    evidence={
                        "pairwise": _rounded(pairwise[place]),
                        "motion": _rounded(displacements[place]),
                        "prior": _rounded(clusters.evidence.prior),
                    },
                    reason=reason,
                    frames=shared,
                )
            )
    return found


def _why(
    members: NDArray[np.intp], others: NDArray[np.intp], grounds: Grounds, log_odds: float
) -> tuple[str, int | None]:
    """The cannot-link between two clusters, or that joining was not likely or sure enough.

    Also returns how many frames they share; None where they share none.
    """
    block = np.ix_(members, others)
    shared = int(grounds.together(*block).sum())
    if shared:
        return "seen at once", shared
    for reason, pairs in grounds.cannot_link.items():
        if pairs(*block).any():
            return reason, None
    return UNSURE if log_odds > 0.0 else UNLIKELY, None


def _rounded(value: Any) -> float:
    return round(float(value), 3)
