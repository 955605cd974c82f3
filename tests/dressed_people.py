"""Made-up kits, and clips of people who wear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.pitch_places import PitchPlaces
from touchline.clothes.teams import SIDE_SIZE, SeenBoxes, TeamTable, find_teams
from touchline.role_codes import role_codes
from touchline.types import Roles

WHITE = (225, 128, 130, 8, 2, 3, 215, 128, 130, 205, 128, 130)
RED = (110, 185, 165, 9, 3, 3, 105, 183, 162, 112, 184, 160)
NAVY = (60, 135, 105, 7, 2, 3, 62, 134, 106, 70, 134, 108)
BLACK = (45, 128, 128, 7, 2, 3, 40, 128, 128, 50, 128, 128)
YELLOW = (205, 120, 205, 8, 3, 4, 45, 128, 128, 45, 128, 128)
GREEN = (150, 80, 165, 9, 3, 3, 150, 80, 165, 150, 80, 165)

ROW_NOISE = np.array([14, 4, 4, 6, 2, 2.5, 14, 3, 4, 12, 3.5, 4])
PERSON_NOISE = 0.4 * ROW_NOISE


@dataclass(frozen=True)
class Rows:
    """Boxes of a clip, and what they show."""

    ids: NDArray[np.int64]
    times: NDArray[np.float64]
    feet: NDArray[np.float32]
    shirts: NDArray[np.float32]
    roles: Roles

    def teams(
        self, side_size: int | None = SIDE_SIZE, ground: PitchPlaces | None = None
    ) -> TeamTable:
        scores = np.ones(len(self.ids))
        roles = role_codes(self.roles)
        boxes = SeenBoxes(self.ids, self.times, self.feet, self.shirts, roles, scores, ground)
        return find_teams(boxes, side_size)

    def __getitem__(self, rows: Any) -> Rows:
        return Rows(*(getattr(self, column.name)[rows] for column in fields(self)))

    def stand(self, person: int, x: float, y: float) -> None:
        """Put somebody at one place, where the others run about between 100 and 900."""
        self.feet[self.ids == person] = x, y


def people(
    kits: Sequence[Sequence[float]], seconds: float = 8.0, seed: int = 0, role: str = "person"
) -> Rows:
    """One tracklet for each of ``kits``, numbered from 1, all in the image all the time."""
    numbers = np.random.default_rng(seed)
    times = np.arange(0.0, seconds, 0.1)
    parts = [
        np.array(kit)
        + numbers.normal(0, PERSON_NOISE)
        + numbers.normal(0, ROW_NOISE, (len(times), 12))
        for kit in kits
    ]
    ids = np.repeat(np.arange(1, len(kits) + 1), len(times))
    return Rows(
        ids,
        np.tile(times, len(kits)),
        numbers.uniform(100, 900, (len(ids), 2)).astype(np.float32),
        np.concatenate(parts).astype(np.float32),
        np.full(len(ids), role, "<U10"),
    )
