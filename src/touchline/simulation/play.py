"""Movement on the pitch: teams keep their shape around the ball, with individual deviations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from touchline.simulation.ball import Ball
from touchline.simulation.config import PlayConfig
from touchline.simulation.people import PITCH, SimulatedPeople
from touchline.simulation.wandering import Wandering

Places = NDArray[np.float64]
"""(N, 2) metres from the middle of the pitch."""

_STEP_SECONDS = 0.05  # longest step of the movement
_SETTLE_SECONDS = 10.0  # played before the scene begins
_SPRINT_SECONDS = 3.0
_SPRINT_METRES = 20.0
_MARKING_METRES = 6.0
_PERSONAL_SPACE = 0.9  # metres
_OUTSIDE = 3.0  # metres that people go beyond the lines


class Play:
    """Moves everybody. ``places`` and ``speeds`` are (N, 2), metres and metres a second."""

    def __init__(
        self, config: PlayConfig, people: SimulatedPeople, generator: np.random.Generator
    ) -> None:
        self._config = config
        self._people = people
        self._generator = generator
        self._sides = people.sides.astype(np.float64)
        self._keepers = people.roles == "goalkeeper"
        self._outfield = people.roles == "player"
        self._referees = np.flatnonzero(people.sides == 0)
        count = len(people)
        self._fastest = config.max_speed * generator.uniform(0.8, 1.0, count)
        self._wander: dict[float, Wandering] = {}
        self._sprint_left = np.zeros(count)
        self._sprint_way = np.zeros((count, 2))
        self.ball = Ball(config, people, generator)
        self.places = self._goals(np.zeros((count, 2)))
        self.speeds = np.zeros((count, 2))
        for _ in range(round(_SETTLE_SECONDS / _STEP_SECONDS)):
            self._step(_STEP_SECONDS)

    def advance(self, seconds: float) -> None:
        """Play on for ``seconds``."""
        steps = int(np.ceil(seconds / _STEP_SECONDS))
        for _ in range(steps):
            self._step(seconds / steps)

    def _step(self, seconds: float) -> None:
        config = self._config
        goals = self._goals(self._config.wander * self._wandering(seconds))
        self._mark(goals)
        hurry = self._sprints(seconds, goals) | self._chase(goals)
        limit = self._fastest * np.where(hurry, 1.0, 0.6)
        wanted = _shortened((goals - self.places) / 1.0, limit)
        push = (wanted - self.speeds) / 0.4 + self._crowding()
        push = _shortened(push, np.full(len(push), config.max_acceleration))
        self.speeds = _shortened(self.speeds + push * seconds, self._fastest)
        self.places = self.places + self.speeds * seconds
        self.ball.step(seconds, self.places, self.speeds)

    def _wandering(self, seconds: float) -> NDArray[np.float64]:
        """(N, 2) slowly changing standard normal numbers."""
        if seconds not in self._wander:  # the steps before the scene have a length of their own
            slow = np.ones(2)
            self._wander[seconds] = Wandering(slow, (4.0, 1.0), seconds, self._generator)
        return self._wander[seconds].step(self._people.ids)

    def _goals(self, wander: NDArray[np.float64]) -> Places:
        """Where each person would like to be, by role and ball, moved by ``wander``."""
        people, sides, ball = self._people, self._sides, self.ball.place
        goals = np.empty((len(people), 2))
        goals[:, 0] = sides * people.homes[:, 0] + 0.65 * ball[0]
        goals[:, 1] = 0.8 * people.homes[:, 1] + 0.4 * ball[1]
        line = PITCH[0] / 2
        goals[self._keepers, 0] = -sides[self._keepers] * (line - 4.0) + 0.08 * ball[0]
        goals[self._keepers, 1] = 0.15 * ball[1]
        goals[self._keepers] += 0.3 * wander[self._keepers]
        goals[self._outfield] += wander[self._outfield]
        for number, row in enumerate(self._referees):
            goals[row] = self._referee_goal(number) + 0.5 * wander[row]
        limits = np.array(PITCH) / 2 + _OUTSIDE
        return np.clip(goals, -limits, limits)

    def _referee_goal(self, number: int) -> NDArray[np.float64]:
        """The first referee runs near the ball, others along a touchline, half a pitch each."""
        ball = self.ball.place
        if number == 0:
            return ball * 0.85 + (-6.0, 9.0)
        half = 1.0 if number % 2 else -1.0
        x = half * np.clip(half * ball[0] + 12.0, 0.0, PITCH[0] / 2)
        beyond = 0.8 * ((number + 1) // 2)
        return np.array([x, half * (PITCH[1] / 2 + beyond)])

    def _mark(self, goals: Places) -> None:
        """The team without the ball stays close to its opponents; moves ``goals``."""
        owner = self.ball.owner
        if owner < 0:
            return
        side = self._sides[owner]
        markers = np.flatnonzero(self._outfield & (self._sides == -side))
        marked = np.flatnonzero(self._outfield & (self._sides == side))
        if not (len(markers) and len(marked)):
            return
        away, nearest = cKDTree(self.places[marked]).query(self.places[markers])
        pull = self._config.marking * np.exp(-((away / _MARKING_METRES) ** 2))
        beside = self.places[marked[nearest]] + (1.2 * side, 0.0)  # between opponent and goal
        goals[markers] += pull[:, None] * (beside - goals[markers])

    def _sprints(self, seconds: float, goals: Places) -> NDArray[np.bool_]:
        """Sometimes a player runs off in the direction of the attack; moves ``goals``."""
        generator, count = self._generator, len(goals)
        self._sprint_left -= seconds
        begins = generator.random(count) < seconds / self._config.sprint_every_seconds
        begins &= self._outfield & (self._sprint_left <= 0.0)
        ways = generator.normal(0.0, 0.5, (count, 2)) + np.column_stack(
            [self._sides, 0 * goals[:, 1]]
        )
        self._sprint_left[begins] = _SPRINT_SECONDS * generator.uniform(0.5, 1.5, count)[begins]
        self._sprint_way[begins] = _SPRINT_METRES * ways[begins]
        runs = self._sprint_left > 0.0
        goals[runs] += self._sprint_way[runs]
        return runs

    def _chase(self, goals: Places) -> NDArray[np.bool_]:
        """The ball attracts people near it, above all the nearest of each team; moves ``goals``."""
        ball = self.ball.place
        away = self.places - ball
        distance = np.where(self._outfield, np.hypot(away[:, 0], away[:, 1]), np.inf)
        pull = 0.85 * np.exp(-((distance / 7.0) ** 2))
        for side in (1, -1):
            near = np.where(self._people.sides == side, distance, np.inf)
            if np.isfinite(near).any():
                pull[near.argmin()] = 1.0
        goals += pull[:, None] * (ball - goals)
        owner = self.ball.owner
        if owner >= 0:
            # The player with the ball runs at the other goal, until near it.
            forward = self._sides[owner] * (PITCH[0] / 2 - 8.0) - self.places[owner, 0]
            goals[owner] = (
                ball
                if self.ball.flies
                else self.places[owner]
                + (
                    float(np.clip(forward, -6.0, 6.0)),
                    -0.1 * self.places[owner, 1],
                )
            )
        return pull > 0.5

    def _crowding(self) -> NDArray[np.float64]:
        """(N, 2) acceleration that keeps bodies apart."""
        push = np.zeros_like(self.places)
        if not len(push):
            return push
        pairs = cKDTree(self.places).query_pairs(_PERSONAL_SPACE, output_type="ndarray")
        way = self.places[pairs[:, 0]] - self.places[pairs[:, 1]]
        distance = np.maximum(np.hypot(way[:, 0], way[:, 1]), 0.05)
        force = 12.0 * np.maximum(0.0, 1.0 - distance / _PERSONAL_SPACE) / distance
        np.add.at(push, pairs[:, 0], force[:, None] * way)
        np.subtract.at(push, pairs[:, 1], force[:, None] * way)
        return push


def _shortened(vectors: NDArray[np.float64], longest: NDArray[np.float64]) -> NDArray[np.float64]:
    """``vectors`` (N, 2), none longer than ``longest``, (N,)."""
    length = np.hypot(vectors[:, 0], vectors[:, 1])
    short: NDArray[np.float64] = (
        vectors * np.minimum(1.0, longest / np.maximum(length, 1e-9))[:, None]
    )
    return short
