"""Appearance of tracklets once their teams are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import TrackletAppearance, fit_tracklet_appearance
from touchline.evidence.team_look import without_team_looks
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.clustering.pair_terms import SymmetricPairs
from touchline.linking.split import bins_of_tracklets
from touchline.types import Ints, TrackTable


def appearance_within_teams(
    bins: AppearanceBins,
    table: TrackTable,
    tracklet_ids: Ints,
    together: SymmetricPairs[np.int32],
    votes: NDArray[np.float64],
) -> TrackletAppearance:
    """The appearance of T tracklets without the look of their teams, calibrated on what is left.

    bins: of the tracks of ``table``; ``tracklet_ids`` (M,) cuts them. together: how many frames
    each two tracklets share. votes: (T, S) confidence, 0..1, that a tracklet is of a team.
    """
    at_once = _most_at_once(table.frames, votes[tracklet_ids])
    bins = bins_of_tracklets(bins, table, table.ids, tracklet_ids)
    ids = bins.track_ids
    bins = replace(bins, embeddings=without_team_looks(bins.embeddings, ids, votes, at_once))
    people = int(np.bincount(table.frames).max(initial=0))
    appearance, _ = fit_tracklet_appearance(
        bins.embeddings, ids, len(votes), together.known(), people, bins.embeddings
    )
    return appearance


def _most_at_once(frames: Ints, votes: NDArray[np.float64]) -> Ints:
    """(S,) most boxes of each team in one frame. votes: (M, S) of the box in each row."""
    counts = [np.bincount(frames[of_team > 0.0]).max(initial=0) for of_team in votes.T]
    return np.array(counts, np.int64)
