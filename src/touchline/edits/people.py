"""Who the identities of a clip are, as a person states it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from touchline.edits.anchors import who_is_in
from touchline.edits.facts import LABEL_KINDS, Edit, in_force
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable


def with_edits(
    people: Identities, table: TrackTable, edits: Sequence[Edit]
) -> tuple[Identities, list[str]]:
    """``people``, the identities of ``table``, as ``edits`` say; and what could not be done.

    Of two facts about one person the later one holds; what was undone says nothing.
    """
    columns = {
        name: getattr(people, name).tolist()
        for name in ("roles", "teams", "team_confidences", "numbers", "number_confidences", "names")
    }
    said: dict[tuple[str, int], Edit] = {}
    problems = []
    for edit in in_force(edits):
        if edit.kind not in LABEL_KINDS:
            continue
        identity = who_is_in(table, edit.boxes[0])
        if identity is None:
            problems.append(f"nobody is in that box of these tracks any more: {edit}")
            continue
        before = said.get((edit.kind, identity))
        if before is not None and before.value != edit.value:
            problems.append(f"identity {identity} has two facts, of which the later holds: {edit}")
        said[edit.kind, identity] = edit
    for (kind, identity), edit in said.items():
        row = int(np.searchsorted(people.ids, identity))
        value, sure = edit.value, 0.0 if edit.value is None else 1.0
        if kind == "name":
            columns["names"][row] = value or ""
        elif kind == "team":
            columns["teams"][row] = UNKNOWN if value is None else TEAMS.index(str(value))
            columns["team_confidences"][row] = sure
        elif kind == "number":
            columns["numbers"][row] = UNKNOWN if value is None else value
            columns["number_confidences"][row] = sure
        else:
            columns["roles"][row] = value or "person"
    arrays = {
        name: np.array(values, np.str_ if name in ("roles", "names") else None).reshape(len(people))
        for name, values in columns.items()
    }
    if not len(people):
        return people, problems
    return replace(people, **arrays), problems
