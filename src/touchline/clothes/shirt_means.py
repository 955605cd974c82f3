"""The colour of each team's shirts in a clip, as it looks in the image."""

from __future__ import annotations

import numpy as np

from touchline.clothes.collection import Clothes
from touchline.identities import TEAMS, UNKNOWN, Identities

MIN_ROWS = 20
"""Boxes of a team that were measured; fewer tell no colour."""


def shirt_means(clothes: Clothes, people: Identities) -> dict[int, tuple[int, int, int]]:
    """8-bit L, a, b of the torso, the median over the boxes of each team, by team.

    clothes: of ``people``, whose ids are its track ids. Teams that were hardly measured are left
    out.
    """
    seen = ~np.isnan(clothes.shirts).any(axis=1)
    rows = np.searchsorted(people.ids, clothes.track_ids[seen])
    keeper = people.roles[rows] == "goalkeeper"  # in a shirt of their own
    teams, torsos = np.where(keeper, UNKNOWN, people.teams[rows]), clothes.shirts[seen, :3]
    found = {}
    for team in range(len(TEAMS)):
        mine = torsos[teams == team]
        if len(mine) >= MIN_ROWS:
            lightness, a, b = np.median(mine, axis=0).round().astype(int).tolist()
            found[team] = (lightness, a, b)
    return found
