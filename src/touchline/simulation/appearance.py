"""Simulated appearance vectors: alike within a kit, varying from frame to frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.simulation.config import AppearanceConfig
from touchline.simulation.occlusion import hidden_shares
from touchline.simulation.wandering import Wandering

_SLOW_SHARE = 0.4  # of what changes: measured on a generic OSNet, as are the two times
_CHANGE_SECONDS = (1.5, 0.07)
_HIDDEN_CHANGE = 0.6  # more of it where less of a person is visible


class SimulatedAppearance:
    """Makes the vectors of detections frame by frame.

    ids: (N,) ascending, everybody who ever appears; kits: (N,) their kits by name.
    """

    def __init__(
        self,
        config: AppearanceConfig,
        ids: NDArray[np.int64],
        kits: NDArray[np.str_],
        frame_seconds: float,
        generator: np.random.Generator,
    ) -> None:
        self._config = config
        self._generator = generator
        self._ids = ids
        same = 1.0 - config.team - config.person - config.change
        names, kit = np.unique(kits, return_inverse=True)
        self._everybody = np.sqrt(same) * _directions(1, config.size, generator)
        teams = np.sqrt(config.team) * _directions(len(names), config.size, generator)
        persons = np.sqrt(config.person) * _directions(len(ids), config.size, generator)
        self._lasting = self._everybody + teams[kit] + persons
        ways = min(config.change_dimensions, config.size)
        basis, _ = np.linalg.qr(generator.standard_normal((config.size, ways)))
        self._changes = np.sqrt(config.change / ways) * basis.T
        self._wander = Wandering(
            np.full(ways, _SLOW_SHARE), _CHANGE_SECONDS, frame_seconds, generator
        )

    def vectors(
        self, ids: NDArray[np.int64], boxes: Boxes, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(D, size) unit vectors of D detections; ``rows`` are those of ``ids``, -1 for nobody.

        ids: (N,) ascending, the people in the image. boxes: (N, 4) their true boxes.
        """
        people = self._lasting[np.searchsorted(self._ids, ids)]
        hidden, by = hidden_shares(boxes)
        change = self._wander.step(ids) @ self._changes
        people = people + (1.0 + _HIDDEN_CHANGE * hidden)[:, None] * change
        share = (self._config.hidden * hidden)[:, None]
        people = (1.0 - share) * people + share * people[by]  # where nobody hides, share is 0
        length = np.sqrt(max(0.0, 1.0 - float((self._everybody**2).sum())))
        nobody = length * _directions(int((rows < 0).sum()), self._config.size, self._generator)
        found = np.empty((len(rows), self._config.size))
        found[rows >= 0] = people[rows[rows >= 0]]
        found[rows < 0] = self._everybody + nobody
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        # Rounded as they are stored, so that tracking them directly gives the same result.
        return found.astype(np.float16).astype(np.float32)


def _directions(count: int, size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """(count, size) random unit vectors."""
    ways = generator.standard_normal((count, size))
    unit: NDArray[np.float64] = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    return unit
