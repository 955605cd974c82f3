"""From pairwise evidence to people: the partition of tracklets with the greatest sum of odds.

A person's value is the sum of what supports it: how each tracklet looks beside the person's
others, the way from each tracklet to the next in time, further evidence between its tracklets,
and the prior odds against it for every tracklet but the first. No two tracklets that exclude each
other are one person. Average linkage (the best pair of groups first) gives a start; then single
tracklets move, groups come apart at a moment, and groups merge, each only where the sum grows.
What is not surely better than the next best is taken apart in the end, unless a side is full.
"""

from __future__ import annotations

import numpy as np

from touchline.linking.doubt import part_doubtful
from touchline.linking.exchange import exchange_tails
from touchline.linking.groups import Evidence, Groups, Index
from touchline.linking.sides import Sides, fill_sides

_GAIN = 1e-6
_MOVE_ROUNDS = 3
_ALTERNATIVES = 3
"""A tracklet is tried with so many other groups, the likeliest first."""


def join(evidence: Evidence, sides: Sides | None = None) -> Groups:
    """The people: groups of tracklets. sides: what is known of them, to count who plays."""
    groups = Groups(evidence)
    _merge_best_first(groups)
    settled: dict[int, bytes] = {}
    for _ in range(_MOVE_ROUNDS):
        moved = _move_tracklets(groups, settled)
        moved |= exchange_tails(groups)
        if not moved:
            break
        _merge_best_first(groups)
    part_doubtful(groups, evidence.min_margin)
    if sides is not None:
        fill_sides(groups, sides)
    if evidence.roster_size is not None:
        _merge_best_first(groups, evidence.roster_size)
    return groups


def _merge_best_first(groups: Groups, limit: int | None = None) -> None:
    """Join the two groups that win most by it until none wins; with a limit, until so few are left
    or nothing but exclusions keeps them apart.
    """
    count = len(groups.labels)
    limit = count if limit is None else limit
    if count < 2:
        return
    names = groups.names()
    gains = np.full((count, count), -np.inf, np.float32)
    for name in names.tolist():
        gains[name, names] = groups.gains(name, names)
    np.fill_diagonal(gains, -np.inf)
    gains = np.maximum(gains, gains.T)
    best = gains.argmax(axis=1)
    tops = gains[np.arange(count), best]
    while True:
        group = int(tops.argmax())
        if not tops[group] > (0.0 if len(names) <= limit else -np.inf):
            return
        group, other = sorted((group, int(best[group])))
        groups.merge(group, other)
        names = names[names != other]
        gains[other] = gains[:, other] = -np.inf
        row = groups.gains(group, names).astype(np.float32)
        row[names == group] = -np.inf
        gains[group, names] = gains[names, group] = row
        stale = names[(best[names] == group) | (best[names] == other) | (names == group)]
        best[stale] = gains[stale].argmax(axis=1)
        tops[stale] = gains[stale, best[stale]]
        better = names[row > tops[names]]
        best[better] = group
        tops[better] = gains[better, group]
        tops[other] = -np.inf


def _move_tracklets(groups: Groups, settled: dict[int, bytes]) -> bool:
    """Give single tracklets to the groups they fit best; whether any moved.

    settled: of each tracklet that stayed, among which groups as they were then; they are not
    weighed again until one of them changes.
    """
    moved = False
    names = groups.names()
    for piece in range(len(groups.labels)):
        label = int(groups.labels[piece])
        home = groups.members(label)
        rest = home[home != piece]
        gains = groups.piece_gains(piece, names)
        gains[names == label] = -np.inf
        best = np.argsort(-gains, kind="stable")[:_ALTERNATIVES]
        likely = names[best[gains[best] > -np.inf]]
        among = np.append(likely, label)
        state = np.append(among, groups.versions[among]).tobytes()
        if settled.get(piece) == state:
            continue
        before = groups.loss(piece)
        choice: list[Index] | None = None
        if len(rest) and before < -_GAIN:
            choice, before = [rest, np.array([piece])], 0.0
        for name in likely.tolist():
            gain = groups.gain(piece, name)
            if gain > before + _GAIN:
                joined = np.sort(np.append(groups.members(name), piece))
                choice, before = [rest, joined] if len(rest) else [joined], gain
        if choice is not None:
            groups.regroup(choice)
            names = groups.names()
            moved = True
        else:
            settled[piece] = state
    return moved
