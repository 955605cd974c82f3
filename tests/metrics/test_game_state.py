"""GS-HOTA is SoccerNet's own number, and says what it should where one can say it by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from disturbed_states import disturbed, true_states
from rendered_states import CLIPS, rendered_folder, rendered_states

from touchline.errors import InputError
from touchline.metrics.game_state import GameStates, gs_hota

GOLDEN = json.loads((Path(__file__).parent / "golden" / "game_state.json").read_text())


def agrees(truth: GameStates, seed: int, golden: dict[str, list[float]]) -> None:
    found = gs_hota(truth, disturbed(truth, seed))
    for name, one in (("HOTA_TP", found.tp), ("HOTA_FN", found.fn), ("HOTA_FP", found.fp)):
        assert one.tolist() == golden[name], name
    for name in ("HOTA", "DetA", "AssA", "LocA"):
        assert np.allclose(getattr(found, name.lower()), golden[name], rtol=0, atol=1e-12), name


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_it_is_the_number_of_the_reference_package(seed: int) -> None:
    agrees(true_states(seed), seed, GOLDEN[str(seed)])


@pytest.mark.skipif(rendered_folder() is None, reason="needs TOUCHLINE_DATA")
@pytest.mark.parametrize(("place", "name"), list(enumerate(CLIPS)))
def test_it_is_the_number_of_the_reference_package_on_rendered_truth(place: int, name: str) -> None:
    agrees(rendered_states(name), 4 + place, GOLDEN[name])


def test_truth_is_perfect_and_five_metres_off_is_hardly_right() -> None:
    truth = true_states(7)
    assert gs_hota(truth, truth).overall == pytest.approx(1.0)
    near = replace(truth, places=truth.places + np.array([4.99, 0]))
    assert gs_hota(truth, near).hota[0] > 0.5
    assert gs_hota(truth, near).hota[1] < 0.1
    far = replace(truth, places=truth.places + np.array([5.01, 0]))
    assert gs_hota(truth, far).hota[0] < 0.1


def test_a_wrong_number_team_or_role_makes_a_person_wrong_where_it_counts() -> None:
    truth = true_states(8)
    players, keepers = truth.roles == "player", truth.roles == "goalkeeper"
    referees = truth.roles == "referee"

    def perfect(**columns: Any) -> bool:
        return gs_hota(truth, replace(truth, **columns)).overall > 1 - 1e-9

    assert not perfect(numbers=np.where(players, -1, truth.numbers))
    assert perfect(numbers=np.where(players, truth.numbers, 99))  # nobody else's counts
    assert not perfect(teams=np.where(keepers, 1 - truth.teams, truth.teams))
    assert perfect(teams=np.where(referees, 0, truth.teams))
    assert not perfect(roles=np.where(referees, "other", truth.roles))


def test_nobody_and_wrong_columns() -> None:
    truth = true_states(9)
    nobody = GameStates(*(getattr(truth, name)[:0] for name in GameStates.__slots__))
    assert gs_hota(truth, nobody).overall == 0
    assert gs_hota(nobody, nobody).loca[0] == 1
    with pytest.raises(InputError, match="role 'ball' of GameStates is none of player"):
        replace(truth, roles=np.full(len(truth), "ball"))
    with pytest.raises(InputError, match=r"places of GameStates are \(1, 3\)"):
        replace(truth, places=np.zeros((1, 3)))
    twice = GameStates(*(getattr(truth, name)[[0, 0]] for name in GameStates.__slots__))
    with pytest.raises(InputError, match="is twice in frame"):
        gs_hota(twice, truth)
