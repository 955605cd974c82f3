"""Why tracklets were joined, or not: what ``links.json`` says, and how sure each identity is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.linking.doubt import confidences, join_margins
from touchline.linking.groups import Evidence, Groups
from touchline.linking.tracklets import Tracklets

_REFUSALS_EACH = 3
"""So many refusals are told of one identity: those that came nearest, possible ones first."""

_NEARLY = -3.0
"""A join with log odds below this was never a question."""


@dataclass(frozen=True, slots=True)
class Links:
    """The reasons of a whole clip's identities; tracklets are numbered as they begin, from 0.

    identities: (T,) of each tracklet, from 1. confidences: (T,) 0..1, that its boxes are on the
    person of its identity. frames, times: (T, 2) of its first and its last
    box. counts: (T,) of its boxes. joins: for each tracklet but an identity's first, and refusals:
    for pairs of identities that came near; both as plain values.
    """

    identities: NDArray[np.int64]
    confidences: NDArray[np.float64]
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    counts: NDArray[np.int64]
    joins: tuple[dict[str, Any], ...]
    refusals: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What ``explain`` tells the evidence apart by, all (T, T).

    kinds: further evidence by its name. together: frames that two tracklets share. barred: who
    cannot be one person, by the name of the reason; each a part of ``Evidence.excluded``.
    """

    kinds: Mapping[str, NDArray[np.float32]]
    together: NDArray[np.int32]
    barred: Mapping[str, NDArray[np.bool_]]


def explain(groups: Groups, tracklets: Tracklets, grounds: Grounds) -> Links:
    """The reasons for ``groups``, whose identities are numbered by their first tracklets."""
    names = groups.names()
    identities = np.searchsorted(names, groups.labels) + 1
    margins = join_margins(groups)
    joins = []
    for piece in range(len(identities)):
        name = int(groups.labels[piece])
        home = groups.members(name)
        rest = home[home != piece]
        if len(rest) and rest[0] < piece:
            alternatives = groups.piece_gains(piece, names)
            alternatives[names == name] = -np.inf
            evidence = _evidence(groups.evidence, grounds, piece, rest)
            told = {kind: round(value, 3) for kind, value in evidence.items() if value}
            joins.append(
                {
                    "tracklet": piece,
                    "identity": int(identities[piece]),
                    "after": int(rest[rest < piece][-1]),
                    "log_odds": _rounded(sum(evidence.values())),
                    "margin": _rounded(margins[piece]),
                    "evidence": told,
                    "runner_up": _runner_up(alternatives),
                }
            )
    refusals = _refusals(groups, grounds)
    return Links(
        identities.astype(np.int64),
        confidences(groups, margins),
        tracklets.frames,
        tracklets.times,
        tracklets.counts,
        tuple(joins),
        tuple(refusals),
    )


def _evidence(
    evidence: Evidence, grounds: Grounds, piece: int, rest: NDArray[np.intp]
) -> dict[str, float]:
    """Log odds of each kind, of a tracklet beside the others of its identity."""
    looks = evidence.appearance
    weights = evidence.weights[rest]
    earlier, later = rest[rest < piece], rest[rest > piece]
    ways = evidence.motion[earlier[-1:], piece].sum() + evidence.motion[piece, later[:1]].sum()
    if len(earlier) and len(later):
        ways -= evidence.motion[earlier[-1], later[0]]
    found = {
        "appearance": looks.odds(
            looks.sums[[piece]],
            looks.counts[[piece]],
            looks.sums[rest].sum(axis=0, keepdims=True),
            looks.counts[rest].sum(keepdims=True),
        )[0, 0],
        "motion": ways,
        **{
            name: np.average(values[piece, rest], weights=weights)
            for name, values in grounds.kinds.items()
        },
        "prior": evidence.prior,
    }
    return {name: float(value) for name, value in found.items()}


def _runner_up(alternatives: NDArray[np.float64]) -> dict[str, Any] | None:
    """The next best identity that is possible, with its log odds; (K,) of all identities."""
    best = int(alternatives.argmax())
    if not np.isfinite(alternatives[best]):
        return None
    return {"identity": best + 1, "log_odds": _rounded(alternatives[best])}


def _refusals(groups: Groups, grounds: Grounds) -> list[dict[str, Any]]:
    names = groups.names()
    found = []
    for number, name in enumerate(names.tolist(), 1):
        later = names[number:]
        if not len(later):
            continue
        looks = groups.likeness(name, later)
        barred = groups.excluded[name, later]
        ways = np.where(barred, 0.0, groups.way_gains(groups.members(name))[later])
        odds = looks + ways + groups.evidence.prior
        # What was possible and not taken says more than who was seen at once.
        nearest = np.lexsort((-odds, barred))
        for place in nearest[odds[nearest] > _NEARLY][:_REFUSALS_EACH].tolist():
            other = int(later[place])
            found.append(
                {
                    "identities": [number, number + 1 + place],
                    "log_odds": _rounded(odds[place]),
                    "evidence": {
                        "likeness": _rounded(looks[place]),
                        "motion": _rounded(ways[place]),
                        "prior": _rounded(groups.evidence.prior),
                    },
                    **_why(groups.members(name), groups.members(other), grounds, odds[place]),
                }
            )
    return found


def _why(
    members: NDArray[np.intp], others: NDArray[np.intp], grounds: Grounds, odds: float
) -> dict[str, Any]:
    """What forbids two groups to be one person, or that it was not likely or sure enough."""
    block = np.ix_(members, others)
    shared = int(grounds.together[block].sum())
    if shared:
        return {"reason": "seen at once", "frames": shared}
    for reason, pairs in grounds.barred.items():
        if pairs[block].any():
            return {"reason": reason}
    return {"reason": "not sure enough" if odds > 0.0 else "not likely enough"}


def _rounded(value: Any) -> float:
    return round(float(value), 3)
