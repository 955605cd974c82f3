"""A sequence folder of SoccerNet tracking: ``gt/gt.txt``, ``seqinfo.ini`` and ``gameinfo.ini``.

The layout: Cioppa et al., "SoccerNet-Tracking: Multiple object tracking dataset and benchmark in
soccer videos", CVPRW 2022.
"""

from __future__ import annotations

from pathlib import Path

from touchline.errors import StoreError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.mot import write_tracks
from touchline.identities import UNKNOWN, Identities
from touchline.types import TrackTable

_SIDES = ("left", "right")
"""The dataset's names of teams 0 and 1. Ours have no sides: A is written as left."""


def write_soccernet(
    table: TrackTable, identities: Identities, clip: ClipFacts, folder: Path
) -> None:
    """Writes a sequence folder, as the SoccerNet tools and ``touchline evaluate`` read it.

    Team A is written as left, team B as right. Raises StoreError.
    """
    try:
        (folder / "gt").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror}; choose another folder"
        ) from None
    write_tracks(table, folder / "gt" / "gt.txt")
    with atomic_text(folder / "seqinfo.ini") as text:
        text.write(f"[Sequence]\nname={clip.name}\nimDir=img1\nframeRate={clip.frame_rate:g}\n")
        text.write(f"seqLength={clip.frame_count}\nimWidth={clip.width}\nimHeight={clip.height}\n")
        text.write("imExt=.jpg\n")
    with atomic_text(folder / "gameinfo.ini") as text:
        text.write(f"[Sequence]\nname={clip.name}\nnum_tracklets={len(identities)}\n")
        for row, number in enumerate(identities.ids.tolist()):
            text.write(f"trackletID_{number}= {_words(identities, row)}\n")


def _words(identities: Identities, row: int) -> str:
    """As in the data: ``player team left;10``, ``goalkeeper team right;1``, ``referee;main``."""
    role, team = str(identities.roles[row]), int(identities.teams[row])
    shirt = int(identities.numbers[row])
    mark = "" if shirt == UNKNOWN else str(shirt)
    if role == "ball":
        return "ball;1"
    if role == "referee":
        return f"referee;{mark}"
    if team not in (0, 1):
        return f"{'other' if role == 'person' else role};{mark}"
    return f"{'player' if role == 'person' else role} team {_SIDES[team]};{mark}"
