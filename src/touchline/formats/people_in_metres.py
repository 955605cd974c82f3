"""What formats in metres are written from: who was where, and which side each of them plays for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.formats.ball_in_metres import BallInMetres
from touchline.formats.clip_facts import ClipFacts
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.positions import Positions
from touchline.pitch.sides import find_sides
from touchline.types import Index, Ints, TrackTable

PLAYING = 2
"""The first two of ``TEAMS`` play; the third are the officials."""

_DEEP = 0.25
"""Share of the length of the pitch from the halfway line beyond which a keeper's side is plain."""


@dataclass(frozen=True, slots=True)
class PeopleInMetres:
    """A clip whose people are known in metres.

    Args:
        clip: its name, size and frame rate.
        table: its tracks, sorted.
        identities: its people.
        positions: row by row those of ``table``.
        cameras: of its frames.
        ball: where the ball is.
        length: metres of the pitch along x.
        width: metres along y.
    """

    clip: ClipFacts
    table: TrackTable
    identities: Identities
    positions: Positions
    cameras: PitchCameras
    ball: BallInMetres
    length: float
    width: float

    def known_rows(self) -> Index:
        """Rows whose place is known, by frame."""
        return np.flatnonzero(self.positions.known)

    def rows_of_people(self) -> Index:
        """(M,) for each row of the table its row in ``identities``."""
        return np.searchsorted(self.identities.ids, self.table.ids)

    def left_team(self) -> int:
        """Which team rather defends the left goal; 0 where that is not known."""
        known = self.identities
        outfield = np.where(known.roles == "goalkeeper", UNKNOWN, known.teams)
        teams = outfield[self.rows_of_people()]
        x = np.where(self.positions.known, self.positions.places[:, 0], np.nan)
        log_odds = find_sides(self.positions.times, x, teams).overall()
        if log_odds:
            return int(log_odds < 0)
        middles = [x[(teams == team) & self.positions.known] for team in range(PLAYING)]
        if not all(len(one) for one in middles):
            return 0
        return int(middles[0].mean() > middles[1].mean())

    def playing_teams(self) -> Ints:
        """(I,) the team that each person plays for, 0 or 1; -1 where none, or not known.

        A keeper whose team is not known plays for the one on whose side they stand.
        """
        people = self.identities
        teams = np.where(people.teams < PLAYING, people.teams, UNKNOWN)
        left = self.left_team()
        owners = self.rows_of_people()
        for row in np.flatnonzero((people.roles == "goalkeeper") & (teams == UNKNOWN)).tolist():
            x = self.positions.places[(owners == row) & self.positions.known, 0]
            if len(x) and abs(float(x.mean())) > _DEEP * self.length:
                teams[row] = left if x.mean() < 0 else 1 - left
        return teams

    def label(self, row: int) -> str:
        """The name of a person (row of ``identities``), or which anonymous one of a team it is."""
        people = self.identities
        if people.names[row]:
            return str(people.names[row])
        team = int(people.teams[row])
        of = "" if team == UNKNOWN else f" of {TEAMS[team]}"
        return f"anonymous {people.ids[row]}{of}"
