"""Selects the boxes that count: the roles asked for, in truth and result."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from touchline.errors import UsageError
from touchline.formats.sequences import TrackSequence
from touchline.metrics.alignment import align
from touchline.types import PEOPLE, ROLES, TrackTable

logger = logging.getLogger(__name__)


def check_roles(roles: Sequence[str]) -> None:
    """Raises UsageError for no role at all and for an unknown one."""
    if not roles:
        raise UsageError(f"no role is given; roles are {', '.join(ROLES)}")
    for role in roles:
        if role not in ROLES:
            raise UsageError(f"role {role!r} is unknown; roles are {', '.join(ROLES)}")


def counted_truth(true: TrackSequence, roles: Sequence[str]) -> TrackTable:
    """The true boxes of these roles; a warning where there are none.

    Raises UsageError where nothing says who has them.
    """
    if not true.has_roles and "person" not in roles:
        raise UsageError(
            f"{true.name}: neither roles.csv nor gameinfo.ini says who is {' or '.join(roles)}; "
            "write one, or leave --roles out"
        )
    counted = _keep(true.tracks, np.isin(true.tracks.roles, roles))
    if len(true.tracks) and not len(counted):
        logger.warning(
            "%s: nobody in the truth counts: its %d boxes are %s, asked for are %s (--roles)",
            true.name,
            len(true.tracks),
            " and ".join(sorted(set(true.tracks.roles.tolist()))),
            ", ".join(roles),
        )
    return counted


def counted_result(
    true: TrackSequence, found: TrackSequence, roles: Sequence[str], scale: float
) -> TrackTable:
    """The result's boxes of these roles, in the truth's pixels (``scale`` times as large).

    A result without roles counts whole, and a ``person`` of one with roles may be a player, a
    keeper or a referee. So a box that shows (IoU at least 0.5, each frame paired at its best) a
    true person who is not asked for is left out: it is neither right nor wrong.
    """
    tracks = found.tracks
    if found.has_roles:
        asked = {*roles, "person"} if set(roles) & set(PEOPLE) else set(roles)
        tracks = _keep(tracks, np.isin(tracks.roles, sorted(asked)))
    if scale != 1.0:
        tracks = replace(tracks, boxes=tracks.boxes * scale)
    people = _keep(true.tracks, np.isin(true.tracks.roles, [*PEOPLE, *roles]))
    asked_for = np.isin(people.roles, roles)
    if asked_for.all() or not len(tracks):
        return tracks
    alignment = align(people, tracks, true.frame_rate)
    pairs = alignment.matches
    roles_of = dict(zip(people.ids.tolist(), people.roles.tolist(), strict=True))
    others = np.array([roles_of[one] not in roles for one in alignment.truth_ids.tolist()])
    shown = others[pairs.truth]
    # Rows by frame and id are unique and sorted, in the table as in these two columns.
    width = len(alignment.result_ids)
    row_keys = np.searchsorted(alignment.frames, tracks.frames) * width
    row_keys += np.searchsorted(alignment.result_ids, tracks.ids)
    return _keep(tracks, ~np.isin(row_keys, pairs.frames[shown] * width + pairs.result[shown]))


def _keep(tracks: TrackTable, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> TrackTable:
    return tracks if kept.all() else tracks[kept]
