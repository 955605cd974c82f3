"""The clothes of tracks are those of the detections that they were made of."""

from __future__ import annotations

import numpy as np

from touchline.clothes.collection import Clothes, ClothesCollector, collect_clothes
from touchline.clothes.numbers import NO_NUMBER
from touchline.clothes.teams import OFFICIALS
from touchline.identities import UNKNOWN
from touchline.observations import Observation
from touchline.types import Detections, Tracks, TrackTable, identity_motion

BOXES = np.array([[10.0, 10.0, 30.0, 60.0], [100.0, 10.0, 120.0, 60.0], [200.0, 10.0, 220.0, 60.0]])
SHIRTS = np.arange(36, dtype=np.float32).reshape(3, 12)


def seen(*, clothes: bool = True) -> Detections:
    detections = Detections(BOXES, [0.9, 0.8, 0.7], ["player", "referee", "player"])
    if not clothes:
        return detections
    return detections.with_shirts(SHIRTS).with_numbers([7, -1, 10], [0.9, 0.0, 0.5])


def observations(*found: Detections) -> list[Observation]:
    return [
        Observation(index, index / 25, False, identity_motion(), detections)
        for index, detections in enumerate(found)
    ]


def tracks(*ids: int) -> Tracks:
    """Tracks on the first boxes, last one first, rounded as files hold them."""
    rows = np.arange(len(ids))[::-1]
    return Tracks(
        np.array(ids),
        (BOXES[rows] + 0.004).round(2),
        np.ones(len(ids)),
        np.full(len(ids), "person"),
    )


def test_a_track_has_the_clothes_of_its_own_box() -> None:
    table = TrackTable.from_frames([(0, 0.0, tracks(4, 8)), (1, 0.04, tracks(4))])
    clothes = collect_clothes(observations(seen(), seen()), table)
    assert clothes.track_ids.tolist() == [4, 8, 4]
    assert clothes.times.tolist() == [0.0, 0.0, 0.04]
    np.testing.assert_array_equal(clothes.shirts, SHIRTS[[1, 0, 0]])
    assert clothes.roles.tolist() == ["referee", "player", "player"]
    assert clothes.scores.tolist() == [0.8, 0.9, 0.9]
    assert clothes.numbers.tolist() == [-1, 7, 7]
    np.testing.assert_allclose(clothes.number_scores, [0.0, 0.9, 0.9])


def test_a_track_away_from_every_detection_has_no_clothes() -> None:
    away = Tracks(np.array([3]), BOXES[:1] + 300, np.ones(1), np.array(["person"]))
    table = TrackTable.from_frames([(0, 0.0, away)])
    assert len(collect_clothes(observations(seen()), table)) == 0


def test_frames_without_clothes_tell_the_detectors_roles_alone() -> None:
    table = TrackTable.from_frames([(0, 0.0, tracks(1, 2))])
    clothes = collect_clothes(observations(seen(clothes=False)), table)
    assert clothes.roles.tolist() == ["referee", "player"]
    assert np.isnan(clothes.shirts).all()
    assert clothes.numbers.tolist() == [NO_NUMBER, NO_NUMBER]


def test_a_frame_with_numbers_alone_has_unseen_shirts() -> None:
    table = TrackTable.from_frames([(0, 0.0, tracks(1, 2))])
    clothes = collect_clothes(observations(seen().with_shirts(None)), table)
    assert np.isnan(clothes.shirts).all()
    assert clothes.teams().teams.tolist() == [OFFICIALS, UNKNOWN]  # the detector says so
    assert clothes.shirt_numbers().numbers.tolist() == [NO_NUMBER, NO_NUMBER]


def test_what_was_gathered_may_be_asked_for_twice() -> None:
    collector = ClothesCollector()
    collector.add(0.0, np.array([5]), BOXES[:1], seen())
    assert len(collector.clothes()) == 1
    collector.add(0.1, np.array([5]), BOXES[:1], seen())
    assert collector.clothes().times.tolist() == [0.0, 0.1]


def test_no_tracks_have_no_clothes() -> None:
    empty = collect_clothes([], TrackTable.empty())
    assert len(empty) == len(Clothes.empty()) == 0
    assert len(empty.teams()) == 0
    assert len(empty.shirt_numbers()) == 0
