"""Game states of a made-up clip and what an imperfect program would say of it, by a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from touchline.metrics.game_state import GameStates


def true_states(seed: int, people: int = 24, frames: int = 80) -> GameStates:
    """Two teams with keepers, and officials; everybody runs in curves and is away at times."""
    random = np.random.default_rng(seed)
    at, who = np.arange(frames), np.arange(people)
    start, pace = (
        random.uniform((-50, -32), (50, 32), (people, 2)),
        random.normal(0, 4, (people, 2)),
    )
    bend = random.uniform(0.02, 0.1, (people, 1, 1))
    times = at[None, :, None] * bend
    places = start[:, None] + pace[:, None] * np.stack([np.sin(times), np.cos(times)], 3)[..., 0, :]
    there = random.random((people, frames)) < 0.85
    roles = np.array(["player"] * 20 + ["goalkeeper"] * 2 + ["referee", "other"])
    teams = np.array([0] * 10 + [1] * 10 + [0, 1, -1, -1])
    numbers = np.array([*range(2, 12), *range(2, 12), 1, 1, -1, -1])
    owner, frame = np.nonzero(there)
    return GameStates(
        at[frame],
        who[owner] + 1,
        np.round(places[owner, frame], 2),
        roles[owner],
        teams[owner],
        numbers[owner],
    ).sorted()


def disturbed(truth: GameStates, seed: int, metres: float = 1.0) -> GameStates:
    """``truth`` with noise, misses, false people, swapped ids and wrong attributes."""
    random = np.random.default_rng(seed + 1000)
    count = len(truth)
    kept = random.random(count) < 0.9
    ids = truth.ids + 700 * (truth.frames > 40) * (truth.ids % 5 == 0)
    ids = np.where((truth.frames > 60) & (truth.ids == 3), 900, ids)
    wrong = truth.ids % 7 == 1
    result = replace(
        truth,
        ids=ids,
        places=np.round(truth.places + random.normal(0, metres, (count, 2)), 2),
        numbers=np.where(wrong & (truth.frames % 3 == 0), -1, truth.numbers),
        teams=np.where(truth.ids == 6, 1, truth.teams),
        roles=np.where(truth.ids == 21, "player", truth.roles),
    )
    false = random.random(count) < 0.05
    columns = {
        name: np.concatenate([getattr(result, name)[kept], getattr(result, name)[false]])
        for name in ("frames", "ids", "places", "roles", "teams", "numbers")
    }
    columns["ids"][kept.sum() :] += 1000
    return GameStates(**columns).sorted()
