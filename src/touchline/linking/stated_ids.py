"""Identities of the online tracker, mended where stated facts say otherwise."""

from __future__ import annotations

import numpy as np

from touchline.linking.constraints import constrain
from touchline.linking.split import cut_at_rows
from touchline.linking.stated import StatedRows, Unmet
from touchline.linking.tracklets import shared_frames
from touchline.types import Ints, TrackTable


def mended_ids(table: TrackTable, ids: Ints, stated: StatedRows) -> tuple[Ints, tuple[Unmet, ...]]:
    """(M,) ``ids`` as the facts say, -1 for boxes that show no person; and facts that contradict.

    Who is cut in two keeps their id up to there. Frames of ``table`` are positions in the clip.
    """
    cuts = [
        later if sharp else _middle(ids, row, later) for row, later, sharp in stated.two_people(ids)
    ]
    pieces = cut_at_rows(table, ids, cuts)
    constraints = constrain(stated, table, pieces, shared_frames(table, pieces))
    _, first = np.unique(pieces, return_index=True)
    of_piece = ids[first]
    later = np.ones(len(of_piece), np.bool_)
    later[np.unique(of_piece, return_index=True)[1]] = False
    of_piece[later] = int(ids.max(initial=0)) + 1 + np.arange(int(later.sum()))
    found = of_piece[constraints.units]
    found[constraints.nobody] = -1
    return found[pieces], constraints.refused


def _middle(ids: Ints, row: int, later: int) -> int:
    mine = np.flatnonzero(ids == ids[row])
    mine = mine[(mine > row) & (mine <= later)]
    return int(mine[len(mine) // 2])
