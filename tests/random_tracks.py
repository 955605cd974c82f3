"""Small made-up sequences of truth and result, the same for a seed on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from touchline.types import TrackTable

Row = tuple[int, int, float, float, float, float]
"""frame from 1, id, x, y, width, height."""

Rows = dict[tuple[int, int], tuple[float, float, float, float]]


def random_rows(seed: int, *, ties: bool = True) -> tuple[list[Row], list[Row]]:
    """Rows of truth and of a bad tracker's result, by frame and then id; either may be empty.

    People walk about in a crowd and are gone for a while. The tracker misses them, swaps and
    changes ids, reports some twice and some that are not there. Some seeds put all boxes on a
    coarse grid, so that many overlaps are equal, and some give a box no area. Without ``ties``
    there is no grid and nothing is reported twice: one matching is the best.
    """
    rng = Random(seed)
    frames = rng.choice([1, 2, 8, 25, 40])
    people = rng.choice([1, 2, 5, 9])
    grid = rng.choice([0, 0, 1, 8]) * ties
    calm = rng.choice([0.5, 0.9, 0.98])  # how likely everything is as it should be
    truth: Rows = {}
    result: Rows = {}
    shown = {person: person + 10 for person in range(people)}
    places = [(rng.uniform(0, 60), rng.uniform(0, 30)) for _ in range(people)]
    for frame in range(1, frames + 1):
        for person in range(people):
            x, y = places[person]
            places[person] = x, y = x + rng.uniform(-4, 4), y + rng.uniform(-2, 2)
            box = _on_grid((x, y, 16.0, 24.0), grid)
            if rng.random() < 0.95:
                truth[frame, person + 1] = box
            if rng.random() > calm:
                other = rng.randrange(people)
                shown[person], shown[other] = shown[other], shown[person]
            if rng.random() > calm:
                shown[person] = 10 + rng.randrange(5 * people)
            if rng.random() < 0.4 + calm / 2:
                spread = 8 * (1.2 - calm)
                x, y = x + rng.gauss(0, spread), y + rng.gauss(0, spread)
                found = _on_grid((x, y, 16 + rng.uniform(-2, 2), 24.0), grid)
                result[frame, shown[person]] = found
                if rng.random() > calm and ties:
                    result[frame, 200 + shown[person]] = found
        if rng.random() > calm:
            width = rng.choice([0.0, 20.0])
            result[frame, 500 + frame // 10] = (rng.uniform(0, 60), 5.0, width, 24.0)
    if seed % 10 == 8:
        truth = {}
    if seed % 10 == 9:
        result = {}
    return _rows(truth), _rows(result)


def table(rows: Sequence[Row]) -> TrackTable:
    """The rows as a table of tracks; frames count from 0 in it."""
    if not rows:
        return TrackTable.empty()
    columns = np.array([row[2:] for row in rows])
    boxes = np.column_stack([columns[:, :2], columns[:, :2] + columns[:, 2:]])
    frames = np.array([row[0] - 1 for row in rows], np.int64)
    ids = np.array([row[1] for row in rows], np.int64)
    roles = np.full(len(rows), "person", "<U10")
    count = len(rows)
    return TrackTable(
        frames, frames / 25, ids, boxes, np.ones(count), roles, np.zeros(count, np.bool_)
    ).sorted()


def _on_grid(
    box: tuple[float, float, float, float], grid: int
) -> tuple[float, float, float, float]:
    if not grid:
        return box
    x, y, width, height = (float(grid * round(value / grid)) for value in box)
    return x, y, width, height


def _rows(boxes: Rows) -> list[Row]:
    return [(*key, *boxes[key]) for key in sorted(boxes)]
