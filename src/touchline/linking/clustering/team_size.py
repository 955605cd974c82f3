"""Limits of team size: eleven players a team and two keepers; any more are duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.merging import merge_best_first
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.types import Index, Mask

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


def limit_team_sizes(clusters: Clusters, team_votes: TeamVotes, on_done: OnDone = unheard) -> None:
    """Merge the likeliest pairs of a team with too many identities, while likelier than not.

    Margins do not count here: where nobody can be new, a new person is no alternative.
    """
    for side, most in enumerate((team_votes.size, team_votes.size, _KEEPERS)):
        mine = _of_side(clusters, team_votes, side)
        inside = np.zeros(len(clusters.labels), np.bool_)
        inside[mine] = True

        def near(cluster: int, inside: Mask = inside) -> Index:
            found = clusters.near(cluster)
            return found[inside[found]]

        merge_best_first(
            clusters,
            mine.tolist() if len(mine) > most else [],
            near,
            least=0.0,
            most_merges=len(mine) - most,
            on_done=on_done,
        )


def _of_side(clusters: Clusters, team_votes: TeamVotes, side: int) -> NDArray[np.intp]:
    cluster_ids, count = clusters.cluster_ids(), len(clusters.labels)
    mine = np.bincount(clusters.labels, team_votes.votes[:, side], count)[cluster_ids]
    every = np.bincount(clusters.labels, team_votes.seconds, count)[cluster_ids]
    return cluster_ids[(every >= _GLANCE_SECONDS) & (mine > _MIN_SHARE * every)]
