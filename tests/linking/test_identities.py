"""Who is who over a whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from walking_people import (
    FPS,
    Piece,
    bins_of_pieces,
    clip_of,
    crowd,
    faces,
    tracks,
)

from touchline.clothes.collection import Clothes
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.config import GlobalLinkConfig
from touchline.linking.identities import ClipIdentities, find_identities
from touchline.role_codes import role_codes
from touchline.types import TrackTable

CONFIG = GlobalLinkConfig()


def _found(
    tracklet_ids: Sequence[Piece], bins: AppearanceBins | None = None, **options: object
) -> tuple[TrackTable, ClipIdentities]:
    table = tracks(tracklet_ids)
    clip = clip_of(table, bins_of_pieces(tracklet_ids) if bins is None else bins)
    return table, find_identities(table, clip, GlobalLinkConfig.model_validate(options))


def _identity(table: TrackTable, people: ClipIdentities, track: int) -> int:
    """The person whom every row of a track belongs to."""
    (identity,) = set(people.identities[table.ids == track].tolist())
    return int(identity)


def test_a_clip_without_tracks_has_no_people() -> None:
    table = TrackTable.empty()
    people = find_identities(table, clip_of(table, AppearanceBins.empty()), CONFIG)
    assert len(people.identities) == len(people.confidences) == 0
    assert (people.links.joins, people.links.refusals) == ((), ())


def test_one_track_is_one_person() -> None:
    table, people = _found([Piece(0, 0.0, 4.0)])
    assert set(people.identities.tolist()) == {1}
    assert len(table) == len(people.identities)


@pytest.mark.parametrize("gap", [1.0, 4.0, 12.0])
def test_a_player_who_returns_keeps_his_identity(gap: float) -> None:
    returning = [Piece(0, 0.0, 4.0, 300.0, 2.0), Piece(0, 4.0 + gap, 8.0 + gap, 2.0, 300.0)]
    table, people = _found([*returning, *crowd()])
    assert _identity(table, people, 1) == _identity(table, people, 2)
    assert people.links.identities.max() == 7


def test_two_who_may_as_well_be_exchanged_become_new_people() -> None:
    leaving = [Piece(0, 0.0, 4.0, 620.0), Piece(1, 0.0, 4.0, 660.0)]
    tracklet_ids = [*leaving, Piece(0, 5.0, 9.0, 620.0), Piece(1, 5.0, 9.0, 660.0), *crowd()]
    twins = bins_of_pieces(tracklet_ids, noise=0.0, who=[0, 0, 0, 0, *range(2, 8)])
    table, people = _found(tracklet_ids, twins)
    assert len({_identity(table, people, track) for track in (1, 2, 3, 4)}) == 4
    table, people = _found(tracklet_ids, twins, min_margin=0)
    assert len({_identity(table, people, track) for track in (1, 2, 3, 4)}) == 2
    apart = bins_of_pieces(tracklet_ids)
    table, people = _found(tracklet_ids, apart)
    assert _identity(table, people, 1) == _identity(table, people, 3)
    assert _identity(table, people, 2) == _identity(table, people, 4)


def test_somebody_else_at_his_place_is_a_new_person() -> None:
    table, people = _found([Piece(0, 0.0, 4.0), Piece(1, 5.0, 9.0), *crowd()])
    assert _identity(table, people, 1) != _identity(table, people, 2)


def test_nobody_is_taken_for_a_person_seen_at_the_same_time() -> None:
    twins = [Piece(0, 0.0, 6.0, 200.0), Piece(0, 3.0, 9.0, 900.0)]
    table, people = _found([*twins, *crowd()])
    assert _identity(table, people, 1) != _identity(table, people, 2)
    refusal = next(r for r in people.links.refusals if r.frames)
    assert refusal.reason == "seen at once"


def test_appearance_joins_across_a_shot_cut_where_places_mean_nothing() -> None:
    tracklet_ids = [
        Piece(0, 0.0, 4.0, 100.0),
        Piece(1, 0.0, 4.0, 900.0),
        Piece(0, 4.0, 8.0, 900.0),
        Piece(1, 4.0, 8.0, 100.0),
        *crowd(seconds=8.0),
    ]
    table = tracks(tracklet_ids)
    people = find_identities(
        table, clip_of(table, bins_of_pieces(tracklet_ids), cuts=[100]), CONFIG
    )
    assert _identity(table, people, 1) == _identity(table, people, 3)
    assert _identity(table, people, 2) == _identity(table, people, 4)
    joined = {join.tracklet: join for join in people.links.joins}
    assert all("motion" not in join.evidence for join in joined.values())


def test_without_appearance_only_what_is_near_and_soon_is_joined() -> None:
    near = [Piece(0, 0.0, 4.0, 500.0), Piece(0, 4.6, 8.0, 500.0)]
    far = [Piece(1, 0.0, 4.0, 100.0, y=500.0), Piece(1, 4.6, 8.0, 1000.0, y=100.0)]
    late = [Piece(2, 0.0, 1.0, 1000.0, y=620.0), Piece(2, 19.0, 20.0, 900.0, y=560.0)]
    table, people = _found([*near, *far, *late, *crowd()], AppearanceBins.empty())
    assert _identity(table, people, 1) == _identity(table, people, 2)
    assert _identity(table, people, 3) != _identity(table, people, 4)
    assert _identity(table, people, 5) != _identity(table, people, 6)


def test_a_track_that_goes_on_as_somebody_else_is_cut_at_that_time() -> None:
    tracklet_ids = [Piece(0, 0.0, 16.0), *crowd(12, seconds=16.0)]
    bins = bins_of_pieces(tracklet_ids, noise=1.0)
    later = (bins.track_ids == 1) & (bins.times > 8.0)
    swapped = bins.embeddings.copy()
    swapped[later] += faces(16)[15] - faces(1)[0]
    table, people = _found(tracklet_ids, replace(bins, embeddings=swapped))
    own = people.tracklet_ids[table.ids == 1]
    changes = np.flatnonzero(np.diff(own)) / FPS
    assert len(changes) == 1
    assert abs(changes[0] - 8.0) < 0.5
    whole = find_identities(
        table,
        clip_of(table, replace(bins, embeddings=swapped)),
        GlobalLinkConfig(split=False),
    )
    assert len(set(whole.tracklet_ids[table.ids == 1].tolist())) == 1


def test_a_gap_ends_a_tracklet_and_its_sides_are_joined_on_evidence() -> None:
    tracklet_ids = [Piece(0, 0.0, 4.0), Piece(1, 5.0, 9.0), *crowd()]
    table = tracks(tracklet_ids)
    one_track = replace(table, ids=np.where(table.ids == 2, 1, table.ids)).sorted()
    bins = bins_of_pieces(tracklet_ids)
    one = replace(bins, track_ids=np.where(bins.track_ids == 2, 1, bins.track_ids))
    people = find_identities(one_track, clip_of(table, one), CONFIG)
    first = people.identities[(one_track.ids == 1) & (one_track.times < 4.5)]
    second = people.identities[(one_track.ids == 1) & (one_track.times > 4.5)]
    assert set(first.tolist()).isdisjoint(second.tolist())


def test_a_known_roster_joins_the_likeliest_until_no_more_are_left() -> None:
    tracklet_ids = [Piece(0, 0.0, 4.0), Piece(1, 6.0, 9.0), Piece(8, 12.0, 16.0), *crowd()]
    assert _found(tracklet_ids)[1].links.identities.max() == 9
    assert _found(tracklet_ids, roster_size=8)[1].links.identities.max() == 8
    # Six are in view at once, and a seventh with them: no roster makes fewer people of them.
    assert _found(tracklet_ids, roster_size=2)[1].links.identities.max() == 7


def test_sure_teams_and_numbers_forbid_what_looks_alike() -> None:
    tracklet_ids = [Piece(0, 0.0, 4.0), Piece(0, 5.0, 9.0), *crowd()]
    table = tracks(tracklet_ids)
    numbers = np.where(table.ids == 1, 7, np.where(table.ids == 2, 10, -1))
    clothes = Clothes(
        table.ids,
        table.times,
        np.zeros((len(table), 2), np.float32),
        np.full((len(table), 12), np.nan, np.float32),
        role_codes(table.roles),
        table.scores,
        numbers,
        np.full(len(table), 0.99, np.float32),
    )
    clip = clip_of(table, bins_of_pieces(tracklet_ids))
    alike = find_identities(table, clip, CONFIG)
    assert _identity(table, alike, 1) == _identity(table, alike, 2)
    reported = find_identities(table, replace(clip, clothes=clothes), CONFIG)
    assert _identity(table, reported, 1) != _identity(table, reported, 2)
    assert any(r.reason == "team or number differs" for r in reported.links.refusals)
    ignored = find_identities(
        table, replace(clip, clothes=clothes), GlobalLinkConfig(numbers=False)
    )
    assert _identity(table, ignored, 1) == _identity(table, ignored, 2)


def test_confidence_is_high_where_appearance_is_clear_and_low_for_twins() -> None:
    leaving = [Piece(0, 0.0, 4.0, 300.0), Piece(1, 0.0, 4.0, 330.0)]
    clear = [*leaving, Piece(0, 6.0, 10.0, 315.0), *crowd()]
    _, confidences = _found(clear)
    # Now two who look alike leave, and one who looks like both comes back.
    twins = bins_of_pieces(clear, who=[0, 0, 0, *range(2, 8)])
    _, unsure = _found(clear, twins)
    came_back = 8  # the tracklet that begins last
    assert confidences.links.confidences[came_back] > 0.85
    # Which of the two it is, nobody knows: it is nobody's, and the reasons say so.
    assert (unsure.links.identities == unsure.links.identities[came_back]).sum() == 1
    assert any(refusal.reason == "not sure enough" for refusal in unsure.links.refusals)
    _, guessed = _found(clear, twins, min_margin=0)
    assert guessed.links.confidences[came_back] < 0.75


def test_every_join_tells_its_evidence_and_refusals_are_few() -> None:
    tracklet_ids = [Piece(0, 0.0, 4.0), Piece(0, 5.0, 9.0), Piece(1, 5.0, 9.0, 200.0), *crowd()]
    _, people = _found(tracklet_ids)
    links = people.links
    identities = links.identities.tolist()
    first = {identity: identities.index(identity) for identity in set(identities)}
    later = [t for t, identity in enumerate(identities) if first[identity] != t]
    assert [join.tracklet for join in links.joins] == later
    for join in links.joins:
        assert {"appearance", "motion", "prior"} <= set(join.evidence)
        assert join.log_odds == pytest.approx(sum(join.evidence.values()), abs=0.01)
        assert join.runner_up is None or join.runner_up.log_odds < join.log_odds
    for identity in set(identities):
        assert sum(r.identities[0] == identity for r in links.refusals) <= 3


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Piece], list[int]]:
    count = draw(st.integers(1, 9))
    tracklet_ids = []
    for _ in range(count):
        start = draw(st.integers(0, 40)) / 5
        length = draw(st.integers(1, 20)) / 5
        place = draw(st.integers(0, 12)) * 100.0
        tracklet_ids.append(
            Piece(
                draw(st.integers(0, 3)),
                start,
                start + length,
                place,
                y=draw(st.integers(0, 6)) * 90.0,
            )
        )
    return tracklet_ids, draw(st.permutations(range(1, count + 1)))


@settings(max_examples=60, deadline=None)
@given(scene=scenes(), with_appearance=st.booleans())
def test_no_identity_has_two_boxes_in_one_frame(
    scene: tuple[list[Piece], list[int]], with_appearance: bool
) -> None:
    tracklet_ids, _ = scene
    table, people = _found(tracklet_ids, None if with_appearance else AppearanceBins.empty())
    rows = list(zip(table.frames.tolist(), people.identities.tolist(), strict=True))
    assert len(rows) == len(set(rows))
    assert ((people.confidences >= 0.0) & (people.confidences <= 1.0)).all()
    # Numbered by first sight, without holes.
    seen: list[int] = list(dict.fromkeys(people.links.identities.tolist()))
    assert seen == list(range(1, len(seen) + 1))


@settings(max_examples=40, deadline=None)
@given(scene=scenes())
def test_the_numbers_of_tracks_do_not_matter_and_the_answer_is_always_the_same(
    scene: tuple[list[Piece], list[int]],
) -> None:
    tracklet_ids, order = scene
    # Apart in place, so that no two tracklets of one frame are the same to the last pixel.
    tracklet_ids = [
        tracklet._replace(x=tracklet.x + 3.0 * k) for k, tracklet in enumerate(tracklet_ids)
    ]
    table = tracks(tracklet_ids)
    bins = bins_of_pieces(tracklet_ids)
    people = find_identities(table, clip_of(table, bins), CONFIG)
    again = find_identities(table, clip_of(table, bins), CONFIG)
    assert people.identities.tolist() == again.identities.tolist()
    assert people.links.joins == again.links.joins

    cluster_ids: NDArray[np.int64] = np.array([0, *order])
    renamed = replace(table, ids=cluster_ids[table.ids]).sorted()
    moved = replace(bins, track_ids=cluster_ids[bins.track_ids])
    moved = moved[np.lexsort((moved.times, moved.track_ids))]
    other = find_identities(renamed, clip_of(table, moved), CONFIG)
    by_box = {
        (frame, *box): identity
        for frame, box, identity in zip(
            table.frames.tolist(), table.boxes.tolist(), people.identities.tolist(), strict=True
        )
    }
    for frame, box, identity in zip(
        renamed.frames.tolist(), renamed.boxes.tolist(), other.identities.tolist(), strict=True
    ):
        assert by_box[frame, *box] == identity
