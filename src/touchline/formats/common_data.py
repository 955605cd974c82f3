"""Common Data Format (CDF) of tracking: ``meta.json`` and ``tracking.jsonl``.

Anzer et al., "Common Data Format (CDF): a standardized format for match-data in football", 2025.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.ball_in_metres import BallInMetres
from touchline.formats.clock_text import utc_clock
from touchline.formats.output_folder import made_folder
from touchline.formats.people_in_metres import PLAYING, PeopleInMetres
from touchline.identities import OFFICIALS, TEAMS, UNKNOWN
from touchline.pitch.positions import SEEN
from touchline.types import Index

VERSION = "0.3.2"
"""Of the format."""

_PERIOD = "first_half"
_SIDES = ("home", "away")
_TEAM_IDS = tuple(f"team_{name.lower()}" for name in TEAMS)
_GROUND = (60.0, 40.0)  # metres from the centre spot; the format knows nothing far outside


def write_common_data(people: PeopleInMetres, folder: Path) -> None:
    """Writes the two files; team A is at home.

    Frames count from 0 at the first in which somebody's place is known. What a clip does not say
    (competition, venue) is ``unknown``, its time begins at 1970-01-01, and an unknown shirt number
    is -1. Where the ball is not known it is between its known places, and its ``poss_status`` is
    ``unknown``; in a clip that never shows it, its place is null. Raises StoreError.
    """
    made_folder(folder)
    with atomic_text(folder / "meta.json") as text:
        text.write(json.dumps(_meta(people), indent=2) + "\n")
    with atomic_text(folder / "tracking.jsonl") as text:
        for frame in _frames(people):
            text.write(json.dumps(frame) + "\n")


def _meta(people: PeopleInMetres) -> dict[str, Any]:
    table, known, clip = people.table, people.identities, people.clip
    teams, left = people.playing_teams(), people.left_team()
    begin, end = utc_clock(float(table.times[0])), utc_clock(float(table.times[-1]))
    frames = table.frames[_rows(people)]
    period = {
        "period": _PERIOD,
        "play_direction": "left_right" if left == 0 else "right_left",
        "start_time": begin,
        "end_time": end,
        "frame_id_start": 0,
        "frame_id_end": int(np.ptp(frames)) if len(frames) else 0,
        "left_team_id": _TEAM_IDS[left],
        "right_team_id": _TEAM_IDS[1 - left],
    }
    squads = {
        side: {
            "id": _TEAM_IDS[team],
            "name": f"team {TEAMS[team]}",
            "players": [
                {
                    "id": str(known.ids[row]),
                    "team_id": _TEAM_IDS[team],
                    "jersey_number": int(known.numbers[row]),
                    "is_starter": True,
                    "last_name": people.label(row),
                }
                for row in range(len(known))
                if teams[row] == team
            ],
        }
        for team, side in enumerate(_SIDES)
    }
    made_by = {"version": VERSION, "name": "touchline"}
    pace = {"fps": round(clip.frame_rate), "collection_timing": "post_match"}
    return {
        "competition": {"id": "unknown"},
        "season": {"id": "unknown"},
        "match": {
            "id": clip.name,
            "kickoff_time": begin,
            "periods": [period],
            "whistles": [],
        },
        "teams": squads,
        "venue": {"id": "unknown", "pitch_length": people.length, "pitch_width": people.width},
        "meta": {
            "video": None,
            "tracking": {**made_by, **pace},
            "event": None,
            "landmarks": None,
            "ball": None,
            "meta": made_by,
            "cdf": {"version": VERSION},
        },
    }


def _frames(people: PeopleInMetres) -> Any:
    """One object a frame in which somebody's place is known."""
    table, known = people.table, people.identities
    teams, owners = people.playing_teams(), people.rows_of_people()
    rows = _rows(people)
    first = int(table.frames[rows[0]]) if len(rows) else 0
    for frame, group in groupby(rows.tolist(), key=lambda row: int(table.frames[row])):
        shown: list[list[dict[str, Any]]] = [[], [], []]
        time = 0.0
        for row in group:
            time = float(table.times[row])
            owner = int(owners[row])
            if teams[owner] != UNKNOWN:
                shown[teams[owner]].append(_person(people, row))
            elif known.teams[owner] == OFFICIALS or known.roles[owner] == "referee":
                shown[OFFICIALS].append(_person(people, row))
        yield {
            "frame_id": frame - first,
            "timestamp": utc_clock(time),
            "period": _PERIOD,
            "match": {"id": people.clip.name},
            "teams": {
                side: {"id": _TEAM_IDS[team], "players": shown[team]}
                for team, side in enumerate(_SIDES[:PLAYING])
            },
            "ball": _ball(people.ball, frame),
            "officials": shown[OFFICIALS],
        }


def _ball(ball: BallInMetres, frame: int) -> dict[str, Any]:
    """The ball in a frame; its height is never known.

    The format has no mark for a place that was guessed, and its validator takes no null, though
    the schema does; a status of possession may be any word.
    """
    known = ball.at(frame)
    x, y = known or ball.guess(frame) or (None, None)
    if x is not None and y is not None:  # the format knows nothing farther away
        x, y = (max(-far, min(one, far)) for one, far in zip((x, y), _GROUND, strict=True))
    place = {"x": x, "y": y, "z": None}
    return place if known else {**place, "poss_status": "unknown"}


def _rows(people: PeopleInMetres) -> Index:
    """Rows whose place is known and near enough for the format."""
    rows = people.known_rows()
    near = (np.abs(people.positions.places[rows]) < _GROUND).all(axis=1)
    return np.asarray(rows[near])


def _person(people: PeopleInMetres, row: int) -> dict[str, Any]:
    positions = people.positions
    x, y = positions.places[row].tolist()
    speed, gain = float(positions.speeds[row]), float(positions.accelerations[row])
    told = {"vel": speed, "acc": gain}
    return {
        "id": str(positions.ids[row]),
        "x": x,
        "y": y,
        **{name: value for name, value in told.items() if value == value},
        "is_visible": bool(positions.states[row] == SEEN),
    }
