"""How likely one sighting of a ball follows another: a filter of position and speed for each path.

Candidates that are no ball lie anywhere, or still where others were; the filter is that of Kalman
with white noise of the acceleration, the same in both directions of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.linking.ball.model import BallModel
from touchline.types import Affine, Floats, Index, Mask


@dataclass(frozen=True, slots=True)
class BallStates:
    """Where M balls are thought to be.

    Args:
        table: (M, 9), a row each of the columns below: they are picked and joined together.
    """

    table: Floats

    @property
    def places(self) -> Floats:
        """(M, 2) centres when they were seen last, in pixels of the newest frame."""
        return self.table[:, :2]

    @property
    def speeds(self) -> Floats:
        """(M, 2) pixels a second."""
        return self.table[:, 2:4]

    @property
    def covariances(self) -> Floats:
        """(M, 3) of place, of place with speed, and of speed, in heights of people."""
        return self.table[:, 4:7]

    @property
    def times(self) -> Floats:
        """(M,) seconds when they were seen last."""
        return self.table[:, 7]

    @property
    def beside(self) -> Mask:
        """(M,) whether a person was beside them."""
        return np.asarray(self.table[:, 8] > 0.0)

    @classmethod
    def new(cls, places: Floats, time: float, beside: Mask, model: BallModel) -> BallStates:
        """States of balls that were just seen for the first time, at (K, 2) places."""
        table = np.zeros((len(places), 9))
        table[:, :2] = places
        table[:, 4], table[:, 6] = model.noise**2, model.speed**2
        table[:, 7], table[:, 8] = time, beside
        return cls(table)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rows: Index | Mask) -> BallStates:
        return BallStates(self.table[rows])

    def followed_by(self, others: BallStates) -> BallStates:
        """These, then the others."""
        return BallStates(np.concatenate([self.table, others.table]))

    def where(self, rows: Mask, others: BallStates) -> BallStates:
        """These in ``rows``, elsewhere the others; as many of both."""
        return BallStates(np.where(rows[:, None], self.table, others.table))

    def moved(self, motion: Affine) -> BallStates:
        """The same in pixels of the frame after ``motion``."""
        turn, table = motion[:, :2].T, self.table.copy()
        table[:, :2] = self.places @ turn + motion[:, 2]
        table[:, 2:4] = self.speeds @ turn
        return BallStates(table)


@dataclass(frozen=True, slots=True)
class BallSteps:
    """Each of M states followed by each of K candidates.

    Args:
        llrs: (M, K) log-likelihood ratios of one ball against no ball.
        touched: (M, K) whether a touch explains the step better than flying on.
    """

    llrs: Floats
    touched: Mask
    states: BallStates
    places: Floats
    time: float
    beside: Mask
    height: float
    model: BallModel

    @classmethod
    def between(
        cls,
        states: BallStates,
        places: Floats,
        beside: Mask,
        *,
        time: float,
        height: float,
        area: float,
        model: BallModel,
    ) -> BallSteps:
        """The steps from the states to candidates at (K, 2) places.

        beside: (K,) whether a person is beside them. height: of people, pixels. area: of the
        image, squared heights.
        """
        seconds = (time - states.times)[:, None]
        speeds = states.speeds / height
        across = (places[:, 0] - states.places[:, :1]) / height
        down = (places[:, 1] - states.places[:, 1:]) / height
        missed = (across - speeds[:, :1] * seconds) ** 2 + (down - speeds[:, 1:] * seconds) ** 2
        still = across**2 + down**2
        on, _, _ = _predicted(states.covariances, seconds[:, 0], model)
        off = states.covariances[:, 0] + (model.speed * seconds[:, 0]) ** 2
        near = states.beside[:, None] | beside[None]
        touch = np.where(near, model.near_touch, model.far_touch)
        flying = np.log1p(-touch) + _log_density(missed, on[:, None] + model.noise**2)
        kicked = np.log(touch) + _log_density(still, off[:, None] + model.noise**2)
        false = model.false_per_frame * (
            (1 - model.repeated) / area
            + model.repeated * np.exp(_log_density(still, model.repeat_noise**2))
        )
        llrs = np.maximum(flying, kicked) - np.log(false)
        return cls(llrs, kicked > flying, states, places, time, beside, height, model)

    def after(self, rows: Index, columns: Index) -> BallStates:
        """The states after the steps from ``rows`` to the candidates ``columns``, (J,) both."""
        model, before = self.model, self.states[rows]
        touched = self.touched[rows, columns]
        seconds = self.time - before.times
        covariances = before.covariances.copy()
        covariances[touched, 1] = 0.0
        covariances[touched, 2] = model.speed**2
        speeds = np.where(touched[:, None], 0.0, before.speeds)
        place, cross, speed = _predicted(covariances, seconds, model)
        missed = self.places[columns] - before.places - speeds * seconds[:, None]
        spread = place + model.noise**2
        gain, speed_gain = place / spread, cross / spread
        table = np.empty((len(rows), 9))
        table[:, :2] = self.places[columns] - missed * (1 - gain)[:, None]
        table[:, 2:4] = speeds + missed * speed_gain[:, None]
        table[:, 4] = (1 - gain) * place
        table[:, 5] = (1 - gain) * cross
        table[:, 6] = speed - speed_gain * cross
        table[:, 7], table[:, 8] = self.time, self.beside[columns]
        return BallStates(table)


def most_llr(area: float, model: BallModel) -> float:
    """No step to a candidate has a greater log-likelihood ratio. area: as ``BallSteps.between``."""
    densest = np.log1p(-model.far_touch) - np.log(2 * np.pi * model.noise**2)
    return float(densest - np.log(model.false_per_frame * (1 - model.repeated) / area))


def _predicted(
    covariances: Floats, seconds: Floats, model: BallModel
) -> tuple[Floats, Floats, Floats]:
    place, cross, speed = covariances.T
    noise = model.jerkiness**2
    return (
        place + 2 * seconds * cross + seconds**2 * speed + noise * seconds**3 / 3,
        cross + seconds * speed + noise * seconds**2 / 2,
        speed + noise * seconds,
    )


def _log_density(squares: Floats, variances: Floats | float) -> Floats:
    """Of a normal distribution in the plane, at distances with these squares."""
    return np.asarray(-np.log(2 * np.pi * variances) - squares / (2 * variances))
