"""The table of the people of a clip checks what it is given, and says what people are called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.identities import OFFICIALS, TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable

THREE = replace(
    Identities.nothing_known(np.array([2, 5, 7])),
    teams=np.array([0, UNKNOWN, OFFICIALS]),
    numbers=np.array([9, UNKNOWN, UNKNOWN]),
    roles=np.array(["player", "goalkeeper", "referee"]),
)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("ids", np.array([2, 2, 7]), "identity 2: ids must ascend, each once"),
        ("roles", np.array(["player", "coach", "ball"]), "identity 5: roles are player"),
        ("teams", np.array([0, 1, len(TEAMS)]), "identity 7: teams lie in -1..2"),
        ("numbers", np.array([9, 100, 0]), "identity 5: numbers lie in 0..99"),
        ("team_confidences", np.array([0.5, np.nan, 0.5]), "identity 5: team confidences"),
        ("number_confidences", np.array([0.5, 0.5, 1.5]), "identity 7: number confidences"),
        ("seconds", np.array([-1.0, 0.0, 1.0]), "identity 2: seconds are 0 or more"),
        ("names", np.array(["Ann"]), r"names are .*; an array \(3,\) is needed"),
        ("teams", [0, 1, 2], r"teams are \[0, 1, 2\]; an array \(3,\) is needed"),
        ("teams", np.zeros(3), "teams are an array of float64"),
    ],
)
def test_what_no_person_can_be_is_refused(column: str, values: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(THREE, **{column: values})


def test_people_are_called_by_name_else_by_team_and_number_else_by_role() -> None:
    assert [THREE.label(row) for row in range(3)] == ["A 9", "goalkeeper 5", "officials referee 7"]
    assert THREE.with_names({5: "Ann"}).label(1) == "Ann"


def test_one_person_is_a_table_of_one() -> None:
    assert THREE.one(5).roles.tolist() == ["goalkeeper"]
    assert THREE[THREE.teams == OFFICIALS].ids.tolist() == [7]
    with pytest.raises(InputError, match="no identity 6; ids are 2 to 7"):
        THREE.one(6)


def test_nobody_is_a_table_too() -> None:
    nobody = Identities.of_tracks(TrackTable.empty(), 0.04)
    assert len(nobody) == len(nobody.with_names({})) == 0
