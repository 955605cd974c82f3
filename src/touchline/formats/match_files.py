"""The match that a clip shows and the team of each player, if a file beside it says so."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from touchline.errors import FormatError, UsageError
from touchline.formats.number_text import open_text
from touchline.sequence_info import read_entries
from touchline.text_tables import named_rows

_TEAM = re.compile(r"\bteams? (left|right)\b")


def read_teams(folder: Path) -> dict[int, str]:
    """The team of each track id of the sequence in ``folder``; ids without a team are left out.

    From the column ``team`` of ``roles.csv``, else from ``gameinfo.ini`` of SoccerNet tracking
    (``player team left`` is ``left``). Raises FormatError naming the line of an id that is no
    number.
    """
    table, info = folder / "roles.csv", folder / "gameinfo.ini"
    teams: dict[int, str] = {}
    if table.is_file():
        for line, row in _rows(table):
            team = row.get("team", "")
            if team:
                teams[_number(table, line, row.get("track_id", ""))] = team
    elif info.is_file():
        for entry in read_entries(info):
            team_words = _TEAM.search(entry.value.lower())
            if entry.key.startswith("trackletid_") and team_words:
                number = entry.key.removeprefix("trackletid_")
                teams[_number(info, entry.line, number)] = team_words[1]
    return teams


def read_game_id(folder: Path) -> str | None:
    """``gameID`` in the sequence's ``gameinfo.ini``: clips of one match share it."""
    file = folder / "gameinfo.ini"
    entries = read_entries(file) if file.is_file() else []
    return next((entry.value for entry in entries if entry.key == "gameid" and entry.value), None)


def read_matches(file: Path) -> dict[str, str]:
    """The match of each sequence, from a table with the columns ``sequence`` and ``match``.

    Raises UsageError for a missing file, FormatError naming the line of an empty or repeated name.
    """
    matches: dict[str, str] = {}
    for line, row in _rows(file):
        sequence, match = row.get("sequence", ""), row.get("match", "")
        if not sequence or not match or sequence in matches:
            problem = "is there twice" if sequence in matches else "and match are needed"
            raise FormatError(f"{file}, line {line}: sequence {sequence!r} {problem}")
        matches[sequence] = match
    if not matches:
        raise UsageError(
            f"{file} lists no sequence: it needs the header sequence,match and a line for each"
        )
    return matches


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Line number and fields of each row, without blanks around names and values."""
    try:
        with open_text(file) as text:
            return list(named_rows(text)[1])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{file} is not a table in UTF-8: {error}") from None


def _number(file: Path, line: int, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise FormatError(f"{file}, line {line}: {text!r} is not a track id") from None
