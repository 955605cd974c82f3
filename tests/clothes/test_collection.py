"""The clothes of tracks are those of the detections that they were made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from touchline.clothes.collection import Clothes, ClothesCollector
from touchline.identities import OFFICIALS, UNKNOWN
from touchline.role_codes import ROLE_NAMES
from touchline.types import ROLES, Detections, Tracks, TrackTable

PLAYER = ROLES.index("player")
BOXES = np.array([[10.0, 10.0, 30.0, 60.0], [100.0, 10.0, 120.0, 60.0], [200.0, 10.0, 220.0, 60.0]])
SHIRTS = np.arange(36, dtype=np.float32).reshape(3, 12)


def seen(*, clothes: bool = True) -> Detections:
    detections = Detections(BOXES, [0.9, 0.8, 0.7], ["player", "referee", "player"])
    if not clothes:
        return detections
    return detections.with_shirts(SHIRTS).with_numbers([7, -1, 10], [0.9, 0.0, 0.5])


def tracks(*ids: int) -> Tracks:
    """Tracks on the first detections, last one first; their boxes lie elsewhere, as filtered."""
    rows = np.arange(len(ids))[::-1]
    return Tracks(
        np.array(ids),
        BOXES[rows] + 300,
        np.ones(len(ids)),
        np.full(len(ids), "person"),
        rows,
    )


def collected(*frames: tuple[Tracks, Detections]) -> Clothes:
    collector = ClothesCollector()
    for frame, (shown, found) in enumerate(frames):
        collector.add(frame / 25, shown, found)
    return collector.clothes()


def test_a_track_has_the_clothes_of_its_own_detection() -> None:
    clothes = collected((tracks(4, 8), seen()), (tracks(4), seen()))
    assert clothes.track_ids.tolist() == [4, 8, 4]
    assert clothes.times.tolist() == [0.0, 0.0, 0.04]
    np.testing.assert_array_equal(clothes.shirts, SHIRTS[[1, 0, 0]])
    assert ROLE_NAMES[clothes.roles].tolist() == ["referee", "player", "player"]
    assert clothes.scores.tolist() == [0.8, 0.9, 0.9]
    assert clothes.numbers.tolist() == [-1, 7, 7]
    np.testing.assert_allclose(clothes.number_scores, [0.0, 0.9, 0.9])


def test_a_box_that_is_no_detection_has_no_clothes() -> None:
    assert len(collected((replace(tracks(3), rows=np.array([-1])), seen()))) == 0
    clothes = collected((replace(tracks(3, 5), rows=np.array([-1, 2])), seen()))
    assert clothes.track_ids.tolist() == [5]
    assert clothes.numbers.tolist() == [10]


def test_frames_without_clothes_tell_the_detectors_roles_alone() -> None:
    clothes = collected((tracks(1, 2), seen(clothes=False)))
    assert ROLE_NAMES[clothes.roles].tolist() == ["referee", "player"]
    assert np.isnan(clothes.shirts).all()
    assert clothes.numbers.tolist() == [UNKNOWN, UNKNOWN]


def test_a_frame_with_numbers_alone_has_unseen_shirts() -> None:
    clothes = collected((tracks(1, 2), seen().with_shirts(None)))
    assert np.isnan(clothes.shirts).all()
    assert clothes.teams().teams.tolist() == [OFFICIALS, UNKNOWN]  # the detector says so
    assert clothes.shirt_numbers().numbers.tolist() == [UNKNOWN, UNKNOWN]


def test_what_was_gathered_may_be_asked_for_twice() -> None:
    collector = ClothesCollector()
    collector.add(0.0, tracks(5), seen())
    assert len(collector.clothes()) == 1
    collector.add(0.1, tracks(5), seen())
    assert collector.clothes().times.tolist() == [0.0, 0.1]


def test_no_tracks_have_no_clothes() -> None:
    empty = collected()
    assert len(empty) == len(Clothes.empty()) == 0
    assert len(empty.teams()) == 0
    assert len(empty.shirt_numbers()) == 0


def test_who_has_no_detection_of_their_own_has_the_role_of_the_tracks() -> None:
    table = TrackTable.from_frames(
        [
            (frame, frame / 25, replace(tracks(4, 7), roles=np.array(said)))
            for frame, said in enumerate([["referee", "player"]] * 2 + [["player", "player"]])
        ]
    )
    known = Clothes.empty().identities(table, 1 / 25)
    assert known.ids.tolist() == [4, 7]
    assert known.roles.tolist() == ["referee", "player"]
    assert known.name_roles(table).roles.tolist() == ["referee", "player"] * 3
    assert known.team_confidences.tolist() == [0.0, 0.0]
    assert known.seconds.tolist() == [0.12, 0.12]
    assert len(Clothes.empty().identities(TrackTable.empty(), 1 / 25)) == 0


@pytest.mark.parametrize(("side_size", "team"), [(11, 0), (7, UNKNOWN)])
def test_twelve_in_one_kit_are_both_teams_where_seven_are_a_side(side_size: int, team: int) -> None:
    times, count = np.arange(0.0, 4.0, 0.2), 12
    noise = np.random.default_rng(0).normal(0, 2, (count * len(times), 12))
    clothes = Clothes(
        np.repeat(np.arange(1, count + 1), len(times)),
        np.tile(times, count),
        np.zeros((count * len(times), 2), np.float32),
        (100.0 + noise).astype(np.float32),
        np.full(count * len(times), PLAYER, np.uint8),
        np.ones(count * len(times)),
        np.full(count * len(times), UNKNOWN),
        np.zeros(count * len(times), np.float32),
    )
    ids = np.arange(1, count + 1)
    boxes = np.tile([0.0, 0.0, 10.0, 20.0], (count, 1)) + 20.0 * np.arange(count)[:, None]
    shown = Tracks(ids, boxes, np.ones(count), np.full(count, "player"), np.full(count, -1))
    known = clothes.identities(TrackTable.from_frames([(0, 0.0, shown)]), 1 / 25, side_size)
    assert known.teams.tolist() == [team] * count
