"""Detections and tracks refuse what cannot be right and keep their columns together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.types import Detections, Tracks, TrackTable

BOX = [[10.0, 10.0, 20.0, 40.0]]


def test_no_detections_are_detections() -> None:
    empty = Detections.empty()
    assert len(empty) == 0
    assert empty.boxes.shape == (0, 4)
    assert len(Detections([], [], [])) == 0


def test_a_mask_selects_all_columns_together() -> None:
    found = Detections(
        [[0, 0, 1, 1], [5, 5, 9, 9]], [0.9, 0.2], ["player", "ball"], [[1.0, 0.0], [0.0, 1.0]]
    )
    rest = found[found.scores < 0.5]
    assert rest.roles.tolist() == ["ball"]
    assert rest.boxes.tolist() == [[5, 5, 9, 9]]
    assert rest.embeddings is not None
    assert rest.embeddings.tolist() == [[0.0, 1.0]]


def test_roles_are_strings_and_person_by_default() -> None:
    (role,) = Detections(BOX, [1.0]).roles
    assert isinstance(role, str)
    assert role == "person"


@pytest.mark.parametrize(
    ("boxes", "scores", "message"),
    [
        ([[1.0, 2.0, 3.0]], [1.0], r"shape \(1, 3\)"),
        ([[np.nan, 0, 1, 1]], [1.0], "box 0"),
        ([[0, 0, np.inf, 1]], [1.0], "box 0"),
        ([[0, 0, 1, 1], [5, 5, 5, 9]], [1.0, 1.0], "box 1"),
        ([[9, 0, 1, 1]], [1.0], "x1 < x2"),
        (BOX, [1.5], "score 0 is 1.5"),
        (BOX, [np.nan], "score 0 is nan"),
        (BOX, [1.0, 1.0], r"shape \(2,\)"),
    ],
)
def test_wrong_boxes_and_scores_are_refused_with_their_row(
    boxes: list[list[float]], scores: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Detections(boxes, scores)


def test_unknown_roles_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="'linesman'"):
        Detections(BOX, [1.0], ["linesman"])


def test_embeddings_must_fit_the_boxes_and_be_finite() -> None:
    with pytest.raises(InputError, match="embeddings have shape"):
        Detections(BOX, [1.0], None, [[1.0], [0.0]])
    with pytest.raises(InputError, match="embedding 0 holds NaN"):
        Detections(BOX, [1.0], None, [[np.nan]])


def test_keep_valid_drops_what_the_constructor_refuses() -> None:
    boxes = [[0.0, 0, 5, 5], [np.nan, 0, 5, 5], [5.0, 5, 5, 9], [0.0, 0, 9, 9]]
    kept = Detections.keep_valid(boxes, [0.5, 0.5, 0.5, np.nan], ["player"] * 4)
    assert kept.boxes.tolist() == [[0, 0, 5, 5]]
    assert kept.roles.tolist() == ["player"]


def tracks(ids: list[int]) -> Tracks:
    count = len(ids)
    boxes = np.tile([0.0, 0.0, 1.0, 1.0], (count, 1))
    roles, rows = np.full(count, "player"), np.arange(count)
    return Tracks(np.array(ids, np.int64), boxes, np.ones(count), roles, rows)


def test_a_table_gives_back_the_tracks_of_each_frame() -> None:
    table = TrackTable.from_frames(
        [(7, 0.28, tracks([4, 2])), (8, 0.32, tracks([])), (9, 0.36, tracks([2]))]
    )
    assert table.frames.tolist() == [7, 7, 9]
    assert table.at(7).ids.tolist() == [2, 4]
    assert len(table.at(8)) == 0
    assert table.at(9).ids.tolist() == [2]
    assert table.at(7).rows.tolist() == [1, 0]
    assert replace(table, rows=None).at(7).rows.tolist() == [-1, -1]


def test_tables_join_in_order_of_frames() -> None:
    late = TrackTable.from_frames([(9, 0.36, tracks([1]))])
    early = TrackTable.from_frames([(2, 0.08, tracks([3]))])
    assert TrackTable.concatenate([late, TrackTable.empty(), early]).frames.tolist() == [2, 9]
    assert TrackTable.concatenate([late, early]).rows is not None
    assert TrackTable.concatenate([late, replace(early, rows=None)]).rows is None
    assert len(TrackTable.concatenate([])) == 0
    assert len(TrackTable.from_frames([])) == 0


def test_unknown_roles_are_refused_whatever_the_width_of_the_text() -> None:
    roles = np.array(["goalkeeper", "coach"])  # as wide as the widest known role
    with pytest.raises(InputError, match="'coach'"):
        Detections([[0, 0, 1, 1], [2, 2, 3, 3]], [0.5, 0.5], roles)


def test_no_detections_may_have_no_embeddings() -> None:
    assert len(Detections([], [], embeddings=[])) == 0


def test_shirts_and_numbers_are_cut_with_the_boxes_and_kept_with_new_embeddings() -> None:
    boxes = np.array([[0, 0, 5, 9], [5, 0, 9, 9], [9, 0, 12, 9]])
    shirts = [[1.0, 2.0], [np.nan, np.nan], [5.0, 6.0]]
    detections = Detections(
        boxes, [0.9, 0.8, 0.7], shirts=shirts, numbers=[7, -1, 10], number_scores=[0.9, 0.0, 0.5]
    )
    cut = detections[detections.scores < 0.85].with_embeddings(np.ones((2, 3)))
    assert cut.shirts is not None
    assert cut.numbers is not None
    assert cut.number_scores is not None
    np.testing.assert_array_equal(cut.shirts, np.array(shirts[1:], np.float32))
    assert cut.numbers.tolist() == [-1, 10]
    np.testing.assert_allclose(cut.number_scores, [0.0, 0.5])
    assert cut.with_shirts(None).with_numbers(None, None).shirts is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"shirts": [[1.0, np.nan]]}, "'not seen'"),
        ({"shirts": [[1.0, np.inf]]}, "infinity"),
        ({"shirts": [1.0]}, "shape"),
        ({"numbers": [7]}, "or neither"),
        ({"numbers": [100], "number_scores": [0.5]}, r"0\.\.99"),
        ({"numbers": [-2], "number_scores": [0.5]}, r"0\.\.99"),
        ({"numbers": [7], "number_scores": [np.nan]}, r"0\.\.1"),
        ({"numbers": [7, 8], "number_scores": [0.5, 0.5]}, "one per box"),
    ],
)
def test_bad_shirts_and_numbers_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Detections([[0, 0, 5, 9]], [0.5], **columns)


def test_no_detections_have_no_shirts_and_no_numbers() -> None:
    nobody = Detections(np.empty((0, 4)), [], shirts=np.empty((0, 6)), numbers=[], number_scores=[])
    assert nobody.shirts is not None
    assert nobody.shirts.shape == (0, 6)
    assert nobody.numbers is not None
    assert len(nobody.numbers) == 0
