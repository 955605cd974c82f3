"""What clothes say about who is who: teams and numbers, as odds and as exclusions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.votes import (
    MAX_CONFIDENCE,
    NUMBER_AGREEMENT,
    TEAM_AGREEMENT,
    Votes,
    surely_differ,
    vote_odds,
)
from touchline.linking.clothes import Clothes
from touchline.linking.global_config import GlobalLinkConfig
from touchline.linking.numbers import NO_NUMBER, NumberTable
from touchline.linking.teams import UNKNOWN, TeamTable

_OTHERS = 3
"""Here the label of who wears neither team's kit; teams are 0 and 1, officials 2."""


@dataclass(frozen=True, slots=True)
class ClothesEvidence:
    """Log odds of one person, (T, T), by team and by number, and who cannot be one by either.

    sides: (T, 3) how sure it is, 0..1, that a tracklet is of the one team, of the other, a keeper.
    """

    teams: NDArray[np.float32]
    numbers: NDArray[np.float32]
    excluded: NDArray[np.bool_]
    sides: NDArray[np.float64]


def weigh_clothes(
    clothes: Clothes,
    frames: NDArray[np.int64],
    pieces: NDArray[np.int64],
    config: GlobalLinkConfig,
) -> ClothesEvidence:
    """What the clothes of T tracklets say about any two.

    clothes: its tracks are the tracklets, 0 to T - 1. frames, pieces: (M,) of each row of the
    table of tracks.
    """
    count = int(pieces.max(initial=-1)) + 1
    teams = numbers = np.zeros((count, count), np.float32)
    excluded = np.zeros((count, count), np.bool_)
    sides = np.zeros((count, 3))
    if config.teams:
        found = clothes.teams()
        labels, sure = _of_teams(found, count)
        if config.side_size is not None:
            sure[_too_many(frames, pieces, labels, sure, config.side_size)] = 0.0
        teams = vote_odds(Votes(labels, sure), Votes(labels, sure), TEAM_AGREEMENT)
        keepers = found.track_ids[found.roles == "goalkeeper"]
        sides[keepers, 2] = sure[keepers]
        sides[:, :2] = np.where(labels[:, None] == (0, 1), sure[:, None], 0.0)
        # Who wears nobody's kit may be a player seen badly: that excludes no one.
        kits = Votes(np.where(labels == _OTHERS, UNKNOWN, labels), sure)
        excluded |= surely_differ(kits, kits, config.sure_confidence)
    if config.numbers:
        votes = _of_numbers(clothes.shirt_numbers(), count)
        numbers = vote_odds(votes, votes, NUMBER_AGREEMENT)
        excluded |= surely_differ(votes, votes, config.sure_confidence)
    return ClothesEvidence(teams, numbers, excluded, sides)


def _of_teams(found: TeamTable, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    labels, sure = np.full(count, UNKNOWN), np.zeros(count)
    labels[found.track_ids], sure[found.track_ids] = found.teams, found.confidences
    labels[(labels == UNKNOWN) & (sure > 0.0)] = _OTHERS
    return labels, np.minimum(sure, MAX_CONFIDENCE)


def _of_numbers(read: NumberTable, count: int) -> Votes:
    labels, sure = np.full(count, NO_NUMBER), np.zeros(count)
    labels[read.track_ids], sure[read.track_ids] = read.numbers, read.confidences
    return Votes(labels, np.minimum(sure, MAX_CONFIDENCE))


def _too_many(
    frames: NDArray[np.int64],
    pieces: NDArray[np.int64],
    labels: NDArray[np.int64],
    sure: NDArray[np.float64],
    side_size: int,
) -> NDArray[np.intp]:
    """Tracklets that make a team more than ``side_size`` in some frame, the least sure of it."""
    rows = np.flatnonzero((labels[pieces] == 0) | (labels[pieces] == 1))
    of, team = pieces[rows], labels[pieces[rows]]
    order = np.lexsort((of, -sure[of], team, frames[rows]))
    key = frames[rows][order] * 2 + team[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    return np.unique(of[order][rank >= side_size])
