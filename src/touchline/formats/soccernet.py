"""A sequence folder of SoccerNet tracking: ``gt/gt.txt``, ``seqinfo.ini`` and ``gameinfo.ini``.

The layout: Cioppa et al., "SoccerNet-Tracking: Multiple object tracking dataset and benchmark in
soccer videos", CVPRW 2022.
"""

from __future__ import annotations

from pathlib import Path

from touchline.formats.clip_facts import ClipFacts
from touchline.formats.gameinfo import write_gameinfo
from touchline.formats.mot import write_mot
from touchline.formats.output_folder import made_folder
from touchline.formats.truth_folder import write_seqinfo
from touchline.identities import Identities
from touchline.types import TrackTable


def write_soccernet(
    table: TrackTable, identities: Identities, clip: ClipFacts, folder: Path
) -> None:
    """Writes a sequence folder, as the SoccerNet tools and ``touchline evaluate`` read it.

    Team A is written as left, team B as right. Raises StoreError.
    """
    made_folder(folder / "gt")
    write_mot(table, folder / "gt" / "gt.txt")
    write_seqinfo(
        folder,
        name=clip.name,
        frame_rate=clip.frame_rate,
        frame_count=clip.frame_count,
        image_size=(clip.width, clip.height),
    )
    write_gameinfo(identities, clip.name, folder / "gameinfo.ini")
