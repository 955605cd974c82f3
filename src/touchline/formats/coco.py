"""COCO instances: a category a role; identity, team and whether it was seen as attributes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.frame_numbers import frame_number
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable


def write_coco(table: TrackTable, identities: Identities, clip: ClipFacts, file: Path) -> None:
    """Writes an annotation a box; images are named ``000001.jpg`` on, as frames count in files.

    ``occluded`` is true of interpolated boxes, which nobody saw. Raises StoreError.
    """
    roles = sorted(set(table.roles.tolist()))
    known = {
        identity: {
            "team": "" if team == UNKNOWN else TEAMS[team],
            "number": "" if number == UNKNOWN else str(number),
            "name": name,
        }
        for identity, team, number, name in zip(
            identities.ids.tolist(),
            identities.teams.tolist(),
            identities.numbers.tolist(),
            identities.names.tolist(),
            strict=True,
        )
    }
    size = {"width": clip.width, "height": clip.height}
    frames = [frame_number(index) for index in np.unique(table.frames).tolist()]
    content = {
        "info": {"description": clip.name},
        "licenses": [],
        "categories": [{"id": n, "name": role} for n, role in enumerate(roles, start=1)],
        "images": [{"id": n, "file_name": f"{n:06d}.jpg", **size} for n in frames],
        "annotations": [
            _annotation(table, row, roles, known.get(int(table.ids[row]), {}))
            for row in range(len(table))
        ],
    }
    with atomic_text(file) as text:
        text.write(json.dumps(content) + "\n")


def _annotation(
    table: TrackTable, row: int, roles: list[str], known: dict[str, str]
) -> dict[str, object]:
    x1, y1, x2, y2 = table.boxes[row].tolist()
    width, height = round(x2 - x1, 2), round(y2 - y1, 2)
    return {
        "id": row + 1,
        "image_id": frame_number(int(table.frames[row])),
        "category_id": roles.index(str(table.roles[row])) + 1,
        "bbox": [x1, y1, width, height],
        "area": round(width * height, 2),
        "segmentation": [],
        "iscrowd": 0,
        "score": float(table.scores[row]),
        "attributes": {
            "track_id": int(table.ids[row]),
            "occluded": bool(table.interpolated[row]),
            **known,
        },
    }
