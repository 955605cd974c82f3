"""Joint assignment of all identities of a clip to people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from touchline.types import Floats, Ints, Mask

NOBODY = -1
"""The choice for an identity that is none of the people."""

_LARGE = 1e3
"""Outweighs any evidence: the bonus for being somebody where nobody may be unknown."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The choice for each identity and its runner-up, as parallel arrays.

    chosen, runners_up: (I,) int64, position of a person, or NOBODY. margins: (I,) float64, by
    how much the evidence of all identities together is better with the choice than without it;
    infinite where there is no alternative.
    """

    chosen: Ints
    runners_up: Ints
    margins: Floats


def choose(scores: Floats, cannot_link: Mask, *, closed: bool = False) -> Choices:
    """The assignment with the largest sum of scores that violates no cannot-link.

    scores: (I, P), evidence for identity and person over being nobody known; -inf: impossible.
    cannot_link: (I, I) symmetric, True where two identities are two people for certain. One
    person may be several identities without cannot-links, as where a clip's linking left them in
    several tracklets.
    closed: everybody is one of the people, unless that is impossible.
    """
    groups = cliques(cannot_link)
    offset = _LARGE if closed else 0.0
    chosen, best = _solve(scores + offset, groups)
    runners_up = np.full(len(chosen), NOBODY, np.int64)
    margins = np.empty(len(chosen))
    for row, choice in enumerate(chosen.tolist()):
        others = scores + offset
        if choice == NOBODY:  # otherwise it would have to be somebody
            others[row] += _LARGE
        else:
            others[row, choice] = -np.inf
        second, total = _solve(others, groups)
        if choice == NOBODY:
            total = total - _LARGE if second[row] != NOBODY else -np.inf
        elif closed and second[row] == NOBODY:
            total = -np.inf  # being nobody is no choice here, whatever it would cost
        runners_up[row] = second[row]
        margins[row] = max(best - total, 0.0)
    return Choices(chosen, runners_up, margins)


def cliques(cannot_link: Mask) -> list[Ints]:
    """Cliques of mutually cannot-linked identities, which cover every cannot-link."""
    left = np.triu(cannot_link, 1)
    groups = []
    while left.any():
        first = int(np.flatnonzero(left.any(axis=1))[0])
        members = [first]
        common = cannot_link[first].copy()
        candidates = np.flatnonzero(left[first])
        while len(candidates):
            member = int(candidates[0])
            members.append(member)
            common &= cannot_link[member]
            # Those whose pair with the first is not covered yet come first, then all others.
            candidates = np.flatnonzero(left[first] & common)
            if not len(candidates):
                candidates = np.flatnonzero(common)
        group = np.array(sorted(members), np.int64)
        left[np.ix_(group, group)] = False
        groups.append(group)
    return groups


def _solve(scores: Floats, groups: list[Ints]) -> tuple[Ints, float]:
    """(I,) the best choice of every identity, and its sum of scores. An exact integer program."""
    chosen = np.full(len(scores), NOBODY, np.int64)
    rows, columns = np.nonzero(scores > 0.0)
    if not len(rows):
        return chosen, 0.0
    gains = scores[rows, columns]
    result = milp(
        -gains,
        integrality=np.ones(len(rows), np.int64),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(_limits(rows, columns, scores.shape, groups), -np.inf, 1.0),
    )
    if result.x is None:  # taking nothing is always allowed, so only the solver can fail
        raise RuntimeError(f"the assignment was not solved: {result.message}")
    taken = result.x > 0.5
    chosen[rows[taken]] = columns[taken]
    return chosen, float(gains[taken].sum())


def _limits(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    shape: tuple[int, int],
    groups: list[Ints],
) -> csr_array:
    """(limits, pairs) ones where a pair is in a set of which one at most may be taken.

    All pairs of one identity are such a set, and those of a person within a group.
    """
    identities, people = shape
    member = np.zeros((len(groups), identities), np.bool_)
    for number, group in enumerate(groups):
        member[number, group] = True
    of_group, pair = np.nonzero(member[:, rows])
    limits = np.concatenate([rows, identities + of_group * people + columns[pair]])
    pairs = np.concatenate([np.arange(len(rows)), pair])
    _, limits = np.unique(limits, return_inverse=True)
    return csr_array((np.ones(len(pairs)), (limits, pairs)))
