"""The team of a keeper: the one that defends the goal before which they stand."""

from __future__ import annotations

import numpy as np

from touchline.clothes.pitch_places import PitchPlaces
from touchline.identities import UNKNOWN
from touchline.pitch.sides import find_sides
from touchline.types import Floats, Index, Ints, Roles

_MIN_PROBABILITY = 0.75
"""Below, a keeper's team is not named."""

_DEEP = 0.25
"""Share of the pitch's length from the halfway line, beyond which it is plain whose half it is."""

_MIN_BOXES = 5


def name_keepers_teams(
    groups: Index,
    times: Floats,
    ground: PitchPlaces,
    roles: Roles,
    teams: Ints,
    confidences: Floats,
) -> None:
    """Give keepers their team and how sure it is, in place, where their goal tells it.

    groups: (R,) the tracklet of each box, 0 to T - 1. times: (R,) seconds. roles, teams,
    confidences: (T,).
    """
    keepers = np.flatnonzero((roles == "goalkeeper") & (teams == UNKNOWN))
    if not len(keepers):
        return
    x = ground.places[:, 0]
    sides = find_sides(times, x, np.where(roles == "player", teams, UNKNOWN)[groups])
    for keeper in keepers.tolist():
        rows = np.flatnonzero((groups == keeper) & (np.abs(x) > _DEEP * ground.size[0]))
        if len(rows) < _MIN_BOXES:
            continue
        # Of team 0 where they stand on the left and team 0 defends the left goal.
        log_odds = float((-np.sign(x[rows]) * sides.at(times[rows])).mean())
        sure = 1.0 / (1.0 + np.exp(-abs(log_odds)))
        if sure >= _MIN_PROBABILITY:
            teams[keeper], confidences[keeper] = int(log_odds < 0), sure
