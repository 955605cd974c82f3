"""Label placement: at the feet, off faces and off other labels.

Where there is no room below the feet, at the bottom of the image, it goes above the head.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, intersection_areas

_BELOW, _ABOVE, _RIGHT, _LEFT = range(4)
_MARGIN = 0.5  # label heights that must be free before a label returns to its default place
_HEAD_HEIGHT, _HEAD_WIDTH = 0.25, 0.6  # of the box


class LabelPlaces:
    """Chooses between below (or above) and beside, with hysteresis."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._chosen: dict[int, int] = {}

    def place(
        self, ids: list[int], boxes: Boxes, reach: NDArray[np.float64], sizes: NDArray[np.int64]
    ) -> list[tuple[int, int]]:
        """Left and top of each label, inside the image.

        boxes: (N, 4) of the players. reach: (N, 2) how far the mark at the feet extends to the
        side and down. sizes: (N, 2) width and height of the labels.
        """
        slots = _slots(boxes, reach, sizes)
        room = (self._size[1] - slots[_BELOW, :, 3]) / sizes[:, 1]  # in label heights
        hidden = self._hidden(slots, boxes)
        slots[..., 0::2] += _shift_inside(slots[..., 0], slots[..., 2], self._size[0])[..., None]
        slots[..., 1::2] += _shift_inside(slots[..., 1], slots[..., 3], self._size[1])[..., None]
        chosen: dict[int, int] = {}
        places: list[tuple[int, int]] = [(0, 0)] * len(ids)
        taken: list[list[float]] = []
        # The nearest players (lowest in the image) are drawn last and choose first.
        for row in np.argsort(-boxes[:, 3], kind="stable").tolist():
            options = slots[:, row].tolist()
            before = self._chosen.get(ids[row], _BELOW)
            preferred = _ABOVE if room[row] < (_MARGIN if before == _ABOVE else 0.0) else _BELOW
            order = sorted((preferred, _RIGHT, _LEFT), key=lambda slot: slot != before)
            if _is_free(options[preferred], taken, margin=_MARGIN):
                order.sort(key=lambda slot: slot != preferred)
            free = (s for s in order if not hidden[s][row] and _is_free(options[s], taken))
            slot = next(free, None)
            if slot is None:  # in a crowd: where it hides least
                slot = min(order, key=lambda option: hidden[option][row])
            chosen[ids[row]] = slot
            taken.append(options[slot])
            places[row] = (round(options[slot][0]), round(options[slot][1]))
        self._chosen = chosen
        return places

    def _hidden(self, slots: NDArray[np.float64], boxes: Boxes) -> list[list[float]]:
        """[slot][row]: square pixels of heads under the label; endless where it leaves upwards."""
        x1, y1, x2, y2 = boxes.T
        beside = (x2 - x1) * (1 - _HEAD_WIDTH) / 2
        heads = np.column_stack([x1 + beside, y1, x2 - beside, y1 + (y2 - y1) * _HEAD_HEIGHT])
        hidden = intersection_areas(slots.reshape(-1, 4), heads).sum(axis=1)
        hidden = hidden.reshape(slots.shape[:2])
        hidden[slots[..., 1] < 0] = np.inf
        areas: list[list[float]] = hidden.tolist()
        return areas


def _slots(
    boxes: Boxes, reach: NDArray[np.float64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(4, N, 4) corners of the label below the feet, above the head, right and left of the feet."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]
    width, height = sizes.T
    left = np.stack([x - width / 2, x - width / 2, x + reach[:, 0], x - reach[:, 0] - width])
    above = boxes[:, 1] - 1.2 * height
    top = np.stack([y + reach[:, 1], above, y - height / 2, y - height / 2])
    return np.stack([left, top, left + width, top + height], axis=-1)


def _shift_inside(
    low: NDArray[np.float64], high: NDArray[np.float64], limit: int
) -> NDArray[np.float64]:
    """What to add so that a span of pixels lies in 0..limit."""
    return np.maximum(np.minimum(limit - high, 0.0), -low)


def _is_free(place: list[float], taken: list[list[float]], margin: float = 0.0) -> bool:
    """Whether no taken place overlaps; ``margin`` in label heights is kept to them."""
    x1, y1, x2, y2 = place
    more = margin * (y2 - y1)
    for a1, b1, a2, b2 in taken:
        if x1 - more < a2 and x2 + more > a1 and y1 - more < b2 and y2 + more > b1:
            return False
    return True
