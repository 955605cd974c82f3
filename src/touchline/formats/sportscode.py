"""Sportscode XML: one instance per stretch in which a person is seen, one row per person.

Hudl Sportscode, LongoMatch, Nacsport and Metrica read it. Times are seconds of the video.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.stretches import stretches
from touchline.types import TrackTable

_COLOURS = {0: (65535, 65535, 65535), 1: (8224, 24672, 57568), 2: (57568, 49344, 8224)}
_GREY = (32768, 32768, 32768)


def write_sportscode(
    table: TrackTable, identities: Identities, clip: ClipFacts, file: Path
) -> None:
    """Writes when each person is in the image, for analysis programs. Raises StoreError."""
    seconds_a_frame = 1.0 / clip.frame_rate
    number = 0
    with atomic_text(file) as text:
        text.write('<?xml version="1.0" encoding="utf-8"?>\n<file>\n  <ALL_INSTANCES>\n')
        for identity, boxes in table.by_identity():
            person = identities.one(identity)
            for start, end in stretches(boxes.times):
                number += 1
                text.write(_instance(number, start, end + seconds_a_frame, person))
        text.write("  </ALL_INSTANCES>\n  <ROWS>\n")
        for row in range(len(identities)):
            red, green, blue = _COLOURS.get(int(identities.teams[row]), _GREY)
            text.write(
                f"    <row><sort_order>{row + 1}</sort_order><code>{_code(identities, row)}</code>"
                f"<R>{red}</R><G>{green}</G><B>{blue}</B></row>\n"
            )
        text.write("  </ROWS>\n</file>\n")


def _code(identities: Identities, row: int) -> str:
    return escape(f"{identities.label(row)} [{identities.ids[row]}]")


def _instance(number: int, start: float, end: float, person: Identities) -> str:
    team, shirt = int(person.teams[0]), int(person.numbers[0])
    labels = {
        "Identity": str(person.ids[0]),
        "Role": str(person.roles[0]),
        "Team": "" if team == UNKNOWN else TEAMS[team],
        "Number": "" if shirt == UNKNOWN else str(shirt),
        "Name": str(person.names[0]),
    }
    lines = "".join(
        f"      <label><group>{group}</group><text>{escape(value)}</text></label>\n"
        for group, value in labels.items()
        if value
    )
    return (
        f"    <instance>\n      <ID>{number}</ID>\n      <start>{start:.3f}</start>\n"
        f"      <end>{end:.3f}</end>\n      <code>{_code(person, 0)}</code>\n{lines}"
        "    </instance>\n"
    )
