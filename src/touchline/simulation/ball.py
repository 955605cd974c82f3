"""A ball passed from player to player, for teams and camera to follow. Not part of the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.simulation.config import PlayConfig
from touchline.simulation.people import PITCH, SimulatedPeople

_PASS_SPEED = 16.0  # metres a second
_USUAL_PASS = 16.0  # metres
_AT_FOOT = 0.7  # metres before the player
_ALONE_SPEED = 7.0  # metres a second, where nobody plays


class Ball:
    """Where the ball is, and who has it or will get it (a row of people, -1: nobody)."""

    def __init__(
        self, config: PlayConfig, people: SimulatedPeople, generator: np.random.Generator
    ) -> None:
        self._config = config
        self._generator = generator
        self._sides = people.sides
        self._players = np.flatnonzero(people.sides != 0)
        self.place = generator.uniform(-0.3, 0.3, 2) * PITCH
        self.owner = int(generator.choice(self._players)) if len(self._players) else -1
        self.flies = True
        self._goal = self.place.copy()

    def step(
        self, seconds: float, places: NDArray[np.float64], speeds: NDArray[np.float64]
    ) -> None:
        """Move on by ``seconds``; ``places`` and ``speeds`` (N, 2) are those of the people."""
        if self.owner < 0:
            self._roll(seconds)
        elif self.flies:
            self._fly(seconds, places[self.owner])
        else:
            speed = speeds[self.owner]
            ahead = speed / max(float(np.hypot(*speed)), 1.0) * _AT_FOOT
            self.place = places[self.owner] + ahead
            if self._generator.random() < seconds / self._config.possession_seconds:
                self._pass(places)

    def _roll(self, seconds: float) -> None:
        way = self._goal - self.place
        distance = float(np.hypot(*way))
        if distance < 2.0:
            self._goal = self._generator.uniform(-0.45, 0.45, 2) * PITCH
        self.place = self.place + way / max(distance, 1e-9) * min(distance, _ALONE_SPEED * seconds)

    def _fly(self, seconds: float, goal: NDArray[np.float64]) -> None:
        way = goal - self.place
        distance = float(np.hypot(*way))
        self.flies = distance > _PASS_SPEED * seconds
        share = _PASS_SPEED * seconds / distance if self.flies else 1.0
        self.place = self.place + way * share

    def _pass(self, places: NDArray[np.float64]) -> None:
        """Choose who gets the ball: mostly a team-mate at a typical distance, often forward."""
        side = self._sides[self.owner]
        lost = self._generator.random() < self._config.loss_share
        others = self._players[self._players != self.owner]
        chosen = others[self._sides[others] == (-side if lost else side)]
        if not len(chosen):
            return
        way = places[chosen] - self.place
        distance = np.hypot(way[:, 0], way[:, 1])
        liking = -np.abs(distance - _USUAL_PASS) / 8.0 + 0.03 * side * way[:, 0]
        weight = np.exp(liking - liking.max())
        self.owner = int(self._generator.choice(chosen, p=weight / weight.sum()))
        self.flies = True
