"""CVAT's "CVAT for video 1.1": one track per identity, with team, number and name attributes.

Frames count from 0, boxes are corner pixels. The format:
https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable

_ATTRIBUTES = ("team", "number", "name", "source")


def write_cvat(table: TrackTable, identities: Identities, clip: ClipFacts, file: Path) -> None:
    """Writes the tracks as XML that CVAT's "Upload annotations" takes.

    An identity that is out of sight for a while has a box marked ``outside`` where it left. Every
    box is a key frame, for CVAT drops the others and draws straight lines in the image instead,
    which miss interpolated boxes wherever the camera pans. Raises StoreError.
    """
    with atomic_text(file) as text:
        text.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n')
        text.write("  <version>1.1</version>\n")
        text.writelines(_meta(identities, clip))
        for number, (identity, boxes) in enumerate(table.by_identity()):
            text.writelines(_track(boxes, identities.one(identity), number, clip.frame_count))
        text.write("</annotations>\n")


def _meta(identities: Identities, clip: ClipFacts) -> Iterator[str]:
    yield f"  <meta>\n    <task>\n      <name>{escape(clip.name)}</name>\n"
    yield f"      <size>{clip.frame_count}</size>\n      <mode>interpolation</mode>\n"
    yield "      <start_frame>0</start_frame>\n"
    yield f"      <stop_frame>{max(clip.frame_count - 1, 0)}</stop_frame>\n"
    yield "      <labels>\n"
    for role in sorted(set(identities.roles.tolist())):
        yield f"        <label>\n          <name>{role}</name>\n          <attributes>\n"
        for name in _ATTRIBUTES:
            yield (
                f"            <attribute><name>{name}</name><mutable>{name == 'source'}</mutable>"
                "<input_type>text</input_type><default_value></default_value>"
                "<values></values></attribute>\n"
            )
        yield "          </attributes>\n        </label>\n"
    yield "      </labels>\n      <original_size>\n"
    yield f"        <width>{clip.width}</width>\n        <height>{clip.height}</height>\n"
    yield "      </original_size>\n    </task>\n  </meta>\n"


def _track(boxes: TrackTable, identity: Identities, number: int, frame_count: int) -> Iterator[str]:
    """One ``track`` element; ``identity`` has one row."""
    team, shirt = int(identity.teams[0]), int(identity.numbers[0])
    known = {
        "team": "" if team == UNKNOWN else TEAMS[team],
        "number": "" if shirt == UNKNOWN else str(shirt),
        "name": str(identity.names[0]),
    }
    yield f'  <track id="{number}" label="{identity.roles[0]}" source="auto">\n'
    last = np.append(np.diff(boxes.frames) > 1, True)
    for row in range(len(boxes)):
        frame = int(boxes.frames[row])
        place = boxes.boxes[row].tolist()
        hidden = bool(boxes.interpolated[row])  # nobody saw it: CVAT calls that occluded
        told = known | {"source": "interpolated" if hidden else "detected"}
        yield _box(frame, place, told, outside=False, occluded=hidden)
        if last[row] and frame + 1 < frame_count:
            yield _box(frame + 1, place, told, outside=True, occluded=hidden)
    yield "  </track>\n"


def _box(
    frame: int, place: list[float], attributes: dict[str, str], *, outside: bool, occluded: bool
) -> str:
    left, top, right, bottom = place
    lines = "".join(
        f"      <attribute name={quoteattr(name)}>{escape(value)}</attribute>\n"
        for name, value in attributes.items()
    )
    return (
        f'    <box frame="{frame}" keyframe="1" outside="{int(outside)}" '
        f'occluded="{int(occluded)}" '
        f'xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}" z_order="0">\n'
        f"{lines}    </box>\n"
    )
