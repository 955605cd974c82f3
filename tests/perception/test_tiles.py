"""Tiles cover the image, and their boxes become one set for the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.perception.suppression import suppress
from touchline.perception.tiles import (
    Tile,
    cut_by_edge,
    merge_views,
    split_image,
    whole_in_a_tile,
)


@given(st.integers(1, 8000), st.integers(1, 4000), st.integers(1, 5), st.integers(1, 4))
def test_every_pixel_lies_in_a_tile_and_no_tile_reaches_over_the_border(
    width: int, height: int, columns: int, rows: int
) -> None:
    whole, *tiles = split_image(width, height, f"{columns}x{rows}", 0.2)
    assert whole == Tile(0, 0, width, height)
    assert len(tiles) == (columns * rows if columns * rows > 1 else 0)
    for tile in tiles:
        assert tile.left >= 0
        assert tile.top >= 0
        assert tile.left + tile.width <= width
        assert tile.top + tile.height <= height
    if tiles:
        covered_x, covered_y = np.zeros(width, bool), np.zeros(height, bool)
        for tile in tiles:
            covered_x[tile.left : tile.left + tile.width] = True
            covered_y[tile.top : tile.top + tile.height] = True
        assert covered_x.all()
        assert covered_y.all()


def test_neighbours_share_the_asked_part() -> None:
    _, left, right = split_image(1800, 500, "2x1", 0.2)
    assert (left.width, right.width) == (1000, 1000)
    assert left.left + left.width - right.left == 200


@pytest.mark.parametrize(
    ("width", "height", "count"),
    [
        (1280, 720, 0),
        (1920, 1080, 0),
        (2560, 1440, 0),
        (3840, 2160, 4),
        (3072, 1728, 4),
        (4096, 1080, 2),
        (6500, 1000, 3),
    ],
)
def test_automatic_tiles_are_for_images_beyond_full_hd(width: int, height: int, count: int) -> None:
    assert len(split_image(width, height, "auto", 0.2)) == 1 + count


def test_a_tile_is_a_view_of_the_image() -> None:
    image = np.arange(60 * 80 * 3, dtype=np.uint8).reshape(60, 80, 3)
    crop = Tile(10, 20, 30, 25).crop(image)
    assert crop.shape == (25, 30, 3)
    assert np.shares_memory(crop, image)


def test_only_edges_inside_the_image_cut_boxes() -> None:
    boxes = np.array([[0.0, 10, 20, 50], [80, 10, 100, 50], [40, 10, 60, 50], [40, 80, 60, 100]])
    assert cut_by_edge(boxes, Tile(0, 0, 100, 100), (200, 100)).tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert not cut_by_edge(boxes, Tile(0, 0, 100, 100), (100, 100)).any()


def test_a_box_is_whole_in_a_tile_unless_every_tile_cuts_it() -> None:
    _, *tiles = split_image(200, 100, "2x1", 0.2)  # 0..112 and 88..200
    boxes = np.array([[10.0, 10, 20, 50], [90, 10, 105, 50], [80, 10, 120, 50], [0, 0, 200, 100]])
    assert whole_in_a_tile(boxes, tiles, (200, 100)).tolist() == [True, True, False, False]
    assert whole_in_a_tile(np.empty((0, 4)), tiles, (200, 100)).shape == (0,)


def merged(*rows: tuple[list[float], float, int, bool]) -> list[tuple[list[float], float]]:
    """What becomes of (box, score, view, cut) rows of one group."""
    boxes, scores, views, cut = (np.array(column) for column in zip(*rows, strict=True))
    hulls, kept = merge_views(
        boxes.astype(np.float64), scores, np.zeros(len(rows), np.int64), views, cut
    )
    return [(box.tolist(), float(score)) for box, score in zip(hulls, scores[kept], strict=True)]


def test_a_cut_box_goes_where_a_neighbour_has_the_whole() -> None:
    whole, piece = [90.0, 0, 130, 100], [90.0, 0, 112, 100]
    assert merged((piece, 0.95, 1, True), (whole, 0.6, 2, False)) == [(whole, 0.6)]


def test_two_pieces_that_only_have_each_other_become_their_hull() -> None:
    left, right = [60.0, 0, 112, 100], [80.0, 2, 140, 98]
    assert merged((left, 0.7, 1, True), (right, 0.8, 2, True)) == [([60.0, 0, 140, 100], 0.8)]


def test_a_piece_without_a_partner_stays() -> None:
    piece = [90.0, 0, 112, 100]
    assert merged((piece, 0.7, 1, True)) == [(piece, 0.7)]


def test_one_object_in_two_views_counts_once_with_the_better_score() -> None:
    one, other = [10.0, 10, 30, 60], [11.0, 10, 32, 62]
    assert merged((one, 0.7, 1, False), (other, 0.8, 0, False)) == [(other, 0.8)]


def test_two_close_people_of_one_view_both_stay() -> None:
    one, other = [10.0, 10, 30, 60], [14.0, 10, 34, 60]  # IoU 0.67
    assert len(merged((one, 0.7, 1, False), (other, 0.8, 1, False))) == 2


def test_nothing_merges_to_nothing() -> None:
    none = np.empty(0)
    boxes, rows = merge_views(
        np.empty((0, 4)), none, none.astype(np.int64), none.astype(np.int64), none.astype(bool)
    )
    assert boxes.shape == (0, 4)
    assert len(rows) == 0


def greedy_by_hand(
    boxes: list[list[float]], scores: list[float], groups: list[int], limit: float
) -> list[int]:
    """Non-maximum suppression in plain Python."""

    def overlap(a: list[float], b: list[float]) -> float:
        width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
        height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
        return width * height / (area - width * height)

    kept: list[int] = []
    for row in sorted(range(len(boxes)), key=lambda n: -scores[n]):
        if all(groups[row] != groups[k] or overlap(boxes[row], boxes[k]) <= limit for k in kept):
            kept.append(row)
    return kept


BOX = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2)


@given(st.lists(st.tuples(BOX, st.integers(0, 100), st.integers(0, 1)), max_size=20))
def test_suppression_equals_the_definition(
    rows: list[tuple[tuple[int, int, int, int], int, int]],
) -> None:
    boxes = [[float(x), float(y), float(x + w), float(y + h)] for (x, y, w, h), _, _ in rows]
    scores = [score / 100 for _, score, _ in rows]
    groups = [group for _, _, group in rows]
    kept = suppress(
        np.array(boxes).reshape(-1, 4), np.array(scores), np.array(groups, np.int64), 0.487
    )
    assert kept.tolist() == greedy_by_hand(boxes, scores, groups, 0.487)
