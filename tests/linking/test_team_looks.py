"""Team-mates are told apart by what is left of appearance once their team's look is taken off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from walking_people import Piece, bins_of_pieces, tracks

from touchline.evidence.appearance import TrackletAppearance, fit_tracklet_appearance
from touchline.evidence.team_look import without_team_looks
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.team_looks import appearance_within_teams
from touchline.linking.tracklets import shared_frames
from touchline.types import TrackTable

PEOPLE = 12
TEAM = np.arange(PEOPLE) % 2
TABLE = tracks(
    [
        Piece(person, start, start + 6.0, 60.0 * person)
        for start in (0.0, 6.0)  # everybody has two tracklets, as on both sides of a cut
        for person in range(PEOPLE)
    ]
)
TRACKLET_IDS = TABLE.ids - 1
TOGETHER = shared_frames(TABLE, TRACKLET_IDS)
VOTES = np.tile(np.eye(2)[TEAM], (2, 1)) * 0.95


def _looks() -> AppearanceBins:
    """Half-second looks of everybody, most of which is the kit of their team."""
    pieces = [Piece(person, start, start + 6.0) for start in (0.0, 6.0) for person in range(PEOPLE)]
    bins = bins_of_pieces(pieces, noise=2.0)
    kits = 3.0 * np.eye(16, dtype=np.float32)[12:14]
    bins.embeddings[:] += kits[TEAM[(bins.track_ids - 1) % PEOPLE]]
    return bins


def _between_halves(appearance: TrackletAppearance) -> NDArray[np.float64]:
    """(P, P) log-likelihood ratios of the first tracklets with the second ones."""
    sums, counts = appearance.sums, appearance.counts
    first, second = slice(PEOPLE), slice(PEOPLE, None)
    return appearance.llr(sums[first], counts[first], sums[second], counts[second])


def _within_teams(table: TrackTable, votes: NDArray[np.float64]) -> NDArray[np.float64]:
    return _between_halves(appearance_within_teams(_looks(), table, TRACKLET_IDS, TOGETHER, votes))


def test_a_kit_in_common_makes_two_team_mates_no_likelier_to_be_one_person() -> None:
    bins = _looks()
    plain, _ = fit_tracklet_appearance(
        bins.embeddings, bins.track_ids - 1, 2 * PEOPLE, TOGETHER.known(), PEOPLE
    )
    mates = (TEAM[:, None] == TEAM) & ~np.eye(PEOPLE, dtype=np.bool_)
    before, after = _between_halves(plain)[mates], _within_teams(TABLE, VOTES)[mates]
    assert (before > 0.0).mean() > 0.5
    assert (after < 0.0).all()
    assert (np.diagonal(_within_teams(TABLE, VOTES)) > 1.0).all()


def test_who_is_the_only_one_of_a_team_keeps_their_look() -> None:
    bins = _looks()
    numbers = bins.track_ids - 1
    same = without_team_looks(bins.embeddings, numbers, VOTES, np.array([1, 1]))
    np.testing.assert_array_equal(same, bins.embeddings)
    half = without_team_looks(bins.embeddings, numbers, VOTES, np.array([2, 0]))
    changed = np.abs(half - bins.embeddings).max(axis=1) > 0.0
    np.testing.assert_array_equal(changed, TEAM[numbers % PEOPLE] == 0)


def test_as_much_of_a_look_is_taken_off_as_the_team_is_sure() -> None:
    bins = _looks()
    numbers, many = bins.track_ids - 1, np.array([100, 100])
    taken = bins.embeddings - without_team_looks(bins.embeddings, numbers, VOTES, many)
    doubt = bins.embeddings - without_team_looks(bins.embeddings, numbers, VOTES / 2, many)
    np.testing.assert_allclose(doubt, taken / 2, atol=1e-5)
