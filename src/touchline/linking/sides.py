"""At most eleven of a team and one keeper a side: who would be one too many is known already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.linking.groups import Groups

_KEEPERS = 2

_GLANCE_SECONDS = 1.0
"""Identities seen for less are not counted: halves of people, and nobody."""

_MIN_SHARE = 0.6
"""An identity is of a side if so much of its time says so."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What T tracklets say of sides: (T,) seconds in view, and (T, 3) seconds, weighed by how
    sure it is, of the one team, of the other, and of keepers. size: players of a team.
    """

    seconds: NDArray[np.float64]
    votes: NDArray[np.float64]
    size: int


def fill_sides(groups: Groups, sides: Sides) -> None:
    """Join the likeliest of a side that has too many identities, while any are likelier than not.

    Where nobody can be new, that somebody is new is no doubt any more.
    """
    for side, most in enumerate((sides.size, sides.size, _KEEPERS)):
        names = _of_side(groups, sides, side)
        while len(names) > most:
            gains = np.array([groups.gains(name, names) for name in names.tolist()])
            np.fill_diagonal(gains, -np.inf)
            one, other = divmod(int(gains.argmax()), len(names))
            if not gains[one, other] > 0.0:
                break
            kept, gone = sorted((int(names[one]), int(names[other])))
            groups.merge(kept, gone)
            names = names[names != gone]


def _of_side(groups: Groups, sides: Sides, side: int) -> NDArray[np.intp]:
    names, count = groups.names(), len(groups.labels)
    mine = np.bincount(groups.labels, sides.votes[:, side], count)[names]
    every = np.bincount(groups.labels, sides.seconds, count)[names]
    return names[(every >= _GLANCE_SECONDS) & (mine > _MIN_SHARE * every)]
