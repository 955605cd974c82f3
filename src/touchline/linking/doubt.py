"""How sure joins are: by how much each beats the next best explanation of its moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.linking.groups import Groups
from touchline.linking.halves import Halves

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SURE, _A_MARGIN, _MOST_MARGIN = 0.5, 0.28, 8.0
"""Log odds that a tracklet is on the person of its identity, where nothing speaks for it, and more
for each log odds of margin up to the greatest. Fitted to the boxes of SNMOT-060, rendered and
SNMOT test sequences, false detections counted as wrong; each was judged by a fit to the others."""

_OF_ITSELF = 0.95
"""The same for an identity's longest tracklet: share of its boxes that are on its person."""


def join_margins(groups: Groups) -> Floats:
    """(T,) log odds that what begins with each tracklet follows the earlier ones of its identity,
    against the next best: that it is somebody new, somebody else, or two exchanged what follows.

    Infinite for the first tracklets of identities, which join nobody. An identity that may well be
    the same person is no other: that he is two identities makes neither less sure.
    """
    margins = np.full(len(groups.labels), np.inf)
    names = groups.names()
    halves = Halves(groups)
    for piece in range(1, len(margins)):
        halves.advance(piece - 1)
        if groups.before[piece] >= 0:
            name = int(groups.labels[piece])
            same = ~groups.excluded[name, names] & (groups.likeness(name, names) > 0.0)
            _weigh_alternatives(halves, int(halves.places[piece]), same, margins)
    return margins


def _weigh_alternatives(halves: Halves, place: int, same: Mask, margins: Floats) -> None:
    """Lower ``margins`` to what the tail at ``place`` loses where it follows another head, or none.

    Whose tail is exchanged for this one is as unsure as this one. same: (G,) who may be one with
    this group.
    """
    begun, going_on = halves.last >= 0, halves.first >= 0
    own = np.zeros(halves.count)  # of a head without a tail nothing is taken away
    both = np.flatnonzero(begun & going_on)
    own[both] = halves.own_gains(both)
    here = np.array([place])
    given, taken = np.full(halves.count, -np.inf), np.full(halves.count, -np.inf)
    heads, tails = np.flatnonzero(begun), np.flatnonzero(going_on)
    given[heads] = halves.gains(heads, here)[:, 0]
    taken[tails] = halves.gains(here, tails)[0]
    # Either gives this tail away, or takes another's, or both; what is left over is on its own.
    instead = np.maximum(given + np.maximum(taken, 0.0), taken + np.maximum(given, 0.0))
    lost = own[place] + own - instead
    lost[same] = np.inf
    lost[place] = own[place]
    mine, others = halves.first[place], halves.first[both]
    margins[mine] = min(margins[mine], lost.min())
    margins[others] = np.minimum(margins[others], lost[both])


def confidences(groups: Groups, margins: Floats) -> Floats:
    """(T,) chance in 0..1 that a tracklet's boxes are on the person of its identity.

    The person is whom the identity's longest tracklet shows. Between it and another one lie joins;
    the least sure of them decides.
    """
    found = np.full(len(margins), _OF_ITSELF)
    for name in groups.names().tolist():
        members = groups.members(name)
        longest = int(groups.evidence.weights[members].argmax())
        joins = margins[members]
        least = np.full(len(members), np.inf)
        least[longest + 1 :] = np.minimum.accumulate(joins[longest + 1 :])
        least[:longest] = np.minimum.accumulate(joins[longest:0:-1])[::-1]
        others = members[np.arange(len(members)) != longest]
        odds = _SURE + _A_MARGIN * np.minimum(least[np.isfinite(least)], _MOST_MARGIN)
        found[others] = 1.0 / (1.0 + np.exp(-odds))
    return found


def part_doubtful(groups: Groups, min_margin: float) -> None:
    """Make somebody new of what follows a join that is less sure than ``min_margin``."""
    margins = join_margins(groups)
    for name in groups.names().tolist():
        members = groups.members(name)
        breaks = np.flatnonzero(margins[members] < min_margin)
        if len(breaks):
            groups.regroup(np.split(members, breaks))
