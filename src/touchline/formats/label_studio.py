"""Label Studio's video object tracking: a task with a ``videorectangle`` an identity.

Frames count from 1, boxes are percents of the image. Made after
https://labelstud.io/templates/video_object_detector and the program's own keeping of key frames.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from touchline import __version__
from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.frame_numbers import frame_number
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable

_TO = {"to_name": "video"}


def write_label_studio(
    table: TrackTable, identities: Identities, clip: ClipFacts, file: Path
) -> None:
    """Writes a list of one task, whose prediction is the tracks. Raises StoreError.

    The class is the label of a region; team, number and name are results of the same region. Every
    box is a key frame; the last one before a person is away is not ``enabled``, so that nothing is
    shown until they are back. ``occluded`` of a key frame says that the box is interpolated.
    """
    head = {"video": clip.name}
    with atomic_text(file) as text:
        text.write(f'[{{"data": {json.dumps(head)},\n "predictions": [')
        text.write(f'{{"model_version": "touchline {__version__}", "result": [')
        first = True
        for identity, boxes in table.by_identity():
            for result in _results(identity, boxes, identities.one(identity), clip):
                text.write(("\n" if first else ",\n") + json.dumps(result))
                first = False
        text.write("]}]}]\n")


def _results(
    identity: int, boxes: TrackTable, person: Identities, clip: ClipFacts
) -> list[dict[str, Any]]:
    """The region of an identity, and what is known of it; ``person`` has one row."""
    region = {"id": f"identity-{identity}", **_TO, "origin": "prediction"}
    value = {
        "framesCount": clip.frame_count,
        "duration": clip.frame_count / clip.frame_rate,
        "labels": [str(person.roles[0])],
        "sequence": _sequence(boxes, clip),
    }
    score = float(boxes.scores.mean())
    found: list[dict[str, Any]] = [
        {**region, "type": "videorectangle", "from_name": "box", "value": value, "score": score}
    ]
    team, number, name = int(person.teams[0]), int(person.numbers[0]), str(person.names[0])
    if team != UNKNOWN:
        chosen = {"choices": [TEAMS[team]]}
        found.append({**region, "type": "choices", "from_name": "team", "value": chosen})
    for kind, known in (("number", "" if number == UNKNOWN else str(number)), ("name", name)):
        if known:
            found.append(
                {**region, "type": "textarea", "from_name": kind, "value": {"text": [known]}}
            )
    return found


def _sequence(boxes: TrackTable, clip: ClipFacts) -> list[dict[str, Any]]:
    """A key frame for each box of one identity."""
    size = np.array([clip.width, clip.height, clip.width, clip.height])
    corners = boxes.boxes / size * 100.0
    places = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).round(4)
    goes_on = np.append(np.diff(boxes.frames) == 1, False)
    columns = (boxes.frames, boxes.times, places, goes_on, boxes.interpolated)
    return [
        {
            "frame": frame_number(frame),
            "time": round(time, 4),
            "enabled": going,
            "occluded": hidden,
            **dict(zip(("x", "y", "width", "height"), place, strict=True)),
            "rotation": 0,
        }
        for frame, time, place, going, hidden in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
