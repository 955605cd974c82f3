"""SoccerNet Game State Reconstruction: who is where on the pitch, as its tools and scores read it.

Somers et al., "SoccerNet Game State Reconstruction", CVPRW 2024.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.identities import UNKNOWN
from touchline.types import Floats

_CATEGORIES = {"player": 1, "goalkeeper": 2, "referee": 3, "ball": 4, "other": 7}
"""Ids of the categories as in the data set."""

_ROLES = {"player": "player", "goalkeeper": "goalkeeper", "referee": "referee", "person": "other"}


def write_game_state(people: PeopleInMetres, file: Path) -> None:
    """Writes the predictions of a sequence: a box, a place, role, team and number each.

    Their y runs towards the main camera. Boxes without a place are left out. Raises StoreError.
    """
    table, size = people.table, {"width": people.clip.width, "height": people.clip.height}
    rows = people.known_rows()
    pitch, owners = _pitch_points(people), people.rows_of_people()
    teams, left = people.playing_teams(), people.left_team()
    known = people.identities
    frames = np.unique(table.frames[rows]).tolist()
    content: dict[str, Any] = {
        "info": {"version": "1.3", "name": people.clip.name},
        "images": [
            {"image_id": _image_id(frame), "file_name": f"{frame + 1:06d}.jpg", **size}
            for frame in frames
        ],
        "categories": [
            {"id": number, "name": name, "supercategory": "object"}
            for name, number in _CATEGORIES.items()
        ],
    }
    predictions = []
    for place, row in enumerate(rows.tolist(), start=1):
        owner = int(owners[row])
        role = _ROLES.get(str(known.roles[owner]), "other")
        team, number = int(teams[owner]), int(known.numbers[owner])
        plays = role in ("player", "goalkeeper")
        x1, y1, x2, y2 = table.boxes[row].tolist()
        predictions.append(
            {
                "id": str(place),
                "image_id": _image_id(int(table.frames[row])),
                "track_id": int(table.ids[row]),
                "supercategory": "object",
                "category_id": _CATEGORIES[role],
                "attributes": {
                    "role": role,
                    "jersey": str(number) if number != UNKNOWN and role == "player" else None,
                    "team": (("left" if team == left else "right") if team != UNKNOWN else None)
                    if plays
                    else None,
                },
                "bbox_image": {
                    "x": x1,
                    "y": y1,
                    "w": round(x2 - x1, 2),
                    "h": round(y2 - y1, 2),
                    "x_center": round((x1 + x2) / 2, 2),
                    "y_center": round((y1 + y2) / 2, 2),
                },
                "bbox_pitch": dict(zip(_CORNERS, pitch[row].tolist(), strict=True)),
                "confidence": float(table.scores[row]),
            }
        )
    content["predictions"] = predictions
    with atomic_text(file) as text:
        text.write(json.dumps(content) + "\n")


_CORNERS = (
    *("x_bottom_left", "y_bottom_left", "x_bottom_middle", "y_bottom_middle"),
    *("x_bottom_right", "y_bottom_right"),
)


def _image_id(frame: int) -> str:
    """Six digits that count from 0: SoccerNet's scores put split and sequence before them."""
    return f"{frame:06d}"


def _pitch_points(people: PeopleInMetres) -> Floats:
    """(M, 6) where the lower edge of each box is: its ends as far from the smoothed middle as they
    are from the one that is seen.
    """
    x1, _, x2, y2 = people.table.boxes.T
    left, middle, right = (
        people.cameras.pitch_points(people.table.frames, np.column_stack([x, y2]))
        for x in (x1, (x1 + x2) / 2, x2)
    )
    place = people.positions.places
    points = np.stack([place + left - middle, place, place + right - middle], axis=1)
    points[..., 1] *= -1
    return np.asarray(np.round(points, 3).reshape(-1, 6) + 0.0, np.float64)  # no minus zero
