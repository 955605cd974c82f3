"""What appearance, motion and clothes say, and where tracks are cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pair_tables import of_table
from walking_people import SIZE, Piece, bins_of_pieces, clip_of, tracks

from touchline.errors import InputError
from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.evidence.population import PopulationScale
from touchline.linking.appearance_bins import (
    AppearanceBins,
    AppearanceCollector,
    collect_appearance,
)
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.join import join
from touchline.linking.clustering.pair_terms import sum_of
from touchline.linking.clustering.tail_swap import swap_tails
from touchline.linking.motion import measure_population, tracklet_motion_llr
from touchline.linking.split import bins_of_tracklets, cut_at_gaps, owners_of
from touchline.linking.stitching import Stitching, stitch
from touchline.linking.tracklets import describe_tracklets, shared_frames
from touchline.observations import Observation
from touchline.types import Detections, Index, TrackTable, identity_motion

Number = TypeVar("Number", np.float32, np.int32)

USUAL = Calibration(10, -4, 0)


def _motion_llr(tracklet_ids: list[Piece], cuts: tuple[int, ...] = ()) -> NDArray[np.float32]:
    table = tracks(tracklet_ids)
    numbers = table.ids - 1  # in these tests pieces are given as they begin
    clip = clip_of(table, AppearanceBins.empty(), cuts)
    stitching = stitch(clip.motions, table, cuts)
    described = describe_tracklets(table, numbers, stitching, SIZE, 1.0)
    llr = tracklet_motion_llr(described, PopulationScale(8.0, 2.0, 0.25), 30.0, stitching, SIZE)
    return _all_pairs(llr, len(tracklet_ids))


def _all_pairs(term: Callable[[Index, Index], NDArray[Number]], count: int) -> NDArray[Number]:
    """(T, T) a term of pairs written out."""
    every = np.arange(count)
    return term(every[:, None], every)


def _standing_camera(table: TrackTable) -> Stitching:
    frames = int(table.frames.max(initial=-1)) + 1
    return Stitching(np.ones(frames), np.zeros((frames, 2)), np.zeros(frames, np.int64))


def test_a_near_end_is_likelier_than_a_far_one_and_more_so_after_a_short_gap() -> None:
    here, there = Piece(0, 0.0, 2.0, 2.0), Piece(1, 0.0, 2.0, 2.0, y=600.0)
    soon = _motion_llr([here, there, Piece(0, 3.0, 5.0, 2.0)])
    late = _motion_llr([here, there, Piece(0, 12.0, 14.0, 2.0)])
    assert soon[0, 2] > 1.0 > 0.0 > soon[1, 2]
    assert soon[0, 2] > late[0, 2] > late[1, 2] > soon[1, 2]
    assert soon[2, 0] == 0.0  # nobody goes on in the past


def test_seconds_in_which_somebody_should_have_been_in_sight_speak_against_him() -> None:
    hidden = _motion_llr([Piece(0, 0.0, 2.0, 600.0), Piece(0, 8.0, 9.0, 600.0)])
    away = _motion_llr([Piece(0, 0.0, 2.0, 2.0), Piece(0, 8.0, 9.0, 2.0)])
    briefly = _motion_llr([Piece(0, 0.0, 2.0, 600.0), Piece(0, 2.2, 9.0, 600.0)])
    assert hidden[0, 1] < away[0, 1] - 2.0
    assert briefly[0, 1] > 1.0


def test_a_box_that_half_its_width_brings_to_the_border_is_not_missed() -> None:
    """Boxes are 60 high: feet 48 from the side, so that the box begins 18 from it, is too near."""
    near = _motion_llr([Piece(0, 0.0, 2.0, 35.5), Piece(0, 8.0, 9.0, 35.5)])
    inside = _motion_llr([Piece(0, 0.0, 2.0, 59.5), Piece(0, 8.0, 9.0, 59.5)])
    assert near[0, 1] > inside[0, 1] + 2.0


def test_motion_says_nothing_across_a_shot_cut() -> None:
    assert not _motion_llr([Piece(0, 0.0, 2.0), Piece(0, 3.0, 5.0)], cuts=(60,)).any()


def test_a_panning_camera_is_taken_out_by_its_motion_or_by_the_people() -> None:
    pan = np.tile(np.array([[1.0, 0.0, -4.0], [0.0, 1.0, 0.0]]), (100, 1, 1))
    standing = [Piece(p, 0.0, 4.0, 100.0 * p + 500.0, 100.0 * p + 500.0 - 396.0) for p in range(8)]
    table = tracks(standing)
    first, last = np.array([[520.0, 300.0]]), np.array([[124.0, 300.0]])
    for motions in (pan, np.tile(np.eye(2, 3), (100, 1, 1))):
        plane = stitch(motions, table)
        moved = plane.place(last, np.array([99])) - plane.place(first, np.array([0]))
        # Eight people tell most of it; the known camera all.
        assert np.abs(moved).max() < (1e-6 if motions is pan else 396 * 3 / 11 + 1)
    assert set(stitch(pan, table, [40]).chains.tolist()) == {0, 1}


def test_spread_is_the_usual_without_people_and_the_clips_own_with_many() -> None:
    default = measure_population(TrackTable.empty())
    wide = measure_population(tracks([Piece(p, 0.0, 60.0, 110.0 * p, y=20.0) for p in range(11)]))
    assert wide.depth < default.depth < 10 * default.depth
    assert default.across > 0


def test_shared_frames_are_counted() -> None:
    table = tracks([Piece(0, 0.0, 2.0), Piece(1, 1.0, 3.0, 900.0), Piece(2, 4.0, 5.0)])
    shared = shared_frames(table, table.ids - 1)
    assert _all_pairs(shared, 3).tolist() == [[0, 25, 0], [25, 0, 0], [0, 0, 0]]
    assert [rows.tolist() for rows in shared.known()] == [[0, 1], [1, 0]]
    nobody = shared_frames(TrackTable.empty(), np.empty(0, np.int64))
    assert _all_pairs(nobody, 0).shape == (0, 0)
    assert not len(nobody.known()[0])


def test_tracks_are_cut_at_long_gaps_and_at_shot_cuts_and_numbered_as_they_begin() -> None:
    table = tracks([Piece(0, 1.0, 2.0), Piece(1, 0.0, 1.0, 900.0), Piece(0, 2.2, 3.0)])
    table = TrackTable(
        table.frames,
        table.times,
        np.where(table.ids == 3, 1, table.ids),
        table.boxes,
        table.scores,
        table.roles,
        table.interpolated,
    ).sorted()
    still = _standing_camera(table)
    assert len(set(cut_at_gaps(table, 0.3, (), still).tolist())) == 2
    tracklet_ids = cut_at_gaps(table, 0.1, (), still)
    assert [sorted(set(tracklet_ids[table.ids == i].tolist())) for i in (2, 1)] == [[0], [1, 2]]
    assert len(set(cut_at_gaps(table, 0.3, (40,), still).tolist())) == 3
    nothing = TrackTable.empty()
    assert not len(cut_at_gaps(nothing, 0.3, (), _standing_camera(nothing)))


def test_no_gap_is_where_nobody_looked() -> None:
    table = tracks([Piece(0, 0.0, 4.0)])
    table = table[table.frames % 10 == 0]
    still = _standing_camera(table)
    looked = np.arange(100) % 10 == 0
    assert len(set(cut_at_gaps(table, 0.3, (), still).tolist())) == 10
    assert len(set(cut_at_gaps(table, 0.3, (), still, looked).tolist())) == 1
    missed = table[table.frames != 50]
    assert len(set(cut_at_gaps(missed, 0.3, (), still, looked).tolist())) == 2


def test_tracks_are_cut_where_nobody_runs_so_fast_unless_the_camera_moves() -> None:
    table = tracks([Piece(0, 0.0, 1.0, 600.0), Piece(0, 1.0, 2.0, 660.0)])
    one = replace(table, ids=np.ones(len(table), np.int64)).sorted()
    assert len(set(cut_at_gaps(one, 0.3, (), _standing_camera(one)).tolist())) == 2
    pan = np.tile(np.eye(2, 3), (50, 1, 1))
    pan[25, 0, 2] = 60.0
    moved = Stitching(np.ones(50), -np.cumsum(pan[:, :, 2], axis=0), np.zeros(50, np.int64))
    assert len(set(cut_at_gaps(one, 0.3, (), moved).tolist())) == 1
    near = tracks([Piece(0, 0.0, 1.0, 600.0), Piece(0, 1.0, 2.0, 640.0)])
    near = replace(near, ids=np.ones(len(near), np.int64)).sorted()
    assert len(set(cut_at_gaps(near, 0.3, (), _standing_camera(near)).tolist())) == 1


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_bin_goes_to_the_tracklet_of_its_time(data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.integers(5, 40), min_size=1, max_size=5))
    starts = np.cumsum([0, *gaps]) / 5
    tracklet_ids = [Piece(0, start, start + 0.8) for start in starts.tolist()]
    table = tracks(tracklet_ids)
    one = np.ones(len(table), np.int64)
    cut = table.ids - 1
    rows = np.array(data.draw(st.permutations(range(len(table)))))
    owners = owners_of(one[rows], table.times[rows], table, one, cut)
    assert owners.tolist() == cut[rows].tolist()
    bins = bins_of_pieces(tracklet_ids)
    named = bins_of_tracklets(
        AppearanceBins(np.ones(len(bins), np.int64), bins.times, bins.counts, bins.embeddings),
        table,
        one,
        cut,
    )
    assert named.track_ids.tolist() == (bins.track_ids - 1).tolist()


def test_bins_are_means_of_the_embeddings_of_half_a_second() -> None:
    generator = np.random.default_rng(3)
    tracklet_ids = [Piece(0, 0.0, 2.0), Piece(1, 0.4, 1.8, 900.0)]
    table = tracks(tracklet_ids)
    detections = np.zeros(len(table), np.int64)
    seen: list[Observation] = []
    expected: dict[tuple[int, int], list[NDArray[np.float32]]] = {}
    for frame in range(50):
        rows = table.rows_at(frame)
        vectors = generator.standard_normal((rows.stop - rows.start, 4)).astype(np.float32)
        vectors[:, 0] *= frame % 3 > 0
        vectors *= (generator.random(len(vectors)) > 0.3)[:, None]  # some are not embedded
        order = generator.permutation(len(vectors))
        detections[rows] = order.argsort()
        boxes = table.boxes[rows]
        found = Detections(boxes[order], np.ones(len(boxes)), None, vectors[order])
        seen.append(Observation(frame, frame / 25, False, identity_motion(), found))
        for track, vector in zip(table.ids[rows].tolist(), vectors, strict=True):
            if vector.any():
                expected.setdefault((track, int(frame / 25 // 0.5)), []).append(vector)
    with pytest.raises(InputError, match="do not know which detections"):
        collect_appearance(seen, table)
    bins = collect_appearance(seen, replace(table, rows=detections))
    keys = list(zip(bins.track_ids.tolist(), (bins.times // 0.5).astype(int).tolist(), strict=True))
    assert keys == sorted(expected)
    for row, key in enumerate(keys):
        np.testing.assert_allclose(bins.embeddings[row], np.mean(expected[key], 0), atol=1e-6)
        assert bins.counts[row] == len(expected[key])
    assert not len(AppearanceCollector().bins())


def _by_table(llr: NDArray[np.float64], prior: float = 0.0) -> Evidence:
    """Evidence of T tracklets by a table of log odds alone; -inf excludes."""
    count = len(llr)
    both = np.triu(llr, 1) + np.triu(llr, 1).T
    cannot_link = np.isneginf(both)
    return Evidence(
        TrackletAppearance(USUAL, 1.0, np.zeros((count, 1), np.float32), np.zeros(count)),
        sum_of(()),
        of_table(np.where(cannot_link, 0.0, both).astype(np.float32)),
        np.ones(count),
        of_table(cannot_link),
        prior,
    )


def test_two_mistaken_for_each_other_are_put_right_together() -> None:
    no = -np.inf
    # 0 and 1 leave, 2 and 3 come back. The best single pair is 0 with 3, but then 1 and 2 are left.
    llr = np.array([[0, no, 2.9, 3.0], [0, 0, -5.0, 2.9], [0, 0, 0, no], [0, 0, 0, 0]])
    labels = join(_by_table(llr)).labels
    assert labels[0] == labels[2] != labels[1] == labels[3]


def test_three_mistaken_in_a_circle_are_put_right_together() -> None:
    no = -np.inf
    later = np.array([[2.9, 3.0, -6.0], [-6.0, 2.9, 2.8], [2.8, -6.0, 2.9]])
    llr = np.zeros((6, 6))
    llr[:3, :3] = llr[3:, 3:] = no
    llr[:3, 3:] = later
    labels = join(_by_table(llr)).labels
    assert labels[:3].tolist() == labels[3:].tolist()


def _total(clusters: Clusters) -> float:
    return sum(
        clusters.value(clusters.members(cluster_id))
        for cluster_id in clusters.cluster_ids().tolist()
    )


def test_tails_are_exchanged_only_where_the_sum_grows() -> None:
    generator = np.random.default_rng(5)
    exchanged = 0
    for _ in range(60):
        llr = generator.normal(0, 3, (8, 8))
        llr[generator.random((8, 8)) < 0.2] = -np.inf
        clusters = Clusters(_by_table(llr))
        for cluster, other in generator.integers(0, 8, (6, 2)).tolist():
            one, two = sorted((int(clusters.labels[cluster]), int(clusters.labels[other])))
            if one != two and np.isfinite(clusters.gains(one, np.array([two])))[0]:
                clusters.merge(one, two)
        before = _total(clusters)
        moved = swap_tails(clusters)
        assert moved == (_total(clusters) > before + 1e-9)
        assert _total(clusters) >= before - 1e-9
        exchanged += moved
    assert exchanged > 10


def _best(evidence: Evidence) -> float:
    """The greatest sum of any partition, by trying all."""
    count = len(evidence)
    clusters = Clusters(evidence)

    def allowed(part: list[int]) -> bool:
        one, other = np.array(list(combinations(part, 2)), np.intp).reshape(-1, 2).T
        return not evidence.cannot_link(one, other).any()

    def search(tracklet: int, parts: list[list[int]]) -> float:
        if tracklet == count:
            return sum(clusters.value(np.array(part)) for part in parts)
        found = search(tracklet + 1, [*parts, [tracklet]])
        for place, part in enumerate(parts):
            if allowed([*part, tracklet]):
                grown = [*parts[:place], [*part, tracklet], *parts[place + 1 :]]
                found = max(found, search(tracklet + 1, grown))
        return found

    return search(0, [])


def test_joining_comes_near_the_best_of_all_partitions() -> None:
    generator = np.random.default_rng(4)
    reached, best = 0.0, 0.0
    for _ in range(40):
        count = int(generator.integers(2, 7))
        llr = generator.normal(0, 3, (count, count))
        llr[generator.random((count, count)) < 0.3] = -np.inf
        evidence = _by_table(llr, prior=-0.5)
        clusters = join(evidence)
        reached += sum(
            clusters.value(clusters.members(cluster_id))
            for cluster_id in clusters.cluster_ids().tolist()
        )
        best += _best(evidence)
    assert 0.95 * best < reached < best + 1e-6
