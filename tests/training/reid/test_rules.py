"""Labels of two clips of one match may be one person; all others are known to differ."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.errors import InputError
from touchline.reid.manifest import Manifest
from touchline.training.reid.rules import BatchLabels, MatchRule


def labels_of(*rows: tuple[int, str, str]) -> BatchLabels:
    """Labels of crops given as (identity, match, sequence)."""
    return BatchLabels.from_manifest(
        Manifest(
            Path("data"),
            [f"{row}.jpg" for row in range(len(rows))],
            [identity for identity, _, _ in rows],
            matches=[match for _, match, _ in rows],
            sequences=[sequence for _, _, sequence in rows],
        )
    )


def known_to_differ(labels: BatchLabels) -> NDArray[np.bool_]:
    """(K, K): the rule by its words, label by label."""
    crops = list(zip(labels.identities, labels.sequences, labels.matches, strict=True))
    count = len(labels.names)
    clips = [{s for i, s, _ in crops if i == identity} for identity in range(count)]
    matches = [{m for i, _, m in crops if i == identity} for identity in range(count)]
    table = np.zeros((count, count), np.bool_)
    for a, b in itertools.product(range(count), repeat=2):
        table[a, b] = bool(clips[a] & clips[b]) or not matches[a] & matches[b]
    return table


def test_labels_of_another_clip_of_the_match_are_not_allowed() -> None:
    labels = labels_of((7, "m", "a"), (8, "m", "a"), (9, "m", "b"), (10, "n", "a"))
    allowed = MatchRule(labels).classes(torch.arange(4))
    assert labels.names.tolist() == [7, 8, 9, 10]
    assert allowed.tolist() == [
        [True, True, False, True],
        [True, True, False, True],
        [False, False, True, True],
        [True, True, True, True],
    ]


def test_a_label_known_in_two_clips_differs_from_everybody_in_both() -> None:
    labels = labels_of((0, "m", "a"), (1, "m", "b"), (2, "m", "a"), (2, "m", "b"), (3, "m", "c"))
    allowed = MatchRule(labels).classes(torch.tensor([2, 0]))
    assert allowed.tolist() == [[True, True, True, False], [True, False, True, False]]


def test_crops_of_unknown_match_are_strangers_to_all_others() -> None:
    labels = labels_of((0, "", ""), (1, "", ""), (2, "", "a"), (3, "", "b"), (4, "a", ""))
    assert labels.allowed.all()


def test_clips_of_one_name_in_two_matches_are_two_clips() -> None:
    labels = labels_of((0, "m", "a"), (1, "n", "a"), (2, "m", "b"))
    assert len(np.unique(labels.sequences)) == 3
    assert labels.allowed.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_no_crops_make_no_labels() -> None:
    labels = labels_of()
    assert len(labels) == 0
    assert labels.allowed.shape == (0, 0)
    assert MatchRule(labels).pairs(torch.zeros(0, dtype=torch.int64)).shape == (0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["", "m", "n"]), st.sampled_from("abc")))
)
def test_masks_are_the_rule_by_its_words(rows: list[tuple[int, str, str]]) -> None:
    labels = labels_of(*rows)
    expected = known_to_differ(labels)
    identities = torch.from_numpy(labels.identities)
    rule = MatchRule(labels)
    classes = rule.classes(identities).numpy()
    assert np.array_equal(classes, expected[labels.identities])
    pairs = rule.pairs(identities).numpy()
    assert np.array_equal(pairs, classes[:, labels.identities])
    assert np.array_equal(pairs, pairs.T)
    assert pairs.diagonal().all()


def test_a_distractor_is_refused_by_its_file() -> None:
    with pytest.raises(InputError, match=r"1\.jpg shows a distractor"):
        labels_of((0, "m", "a"), (-1, "m", "a"))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (([0, 1], [0], [0, 0]), r"sequences have shape \(1,\)"),
        (([0, -1], [0, 0], [0, 0]), "identities hold -1"),
        (([0, 2], [0, 0], [0, 0]), "label 1 has no crop"),
        (([0, 1], [0, 0], [0, 1]), "sequence 0 is in two matches"),
        (([0, 1], [0, 0], [0, 0], [5]), r"names have shape \(1,\)"),
    ],
)
def test_labels_that_contradict_themselves_are_refused(
    columns: tuple[list[int], ...], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        BatchLabels(*(np.array(column, np.int64) for column in columns))
