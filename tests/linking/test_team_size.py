"""Eleven of a team and one keeper a side, and whoever is one too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pair_tables import of_table

from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.pair_terms import sum_of
from touchline.linking.clustering.team_size import TeamVotes, limit_team_sizes


def _groups(llr: NDArray[np.float64], cannot_link: NDArray[np.bool_] | None = None) -> Clusters:
    """Tracklets on their own, with these log odds of any two being one person."""
    count = len(llr)
    bins = TrackletAppearance(
        Calibration(0, 0, 0), 1.0, np.zeros((count, 1), np.float32), np.zeros(count)
    )
    nobody = np.zeros((count, count), np.bool_) if cannot_link is None else cannot_link
    evidence = Evidence(
        bins,
        sum_of(()),
        of_table(llr.astype(np.float32)),
        np.ones(count),
        of_table(nobody),
        0.0,
    )
    return Clusters(evidence)


def _sides(votes: NDArray[np.float64], size: int = 11, seconds: float = 4.0) -> TeamVotes:
    return TeamVotes(np.full(len(votes), seconds), seconds * votes, size)


def _team(count: int, side: int = 0) -> NDArray[np.float64]:
    return np.tile(np.eye(3)[side], (count, 1))


def test_a_twelfth_player_is_the_likeliest_of_the_eleven() -> None:
    llr = np.full((12, 12), 0.1)
    llr[3, 11] = llr[11, 3] = 0.7
    clusters = _groups(llr)
    limit_team_sizes(clusters, _sides(_team(12)))
    assert clusters.members(3).tolist() == [3, 11]
    assert len(clusters.cluster_ids()) == 11


def test_eleven_are_left_as_they_are_and_so_are_glances_and_people_of_no_side() -> None:
    llr = np.full((14, 14), 2.0)
    for team_votes in (
        _sides(np.concatenate([_team(11), np.zeros((3, 3))])),
        _sides(_team(14), seconds=0.5),
        _sides(0.5 * _team(14)),
        _sides(np.concatenate([_team(11), _team(2, 1), _team(1, 2)])),
    ):
        clusters = _groups(llr)
        limit_team_sizes(clusters, team_votes)
        assert len(clusters.cluster_ids()) == 14


def test_who_is_seen_at_once_or_likelier_somebody_else_stays_apart() -> None:
    clusters = _groups(np.full((13, 13), 3.0), ~np.eye(13, dtype=np.bool_))
    limit_team_sizes(clusters, _sides(_team(13)))
    assert len(clusters.cluster_ids()) == 13
    clusters = _groups(np.full((13, 13), -0.1))
    limit_team_sizes(clusters, _sides(_team(13)))
    assert len(clusters.cluster_ids()) == 13


def test_a_third_keeper_is_one_of_the_two() -> None:
    llr = np.array([[0.0, -3.0, 0.4], [-3.0, 0.0, 0.2], [0.4, 0.2, 0.0]])
    clusters = _groups(llr)
    limit_team_sizes(clusters, _sides(_team(3, 2)))
    assert clusters.labels.tolist() == [0, 1, 0]


def test_nobody_is_no_side() -> None:
    clusters = _groups(np.zeros((0, 0)))
    limit_team_sizes(clusters, _sides(np.zeros((0, 3))))
    assert not len(clusters.cluster_ids())
