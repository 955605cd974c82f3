"""Observed clothes of every tracklet: shirt colours, numbers, the detector's roles."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.clothes.numbers import NumberTable, vote_numbers
from touchline.clothes.teams import SIDE_SIZE, SeenBoxes, TeamTable, find_teams
from touchline.columns import ROLE_DTYPE
from touchline.errors import StoreError
from touchline.identities import UNKNOWN, Identities
from touchline.types import Detections, Roles, Tracks, TrackTable

_SHIRT_SIZE = 12


@dataclass(frozen=True, slots=True)
class Clothes:
    """One row per box of a track that is a detection, by time and then as the tracks came.

    track_ids: (R,) int64. times: (R,) float64 seconds. feet: (R, 2) float32, middle of the box's
    lower edge. shirts: (R, 12) float32, NaN rows where
    not seen. roles: (R,) the detector's. scores: (R,) float64 its scores. numbers: (R,) int64, -1
    where none was read. number_scores: (R,) float32.
    """

    track_ids: NDArray[np.int64]
    times: NDArray[np.float64]
    feet: NDArray[np.float32]
    shirts: NDArray[np.float32]
    roles: Roles
    scores: NDArray[np.float64]
    numbers: NDArray[np.int64]
    number_scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.track_ids)

    def __getitem__(self, rows: NDArray[np.bool_]) -> Clothes:
        """The rows picked by a boolean mask."""
        return Clothes(*(getattr(self, column.name)[rows] for column in fields(Clothes)))

    @classmethod
    def empty(cls) -> Clothes:
        """No rows."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0),
            np.empty((0, 2), np.float32),
            np.empty((0, _SHIRT_SIZE), np.float32),
            np.empty(0, ROLE_DTYPE),
            np.empty(0),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
        )

    def teams(self, side_size: int | None = SIDE_SIZE) -> TeamTable:
        """The team of every tracklet. side_size: most players of a team; None: no limit."""
        return find_teams(
            SeenBoxes(self.track_ids, self.times, self.feet, self.shirts, self.roles, self.scores),
            side_size,
        )

    def shirt_numbers(self) -> NumberTable:
        """The shirt number of every tracklet."""
        return vote_numbers(self.track_ids, self.numbers, self.number_scores)

    def identities(
        self, table: TrackTable, seconds_a_frame: float, side_size: int | None = SIDE_SIZE
    ) -> Identities:
        """Team, role and number of everybody in ``table``, whose ids are the track ids here.

        Of an identity without a box here all that is known is what the table tells. side_size: as
        for ``teams``.
        """
        return self.people(table, seconds_a_frame, self.teams(side_size))

    def people(self, table: TrackTable, seconds_a_frame: float, teams: TeamTable) -> Identities:
        """Like ``identities``, with the ``teams`` that were found."""
        everybody = Identities.of_tracks(table, seconds_a_frame)
        numbers = self.shirt_numbers()
        rows = np.searchsorted(everybody.ids, teams.track_ids)
        everybody.teams[rows], everybody.roles[rows] = teams.teams, teams.roles
        everybody.team_confidences[rows] = teams.confidences
        rows = np.searchsorted(everybody.ids, numbers.track_ids)
        everybody.numbers[rows] = numbers.numbers
        everybody.number_confidences[rows] = numbers.confidences
        return everybody


class ClothesCollector:
    """Gathers ``Clothes`` frame by frame."""

    def __init__(self) -> None:
        self._frames: list[Clothes] = []

    def add(self, time: float, tracks: Tracks, detections: Detections) -> None:
        """Add one frame: its ``tracks``, made from its ``detections``."""
        tracks = tracks[tracks.rows >= 0]
        if not len(tracks):
            return
        found = detections[tracks.rows]
        count = len(found)
        if found.shirts is None:
            found = found.with_shirts(np.full((count, _SHIRT_SIZE), np.nan, np.float32))
        if found.numbers is None:
            found = found.with_numbers(np.full(count, UNKNOWN), np.zeros(count))
        assert found.shirts is not None
        if found.shirts.shape[1] != _SHIRT_SIZE:
            raise StoreError(
                f"colours of clothes are {found.shirts.shape[1]} numbers, not {_SHIRT_SIZE}: "
                "observed by another version, or damaged; touchline track --overwrite begins again"
            )
        assert found.numbers is not None
        assert found.number_scores is not None
        self._frames.append(
            Clothes(
                tracks.ids,
                np.full(count, time),
                _feet(tracks.boxes),
                found.shirts,
                found.roles,
                found.scores,
                found.numbers,
                found.number_scores,
            )
        )

    def clothes(self) -> Clothes:
        """Everything added so far."""
        parts = [Clothes.empty(), *self._frames]
        self._frames = [
            Clothes(
                *(
                    np.concatenate([getattr(part, column.name) for part in parts])
                    for column in fields(Clothes)
                )
            )
        ]
        return self._frames[0]


def _feet(boxes: Boxes) -> NDArray[np.float32]:
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]]).astype(np.float32)
