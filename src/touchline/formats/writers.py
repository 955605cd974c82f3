"""Export formats for tracks, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from touchline.formats.clip_facts import ClipFacts
from touchline.formats.coco import write_coco
from touchline.formats.common_data import write_common_data
from touchline.formats.cvat import write_cvat
from touchline.formats.game_state import write_game_state
from touchline.formats.label_studio import write_label_studio
from touchline.formats.metre_tables import write_long_table, write_wide_table
from touchline.formats.mot import write_mot
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.formats.skillcorner import write_skillcorner
from touchline.formats.soccernet import write_soccernet
from touchline.formats.sportscode import write_sportscode
from touchline.formats.table import write_csv
from touchline.formats.truth_folder import write_truth
from touchline.identities import Identities
from touchline.types import TrackTable

Write = Callable[[TrackTable, Identities, ClipFacts, Path], None]
"""Writes the tracks of a clip to a file or folder; raises StoreError."""


class Writer(NamedTuple):
    """How a format is written. ending: of the file's name; empty where it is a folder."""

    write: Write
    ending: str
    what: str


class MetreWriter(NamedTuple):
    """How a format in metres is written. ending: of the file's name; empty for a folder."""

    write: Callable[[PeopleInMetres, Path], None]
    ending: str
    what: str


WRITERS: dict[str, Writer] = {
    "mot": Writer(
        lambda table, _people, _clip, file: write_mot(table, file),
        ".txt",
        "MOTChallenge text, 10 columns",
    ),
    "csv": Writer(
        lambda table, people, _clip, file: write_csv(table, file, people),
        ".csv",
        "every box with time, role and source",
    ),
    "soccernet": Writer(write_soccernet, "", "a sequence folder of SoccerNet tracking"),
    "truth": Writer(
        write_truth, "", "truth for evaluate and reid prepare, when somebody has looked it through"
    ),
    "coco": Writer(write_coco, ".json", "COCO instances, a category a role"),
    "cvat": Writer(write_cvat, ".xml", "CVAT for video 1.1"),
    "label-studio": Writer(
        write_label_studio, ".json", "Label Studio, a task of video object tracking"
    ),
    "sportscode": Writer(write_sportscode, ".xml", "who is in the image when, for analysis"),
}
"""A new format is one function and one line here."""

METRE_WRITERS: dict[str, MetreWriter] = {
    "game-state": MetreWriter(write_game_state, ".json", "SoccerNet Game State, predictions"),
    "cdf": MetreWriter(write_common_data, "", "Common Data Format, a folder"),
    "skillcorner": MetreWriter(write_skillcorner, "", "SkillCorner's tracking, a folder"),
    "metres-long": MetreWriter(write_long_table, ".csv", "a row a person and frame, in metres"),
    "metres-wide": MetreWriter(write_wide_table, ".csv", "a row a frame, in metres"),
}
"""Formats of clips whose people are known in metres."""

WORKBOOK = "xlsx"
"""The format that holds all tables of a run, not only its tracks; ``run.workbook`` writes it."""

EXPORT_FORMATS = (*WRITERS, *METRE_WRITERS, WORKBOOK)
"""What a run can be exported as."""
