"""Who is who in a ground truth, by the file beside it: ``roles.csv`` or ``gameinfo.ini``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.formats.gameinfo import read_gameinfo
from touchline.formats.roles_csv import TrueRoles, read_roles_csv
from touchline.role_words import UNKNOWN_ROLE
from touchline.types import Roles, TrackTable


def read_true_roles(folder: Path) -> TrueRoles | None:
    """Roles and teams of the track ids of the sequence in ``folder``; None where no file says it.

    ``roles.csv`` goes before ``gameinfo.ini``: a person wrote it.
    """
    if (folder / "roles.csv").is_file():
        return read_roles_csv(folder / "roles.csv")
    if (folder / "gameinfo.ini").is_file():
        info = read_gameinfo(folder / "gameinfo.ini")
        return TrueRoles(info.roles, info.teams)
    return None


def read_game_id(folder: Path) -> str | None:
    """``gameID`` in the sequence's ``gameinfo.ini``: clips of one match share it."""
    file = folder / "gameinfo.ini"
    return read_gameinfo(file).game_id if file.is_file() else None


def roles_of(ids: NDArray[np.int64], roles: Mapping[int, str]) -> Roles:
    """(N,) role of each id; ``person`` for an id that ``roles`` does not name."""
    unique, rows = np.unique(ids, return_inverse=True)
    names = [roles.get(track_id, UNKNOWN_ROLE) for track_id in unique.tolist()]
    return np.array(names, TrackTable.empty().roles.dtype)[rows]
