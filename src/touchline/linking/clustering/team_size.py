"""Limits of team size: eleven players a team and two keepers; any more are duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.linking.clustering.clusters import Clusters

_KEEPERS = 2

_GLANCE_SECONDS = 1.0
"""Identities seen for less are not counted: partial boxes and false detections."""

_MIN_SHARE = 0.6
"""An identity belongs to a team if at least this share of its time votes for it."""


@dataclass(frozen=True, slots=True)
class TeamVotes:
    """Team votes of T tracklets. seconds: (T,) time in view. votes: (T, 3) seconds, weighted by
    confidence, for team 0, for team 1, and for keepers. size: players of a team.
    """

    seconds: NDArray[np.float64]
    votes: NDArray[np.float64]
    size: int


def limit_team_sizes(clusters: Clusters, team_votes: TeamVotes) -> None:
    """Merge the likeliest pairs of a team with too many identities, while likelier than not.

    Margins do not count here: where nobody can be new, a new person is no alternative.
    """
    for side, most in enumerate((team_votes.size, team_votes.size, _KEEPERS)):
        cluster_ids = _of_side(clusters, team_votes, side)
        while len(cluster_ids) > most:
            gains = np.array(
                [clusters.gains(cluster_id, cluster_ids) for cluster_id in cluster_ids.tolist()]
            )
            np.fill_diagonal(gains, -np.inf)
            one, other = divmod(int(gains.argmax()), len(cluster_ids))
            if not gains[one, other] > 0.0:
                break
            kept, gone = sorted((int(cluster_ids[one]), int(cluster_ids[other])))
            clusters.merge(kept, gone)
            cluster_ids = cluster_ids[cluster_ids != gone]


def _of_side(clusters: Clusters, team_votes: TeamVotes, side: int) -> NDArray[np.intp]:
    cluster_ids, count = clusters.cluster_ids(), len(clusters.labels)
    mine = np.bincount(clusters.labels, team_votes.votes[:, side], count)[cluster_ids]
    every = np.bincount(clusters.labels, team_votes.seconds, count)[cluster_ids]
    return cluster_ids[(every >= _GLANCE_SECONDS) & (mine > _MIN_SHARE * every)]
