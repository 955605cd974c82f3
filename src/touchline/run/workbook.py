"""All tables of a run as one workbook, for whoever works with spreadsheets."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from touchline.formats.ball_csv import BALL_HEADER, BALL_SOURCES
from touchline.formats.joins_json import JoinRead, read_joins
from touchline.formats.players import PLAYERS_HEADER, player_rows
from touchline.formats.table import CONFIDENCE, HEADER, SOURCES, WHO
from touchline.formats.workbook import MAX_ROWS, Sheet, require_xlsx, write_workbook
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.join_words import join_cues, speed
from touchline.run.tables import ball_of, identities_of, tracks_of
from touchline.stretches import stretches
from touchline.types import TrackTable

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 10_000
_DECIMALS = {
    **dict.fromkeys(("time", "start", "end", "left", "first_time", "last_time"), 2),
    **dict.fromkeys(("seconds", "least_sure_time", "metres_a_second", "margin", "log_odds"), 2),
    **dict.fromkeys(("x1", "y1", "x2", "y2", "x", "y", "w", "h"), 2),
    **dict.fromkeys(("score", "confidence", "interpolated_share", "least_confidence"), 3),
    **dict.fromkeys(("team_confidence", "number_confidence", "person_confidence"), 3),
}


def write_run_workbook(folder: RunFolder, file: Path) -> Path:
    """Write players, stretches, joins, ball and tracks of a run, a sheet each; returns ``file``.

    A table that is longer than a sheet is left out, with a warning. Raises UsageError for a run
    without tracks and where the extra "xlsx" is missing, FormatError for a damaged table.
    """
    require_xlsx()
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
    table, ball = tracks_of(folder), ball_of(folder)
    people = identities_of(folder, table, facts.video.fps)
    players = player_rows(people, facts.recognised)
    who = {row["identity"]: [row[name] for name in WHO] for row in players}
    corners = ball.boxes
    places = np.hstack([corners[:, :2], np.round(corners[:, 2:] - corners[:, :2], 2)])
    sources = [BALL_SOURCES[bridged] for bridged in ball.bridged.tolist()]
    columns = [ball.frames + 1, *places.T, ball.confidences]
    sheets = [
        Sheet("players", PLAYERS_HEADER, (list(row.values()) for row in players), _DECIMALS),
        Sheet("stretches", _STRETCHES, _stretch_rows(table, people, who), _DECIMALS),
        Sheet("joins", _JOINS, map(_join_row, read_joins(folder.links)), _DECIMALS),
        Sheet(
            "ball",
            BALL_HEADER,
            zip(*(column.tolist() for column in columns), sources, strict=True),
            _DECIMALS,
        ),
    ]
    if len(table) <= MAX_ROWS:
        sure = () if table.confidences is None else (CONFIDENCE,)
        sheets.append(Sheet("tracks", (*HEADER, *sure, *WHO), _track_rows(table, who), _DECIMALS))
    else:
        logger.warning(
            "the tracks are left out of %s: %d boxes, and a sheet holds %d; %s has them",
            file.name,
            len(table),
            MAX_ROWS,
            folder.tracks_csv,
        )
    write_workbook(sheets, file)
    return file


_STRETCHES = ("identity", *WHO, "stretch", "start", "end", "seconds")
_JOINS = (
    *("identity", "left", "time", "confidence", "margin", "log_odds", "metres_a_second"),
    *("runner_up", "evidence"),
)


def _stretch_rows(
    table: TrackTable, people: Identities, who: dict[int, list[Any]]
) -> Iterator[list[Any]]:
    """When each person is in the image."""
    times = {identity: own.times for identity, own in table.by_identity()}
    for identity in people.ids.tolist():
        for number, (start, end) in enumerate(stretches(times[identity]), 1):
            yield [identity, *who[identity], number, start, end, end - start]


def _join_row(join: JoinRead) -> list[Any]:
    other = None if join.runner_up is None else join.runner_up.identity
    told = ", ".join(map(str, join_cues(join)))
    pace, margin = speed(join), None if math.isinf(join.margin) else join.margin  # as was stated
    known = (join.confidence, margin, join.log_odds, None if pace is None else round(pace, 2))
    return [join.identity, join.before.end, join.time, *known, other, told]


def _track_rows(table: TrackTable, who: dict[int, list[Any]]) -> Iterator[list[Any]]:
    """The rows of tracks.csv, some at a time."""
    table = table.sorted()
    for start in range(0, len(table), _ROWS_AT_ONCE):
        part = table[start : start + _ROWS_AT_ONCE]
        columns = [part.frames + 1, part.times, part.ids, *part.boxes.T, part.scores, part.roles]
        columns.append(np.where(part.interpolated, SOURCES[1], SOURCES[0]))
        if part.confidences is not None:
            columns.append(part.confidences)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for row, identity in zip(rows, part.ids.tolist(), strict=True):
            yield list(chain(row, who[identity]))
