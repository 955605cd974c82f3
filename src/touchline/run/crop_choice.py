"""Which boxes of each identity show best who they are, spread over the time they are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.linking.overlaps import boxes_inside
from touchline.types import Index, TrackTable

MAX_CROPS = 2400
"""Crops of a page at most: about 15 MB, which a browser opens at once."""

_HIDDEN = 0.25  # share of a box in another's, from which it may show somebody else
_HIDDEN_VALUE = 0.3


def crops_each(people: int, wanted: int) -> int:
    """How many crops each of ``people`` gets, of ``wanted``, so that a page stays small."""
    return max(1, min(wanted, MAX_CROPS // max(people, 1)))


def chosen_boxes(
    table: TrackTable, size: tuple[int, int], count: int
) -> dict[int, NDArray[np.intp]]:
    """Rows of ``table`` of each identity, up to ``count`` in order of time, by identity.

    Of each part of the time they were seen it is the box that shows them best: tall, within the
    image, not behind others; detected, where any is. size: width and height of the image.

    Of more than ``MAX_CROPS`` people only those who were seen the longest have any.
    """
    value = crop_values(table, size)
    order = np.lexsort((table.frames, table.ids))
    ids, starts, counts = np.unique(table.ids[order], return_index=True, return_counts=True)
    shown = np.argsort(-counts, kind="stable")[:MAX_CROPS]
    chosen = {}
    for person in np.sort(shown).tolist():
        rows = order[starts[person] : starts[person] + counts[person]]
        chosen[int(ids[person])] = spread_rows(table, rows, value, count)
    return chosen


def spread_rows(
    table: TrackTable, rows: NDArray[np.intp], value: NDArray[np.float64], count: int
) -> NDArray[np.intp]:
    """Up to ``count`` of the ``rows`` of one person, ascending: the best of each part of them.

    value: (M,) as of ``crop_values``.
    """
    detected = rows[~table.interpolated[rows]]
    rows = detected if len(detected) else rows
    parts = np.array_split(rows, min(count, len(rows))) if len(rows) else []
    best: Index = np.array([part[np.argmax(value[part])] for part in parts], np.intp)
    return best


def crop_values(table: TrackTable, size: tuple[int, int]) -> NDArray[np.float64]:
    """(M,) how well each box shows a person: pixels of height, less where part is not seen."""
    extent = table.boxes[:, 2:] - table.boxes[:, :2]
    inside = np.clip(table.boxes[:, 2:], 0, size) - np.clip(table.boxes[:, :2], 0, size)
    value = np.asarray(extent[:, 1] * (inside / extent).prod(axis=1), np.float64)
    behind, _ = boxes_inside(table.frames, table.boxes, _HIDDEN)
    value[behind] *= _HIDDEN_VALUE
    return value
