"""What clothes say of two tracklets, with sides of any size."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.clothes.collection import Clothes
from touchline.linking.clothes_llr import weigh_clothes
from touchline.linking.config import GlobalLinkConfig
from touchline.types import ROLES

FRAMES = 40


def two_teams(size: int) -> tuple[Clothes, np.ndarray, np.ndarray]:
    """Clothes of two teams of ``size``, all seen in every frame, with the table's columns."""
    draw = np.random.default_rng(0)
    people = 2 * size
    frames = np.repeat(np.arange(FRAMES), people)
    owners = np.tile(np.arange(people), FRAMES)
    kit = np.where(owners[:, None] < size, 200.0, 40.0) + draw.normal(0.0, 3.0, (len(owners), 12))
    rows = len(owners)
    clothes = Clothes(
        owners,
        frames / 2.0,
        np.zeros((rows, 2), np.float32),
        kit.astype(np.float32),
        np.full(rows, ROLES.index("player"), np.uint8),
        np.full(rows, 0.9),
        np.full(rows, -1),
        np.zeros(rows, np.float32),
    )
    return clothes, frames, owners


@pytest.mark.parametrize(("players", "side_size", "doubted"), [(8, 7, 2), (8, 11, 0), (8, None, 0)])
def test_more_of_a_kit_than_a_side_has_are_not_believed(
    players: int, side_size: int | None, doubted: int
) -> None:
    clothes, frames, owners = two_teams(players)
    found = weigh_clothes(clothes, frames, owners, GlobalLinkConfig(side_size=side_size))
    every = np.arange(2 * players)
    nothing_said = (found.teams(every[:, None], every) == 0.0).all(axis=1)
    assert int(nothing_said.sum()) == doubted
