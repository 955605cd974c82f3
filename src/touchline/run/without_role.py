"""Who of a run has no role, said in one line."""

from __future__ import annotations

import numpy as np

from touchline.identities import Identities
from touchline.role_words import UNKNOWN_ROLE

_SECONDS = 1.0
"""Who is seen for less is no surprise without a role."""

_NAMED = 10


def without_role(people: Identities) -> str | None:
    """Who was seen for a second and has no role, where others have one; None for nobody."""
    known = np.isin(people.roles, ("player", "goalkeeper", "referee"))
    doubtful = people.ids[(people.roles == UNKNOWN_ROLE) & (people.seconds >= _SECONDS)]
    if not len(doubtful) or not known.any():
        return None
    named = ", ".join(map(str, doubtful[:_NAMED].tolist())) + ", ..." * (len(doubtful) > _NAMED)
    return (
        f"{len(doubtful)} of {len(people)} people have no role ({named}): their clothes and the "
        "detector's classes fit several, or nobody on the pitch; roles in links.json have the "
        "reasons"
    )
