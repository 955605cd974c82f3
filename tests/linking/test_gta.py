"""The yardstick of whole-clip joining: split where looks form clusters, join by mean cosine."""

from __future__ import annotations

import numpy as np

from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.config import GtaLinkConfig
from touchline.linking.gta import dbscan, gta_identities
from touchline.types import TrackTable

CONFIG = GtaLinkConfig(min_seconds=1.0, min_samples=5)
Piece = tuple[int, int, int, int]
"""Track, first frame, frame after the last, and whom it shows."""


def clip(*pieces: Piece) -> tuple[TrackTable, AppearanceBins]:
    """Tracks at 25 frames a second, and a look of each box; people stand 100 pixels apart."""
    generator = np.random.default_rng(0)
    frames = np.concatenate([np.arange(start, end) for _, start, end, _ in pieces])
    lengths = [end - start for _, start, end, _ in pieces]
    ids = np.repeat([track for track, _, _, _ in pieces], lengths)
    people = np.repeat([person for _, _, _, person in pieces], lengths)
    left = 100.0 * people
    boxes = np.stack([left, 0 * left + 100, left + 20, 0 * left + 160], axis=1)
    roles = np.full(len(ids), "person", "<U10")
    table = TrackTable(
        frames, frames / 25, ids, boxes, np.ones(len(ids)), roles, np.zeros(len(ids), np.bool_)
    )
    faces = generator.choice([-0.25, 0.25], (6, 16))
    looks = faces[people] + generator.normal(0, 0.05, (len(ids), 16))
    order = np.lexsort((frames, ids))
    vectors = looks[order].astype(np.float32)
    ones = np.ones(len(ids), np.int64)
    return table, AppearanceBins(ids[order], frames[order] / 25, ones, vectors)


def test_who_comes_back_is_who_looks_the_same_and_was_not_there() -> None:
    table, looks = clip((1, 0, 50, 0), (2, 0, 150, 1), (3, 80, 150, 0), (4, 60, 90, 2))
    identities = gta_identities(table, looks, CONFIG)
    assert {(int(i), int(j)) for i, j in zip(table.ids, identities, strict=True)} == {
        (1, 1),
        (2, 2),
        (3, 1),
        (4, 3),
    }


def test_two_who_look_the_same_at_once_are_two() -> None:
    table, looks = clip((1, 0, 50, 0), (2, 40, 90, 0))
    assert set(gta_identities(table, looks, CONFIG).tolist()) == {1, 2}


def test_a_track_of_two_people_is_split_and_its_pieces_joined_to_theirs() -> None:
    table, looks = clip((1, 0, 50, 0), (1, 50, 100, 1), (2, 120, 160, 0), (3, 120, 160, 1))
    identities = gta_identities(table, looks, CONFIG)
    assert np.unique(identities[:50]).tolist() == np.unique(identities[100:140]).tolist() == [1]
    assert np.unique(identities[50:100]).tolist() == np.unique(identities[140:]).tolist() == [2]
    short = CONFIG.model_copy(update={"min_seconds": 10.0})
    assert len(np.unique(gta_identities(table, looks, short)[:100])) == 1


def test_nobody_jumps_farther_than_the_range_allows() -> None:
    table, looks = clip((1, 0, 50, 0), (2, 60, 90, 0), (3, 0, 90, 5))
    table.boxes[50:80, [0, 2]] += 400.0
    near = CONFIG.model_copy(update={"spatial_factor": 0.5})
    assert len(np.unique(gta_identities(table, looks, CONFIG))) == 2
    assert len(np.unique(gta_identities(table, looks, near))) == 3


def test_without_looks_tracks_stay_as_they_are() -> None:
    table, _ = clip((1, 0, 50, 0), (2, 60, 90, 0))
    none = AppearanceBins.empty()
    assert len(np.unique(gta_identities(table, none, CONFIG))) == 2
    assert not len(gta_identities(TrackTable.empty(), none, CONFIG))


def test_clusters_are_dense_and_what_lies_between_is_noise() -> None:
    angles = np.concatenate([np.linspace(0, 0.2, 10), [1.0], np.linspace(2, 2.2, 10)])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = dbscan(vectors, 0.01, 4)
    assert labels.tolist() == [0] * 10 + [-1] + [1] * 10
    assert dbscan(vectors[:0], 0.01, 4).tolist() == []
