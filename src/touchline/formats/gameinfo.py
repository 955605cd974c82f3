"""``gameinfo.ini`` of SoccerNet tracking: which match a clip shows, and who is who in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import TRACK_ID
from touchline.identities import UNKNOWN, Identities
from touchline.role_words import UNKNOWN_ROLE, role_of
from touchline.sequence_info import read_entries

SIDES = ("left", "right")
"""The dataset's names of teams 0 and 1. Ours have no sides: A is written as left."""

_TEAM = re.compile(rf"\bteams? ({'|'.join(SIDES)})\b")


@dataclass(frozen=True, slots=True)
class GameInfo:
    """What the file says. game_id: of the match, None where it says none.

    roles: of each track id. teams: left or right, of the track ids that have one.
    """

    game_id: str | None
    roles: dict[int, str]
    teams: dict[int, str]


def read_gameinfo(file: Path) -> GameInfo:
    """What lines say such as ``gameID=4`` and ``trackletID_1= player team left;10``.

    What stands before the semicolon tells the role as class names do; anything that tells none
    (``other``) is ``person``. Raises FormatError naming the line for a tracklet without a number.
    """
    game_id: str | None = None
    roles: dict[int, str] = {}
    teams: dict[int, str] = {}
    for entry in read_entries(file):
        if entry.key == "gameid":
            game_id = game_id or entry.value or None
        if not entry.key.startswith("trackletid_"):
            continue
        number = entry.key.removeprefix("trackletid_")
        if not TRACK_ID.fullmatch(number):
            raise FormatError(f"{file}, line {entry.line}: {entry.key!r} names no track id")
        roles[int(number)] = role_of(entry.value.split(";")[0]) or UNKNOWN_ROLE
        team = _TEAM.search(entry.value.lower())
        if team:
            teams[int(number)] = team[1]
    return GameInfo(game_id, roles, teams)


def write_gameinfo(identities: Identities, name: str, file: Path) -> None:
    """Who is who in the clip ``name``. Raises StoreError."""
    with atomic_text(file) as text:
        text.write(f"[Sequence]\nname={name}\nnum_tracklets={len(identities)}\n")
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
    return f"{'player' if role == 'person' else role} team {SIDES[team]};{mark}"
