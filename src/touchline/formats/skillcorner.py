"""SkillCorner's tracking: ``match.json`` and ``tracking.jsonl``, ten frames a second.

The layout of its open data (third version), which kloppy loads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.ball_in_metres import BallInMetres
from touchline.formats.clock_text import match_clock
from touchline.formats.output_folder import made_folder
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.identities import TEAMS, UNKNOWN
from touchline.pitch.positions import SEEN
from touchline.types import Index

RATE = 10.0
"""Frames a second of the format."""

_KEEPER, _OUTFIELD = 0, 17
"""Ids of roles: a keeper's, and one that says nothing."""


def write_skillcorner(people: PeopleInMetres, folder: Path) -> None:
    """Writes the two files: the frame of the clip that is nearest to each tenth of a second.

    Team A is at home, ids are 1 and 2; anonymous players have their identity as id and in their
    name. The ball's height is not known. Raises StoreError.
    """
    made_folder(folder)
    with atomic_text(folder / "match.json") as text:
        text.write(json.dumps(_match(people), indent=2) + "\n")
    with atomic_text(folder / "tracking.jsonl") as text:
        for frame in _frames(people):
            text.write(json.dumps(frame) + "\n")


def _match(people: PeopleInMetres) -> dict[str, Any]:
    known, teams = people.identities, people.playing_teams()
    names = [(*people.label(row).rsplit(" ", 1), "")[:2] for row in range(len(known))]
    return {
        "id": people.clip.name,
        "home_team": {"id": 1, "name": f"team {TEAMS[0]}", "short_name": TEAMS[0]},
        "away_team": {"id": 2, "name": f"team {TEAMS[1]}", "short_name": TEAMS[1]},
        "home_team_score": None,
        "away_team_score": None,
        "home_team_side": ["left_to_right" if people.left_team() == 0 else "right_to_left"],
        "date_time": None,
        "pitch_length": people.length,
        "pitch_width": people.width,
        "ball": {"trackable_object": -1},
        "referees": [
            {"id": int(known.ids[row]), "trackable_object": int(known.ids[row])}
            for row in np.flatnonzero(known.roles == "referee").tolist()
        ],
        "players": [
            {
                "id": int(known.ids[row]),
                "trackable_object": int(known.ids[row]),
                "team_id": int(teams[row]) + 1,
                "number": None if known.numbers[row] == UNKNOWN else int(known.numbers[row]),
                "first_name": names[row][0],
                "last_name": names[row][1],
                "start_time": "00:00:00",
                "end_time": None,
                "player_role": {
                    "id": _KEEPER if known.roles[row] == "goalkeeper" else _OUTFIELD,
                },
            }
            for row in np.flatnonzero(teams != UNKNOWN).tolist()
        ],
    }


def _frames(people: PeopleInMetres) -> Iterator[dict[str, Any]]:
    """One object for each tenth of a second in which somebody's place is known."""
    positions = people.positions
    playing = people.playing_teams()[people.rows_of_people()] != UNKNOWN
    rows = np.flatnonzero(positions.known & playing)
    for number, own in _tenths(people, rows):
        players = [
            {
                "x": float(positions.places[row, 0]),
                "y": float(positions.places[row, 1]),
                "player_id": int(positions.ids[row]),
                "is_detected": bool(positions.states[row] == SEEN),
            }
            for row in own.tolist()
        ]
        yield {
            "frame": number,
            "timestamp": match_clock(number / RATE),
            "period": 1,
            "ball_data": _ball(people.ball, int(people.table.frames[own[0]])),
            "possession": {"player_id": None, "group": None},
            "image_corners_projection": {},
            "player_data": players,
        }


def _ball(ball: BallInMetres, frame: int) -> dict[str, Any]:
    """The ball in a frame, null where it is not known."""
    x, y = ball.at(frame) or (None, None)
    return {"x": x, "y": y, "z": None, "is_detected": None if x is None else ball.is_seen(frame)}


def _tenths(people: PeopleInMetres, rows: Index) -> Iterator[tuple[int, Index]]:
    """Numbers of tenths of a second, and the rows of the frame that is nearest to each."""
    frames, times = people.table.frames[rows], people.table.times[rows]
    numbers = np.rint(times * RATE).astype(np.int64)
    apart = np.abs(times * RATE - numbers)
    best: dict[int, tuple[float, int]] = {}
    for number, far, frame in zip(numbers.tolist(), apart.tolist(), frames.tolist(), strict=True):
        best[number] = min(best.get(number, (np.inf, 0)), (far, frame))
    for number, (_, frame) in best.items():
        first, end = np.searchsorted(frames, [frame, frame + 1])
        yield number, rows[first:end]
