"""No batch holds two labels that may be one person, and an epoch shows every crop."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.reid.folders import read_reid_data
from touchline.training.reid.rules import BatchLabels
from touchline.training.reid.samplers import (
    FalseNegatives,
    FullBatchSampler,
    IdentitySampler,
    MatchAwareSampler,
    PlainSampler,
    count_false_negatives,
)

CLIPS_OF_A_MATCH = 3


def labels_of(people: list[tuple[set[int], int]]) -> BatchLabels:
    """Labels known in these clips, with so many crops at least; clips 0..2 are one match, ..."""
    rows = [
        (identity, clip)
        for identity, (clips, crops) in enumerate(people)
        for _, clip in zip(range(max(crops, len(clips))), sorted(clips) * crops, strict=False)
    ]
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    columns = np.array(rows, np.int64)[order]
    return BatchLabels(columns[:, 0], columns[:, 1], columns[:, 1] // CLIPS_OF_A_MATCH)


def match_data(matches: int, clips: int, people: int, crops: int = 5) -> BatchLabels:
    """Labels of one clip each; so many clips a match, people a clip and crops a person."""
    identities = np.repeat(np.arange(matches * clips * people), crops)
    sequences = identities // people
    return BatchLabels(identities, sequences, sequences // clips)


DATA = st.builds(
    labels_of,
    st.lists(
        st.tuples(st.sets(st.integers(0, 8), min_size=1, max_size=3), st.integers(1, 11)),
        min_size=2,
        max_size=30,
    ),
)
ONE_CLIP_A_LABEL = st.builds(
    labels_of,
    st.lists(
        st.tuples(st.integers(0, 8).map(lambda clip: {clip}), st.integers(1, 11)),
        min_size=2,
        max_size=30,
    ),
)
SIZES = {"identities": st.integers(2, 6), "crops": st.integers(1, 5), "seed": st.integers(0, 99)}


@given(labels=ONE_CLIP_A_LABEL, **SIZES)
def test_no_batch_holds_two_clips_of_one_match(
    labels: BatchLabels, identities: int, crops: int, seed: int
) -> None:
    for batch in MatchAwareSampler(labels, identities, crops, seed=seed):
        clips = {(int(labels.matches[row]), int(labels.sequences[row])) for row in batch}
        assert len(clips) == len({match for match, _ in clips})


@given(labels=DATA, **SIZES)
def test_people_of_a_batch_share_a_clip_or_no_match(
    labels: BatchLabels, identities: int, crops: int, seed: int
) -> None:
    clips = [set(labels.sequences[labels.identities == label]) for label in labels.names]
    matches = [{clip // CLIPS_OF_A_MATCH for clip in home} for home in clips]
    for batch in MatchAwareSampler(labels, identities, crops, seed=seed):
        people = labels.identities[batch].tolist()
        for a in people:
            for b in people:
                assert clips[a] & clips[b] or not matches[a] & matches[b]


@given(labels=DATA, **SIZES)
def test_an_epoch_shows_every_crop(
    labels: BatchLabels, identities: int, crops: int, seed: int
) -> None:
    sampler = MatchAwareSampler(labels, identities, crops, seed=seed)
    for epoch in range(2):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert len(batches) == len(sampler)
        assert {row for batch in batches for row in batch} == set(range(len(labels)))


@given(labels=DATA, kind=st.sampled_from([MatchAwareSampler, PlainSampler]), **SIZES)
def test_a_batch_holds_so_many_crops_of_each_of_its_people(
    labels: BatchLabels, kind: type[IdentitySampler], identities: int, crops: int, seed: int
) -> None:
    if kind is PlainSampler and len(labels.names) < identities:
        return
    have = Counter(labels.identities.tolist())
    for batch in kind(labels, identities, crops, seed=seed):
        people = labels.identities[batch].reshape(-1, crops)
        assert len(people) <= identities
        assert len(np.unique(people[:, 0])) == len(people)
        for shown, rows in zip(people, np.reshape(batch, (-1, crops)), strict=True):
            assert len(set(shown.tolist())) == 1
            assert len(set(rows.tolist())) == min(crops, have[int(shown[0])])


@given(labels=DATA, world_size=st.integers(1, 4), **SIZES)
def test_processes_share_the_batches_of_one(
    labels: BatchLabels, world_size: int, identities: int, crops: int, seed: int
) -> None:
    alone = list(MatchAwareSampler(labels, identities, crops, seed=seed))
    parts = [
        list(
            MatchAwareSampler(
                labels, identities, crops, seed=seed, rank=rank, world_size=world_size
            )
        )
        for rank in range(world_size)
    ]
    together = [batch for step in zip(*parts, strict=True) for batch in step]
    assert together[: len(alone)] == alone
    assert len(together) - len(alone) < world_size


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    labels = match_data(4, 3, 6)
    first = MatchAwareSampler(labels, 8, 4, seed=1)
    again = MatchAwareSampler(labels, 8, 4, seed=1)
    again.set_epoch(3)
    assert list(first) != list(again)
    again.set_epoch(0)
    assert list(first) == list(again) == list(first)
    assert list(first) != list(MatchAwareSampler(labels, 8, 4, seed=2))


def test_batches_are_full_where_enough_people_fit_together() -> None:
    labels = match_data(10, 4, 12)
    batches = list(MatchAwareSampler(labels, 16, 4))
    assert {len(batch) for batch in batches} == {64}
    # 5 crops of a person are shown as twice 4.
    assert len(batches) < 1.1 * len(labels.names) * 2 / 16


def test_one_match_of_two_clips_makes_batches_of_one_clip() -> None:
    batches = list(MatchAwareSampler(match_data(1, 2, 10, crops=4), 16, 4))
    assert [len(batch) for batch in batches] == [40, 40]


def test_a_person_whom_nobody_fits_is_a_batch_alone() -> None:
    labels = labels_of([({0}, 4), ({1}, 4), ({1}, 4)])
    assert sorted(len(batch) for batch in MatchAwareSampler(labels, 2, 4)) == [4, 8]


def test_a_person_of_many_crops_fills_no_more_than_a_share_of_each_batch() -> None:
    labels = labels_of([({0}, 80)] + [({3}, 4)] * 9)
    batches = list(MatchAwareSampler(labels, 4, 4))
    assert len(batches) == 20
    assert {len(batch) for batch in batches} == {16}


@given(labels=ONE_CLIP_A_LABEL, **SIZES)
def test_full_batches_hold_new_crops_of_people_who_are_known_to_differ(
    labels: BatchLabels, identities: int, crops: int, seed: int
) -> None:
    try:
        batches = list(FullBatchSampler(labels, identities, crops, seed=seed))
    except InputError:
        return  # no batch can be filled
    assert {len(batch) for batch in batches} == {identities * crops}
    assert count_false_negatives(batches, labels).possible == 0
    shown = Counter(row for batch in batches for row in set(batch))
    assert set(shown.values()) == {1}


def test_full_batches_of_the_published_list_are_as_many_as_the_original_had(
    football_data: Path,
) -> None:
    crops = read_reid_data(football_data / "reid" / "sportsmot_football")
    sampler = FullBatchSampler(BatchLabels.from_manifest(crops), 16, 4)
    counts = []
    for epoch in range(4):
        sampler.set_epoch(epoch)
        counts.append(len(sampler))
    assert min(counts) >= 34
    assert max(counts) <= 36


def test_the_plain_sampler_leaves_out_what_makes_no_whole_batch() -> None:
    labels = match_data(3, 2, 3)
    batches = list(PlainSampler(labels, 4, 4))
    assert {len(batch) for batch in batches} == {16}
    shown = [row for batch in batches for row in batch]
    assert len(set(shown)) == len(shown) < len(labels)


def test_plain_processes_draw_equally_many_batches() -> None:
    labels = match_data(3, 2, 6)
    alone = list(PlainSampler(labels, 4, 2))
    parts = [list(PlainSampler(labels, 4, 2, rank=rank, world_size=4)) for rank in range(4)]
    together = [batch for step in zip(*parts, strict=True) for batch in step]
    assert len(alone) % 4
    assert together == alone[: len(alone) // 4 * 4]


def test_only_plain_batches_take_labels_of_two_clips_for_different_people() -> None:
    labels = match_data(4, 5, 10)
    plain = count_false_negatives(PlainSampler(labels, 16, 4), labels)
    # Of the 199 others 40 are of another clip of the match.
    assert plain.share == pytest.approx(40 / 199, abs=0.03)
    aware = count_false_negatives(MatchAwareSampler(labels, 16, 4), labels)
    assert aware.possible == 0
    assert aware.negatives > 0


def test_false_negatives_are_pairs_of_crops() -> None:
    labels = labels_of([({0}, 2), ({1}, 1), ({3}, 1)])
    whole = [np.arange(4).tolist()]
    assert count_false_negatives(whole, labels) == FalseNegatives(possible=2, negatives=5)
    assert count_false_negatives([], labels).share == 0


@pytest.mark.parametrize(
    ("kind", "people", "sizes", "reason"),
    [
        (MatchAwareSampler, 0, (4, 4, 0, 1), "0 identities cannot be told apart"),
        (MatchAwareSampler, 1, (4, 4, 0, 1), "1 identities cannot be told apart"),
        (MatchAwareSampler, 9, (1, 4, 0, 1), "batches of 1 identities"),
        (MatchAwareSampler, 9, (4, 0, 0, 1), "with 0 crops"),
        (MatchAwareSampler, 9, (4, 4, 2, 2), r"rank 2 is not in 0\.\.1"),
        (PlainSampler, 9, (10, 4, 0, 1), "9 identities make 0 batches of 10"),
        (PlainSampler, 9, (8, 4, 0, 2), "make 1 batches of 8 for 2 processes"),
    ],
)
def test_what_makes_no_batches_is_refused(
    kind: type[IdentitySampler], people: int, sizes: tuple[int, int, int, int], reason: str
) -> None:
    labels = match_data(1, 1, people) if people else BatchLabels(*np.zeros((3, 0), np.int64))
    identities, crops, rank, world_size = sizes
    with pytest.raises(InputError, match=reason):
        list(kind(labels, identities, crops, rank=rank, world_size=world_size))
