"""Observed clothes of every tracklet: shirt colours, numbers, the detector's roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.clothes.numbers import NumberTable, vote_numbers
from touchline.clothes.pitch_places import PitchPlaces
from touchline.clothes.teams import SIDE_SIZE, SeenBoxes, TeamTable, find_teams
from touchline.columns import column_names
from touchline.errors import StoreError
from touchline.identities import UNKNOWN, Identities
from touchline.role_codes import role_codes
from touchline.types import Detections, Roles, Tracks, TrackTable

_SHIRT_SIZE = 12

_FRAMES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Clothes:
    """One row per box of a track that is a detection, by time and then as the tracks came.

    track_ids: (R,) int64. times: (R,) float64 seconds. feet: (R, 2) float32, middle of the box's
    lower edge. shirts: (R, 12) float32, NaN rows where not seen. roles: (R,) uint8 the detector's,
    as ``role_codes``. scores: (R,) float64 its scores. numbers: (R,) int64, -1 where none was
    read. number_scores: (R,) float32.
    """

    track_ids: NDArray[np.int64]
    times: NDArray[np.float64]
    feet: NDArray[np.float32]
    shirts: NDArray[np.float32]
    roles: NDArray[np.uint8]
    scores: NDArray[np.float64]
    numbers: NDArray[np.int64]
    number_scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.track_ids)

    def __getitem__(self, rows: NDArray[np.bool_]) -> Clothes:
        """The rows picked by a boolean mask."""
        return Clothes(*(column[rows] for column in _columns(self)))

    @classmethod
    def empty(cls) -> Clothes:
        """No rows."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0),
            np.empty((0, 2), np.float32),
            np.empty((0, _SHIRT_SIZE), np.float32),
            np.empty(0, np.uint8),
            np.empty(0),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
        )

    def teams(
        self, side_size: int | None = SIDE_SIZE, ground: PitchPlaces | None = None
    ) -> TeamTable:
        """The team of every tracklet.

        side_size: most players of a team; None: no limit. ground: where on the pitch each row is,
        where that is known.
        """
        columns = (self.track_ids, self.times, self.feet, self.shirts, self.roles, self.scores)
        return find_teams(SeenBoxes(*columns, ground), side_size)

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


def _columns(clothes: Clothes) -> list[NDArray[Any]]:
    return [getattr(clothes, name) for name in column_names(Clothes)]


class ClothesCollector:
    """Gathers ``Clothes`` frame by frame."""

    def __init__(self) -> None:
        self._closed: list[list[NDArray[Any]]] = [[column] for column in _columns(Clothes.empty())]
        self._open: list[_Worn] = []

    def add(self, time: float, tracks: Tracks, detections: Detections) -> None:
        """Add one frame: its ``tracks``, made from its ``detections``."""
        ids, boxes, rows = tracks.ids, tracks.boxes, tracks.rows
        if len(rows) and rows.min() < 0:
            known = rows >= 0
            ids, boxes, rows = ids[known], boxes[known], rows[known]
        if not len(rows):
            return
        shirts, numbers, sure = detections.shirts, detections.numbers, detections.number_scores
        if shirts is not None and shirts.shape[1] != _SHIRT_SIZE:
            raise StoreError(
                f"colours of clothes are {shirts.shape[1]} numbers, not {_SHIRT_SIZE}: "
                "observed by another version, or damaged; touchline track --overwrite begins again"
            )
        self._open.append(
            _Worn(
                time,
                ids,
                boxes,
                _unseen(len(rows)) if shirts is None else shirts[rows],
                detections.roles[rows],
                detections.scores[rows],
                np.full(len(rows), UNKNOWN) if numbers is None else numbers[rows],
                np.zeros(len(rows), np.float32) if sure is None else sure[rows],
            )
        )
        if len(self._open) == _FRAMES_AT_ONCE:
            self._close()

    def clothes(self) -> Clothes:
        """Everything added so far."""
        self._close()
        for parts in self._closed:
            # Column by column, so that those of a long clip are never all there twice.
            parts[:] = [np.concatenate(parts)]
        return Clothes(*(column for (column,) in self._closed))

    def _close(self) -> None:
        """Join the frames since the last time: many small arrays waste memory."""
        if not self._open:
            return
        times, ids, boxes, shirts, roles, *others = zip(*self._open, strict=True)
        corners = np.concatenate(boxes)
        feet = np.column_stack([(corners[:, 0] + corners[:, 2]) / 2, corners[:, 3]])
        block = Clothes(
            np.concatenate(ids),
            np.repeat(np.array(times), [len(one) for one in ids]),
            feet.astype(np.float32),
            np.concatenate(shirts),
            role_codes(np.concatenate(roles)),
            *map(np.concatenate, others),
        )
        for parts, column in zip(self._closed, _columns(block), strict=True):
            parts.append(column)
        self._open = []


class _Worn(NamedTuple):
    """The clothes of one frame, before they are joined with those of others."""

    time: float
    ids: NDArray[np.int64]
    boxes: Boxes
    shirts: NDArray[np.float32]
    roles: Roles
    scores: NDArray[np.float64]
    numbers: NDArray[np.int64]
    number_scores: NDArray[np.float32]


def _unseen(count: int) -> NDArray[np.float32]:
    return np.full((count, _SHIRT_SIZE), np.nan, np.float32)
