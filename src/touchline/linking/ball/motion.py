"""How likely one sighting of a ball follows another: a filter of position and speed for each path.

Candidates that are no ball lie anywhere, or still where others were; the filter is that of Kalman
with white noise of the acceleration, the same in both directions of the image.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from touchline.linking.ball.model import BallModel
from touchline.types import Affine, Floats, Ints, Mask


@dataclass(frozen=True, slots=True)
class BallStates:
    """Where balls are thought to be: parallel arrays of M.

    Args:
        places: (M, 2) centres when they were seen last, in pixels of the newest frame.
        speeds: (M, 2) pixels a second.
        covariances: (M, 3) of place, of place with speed, and of speed, in heights of people.
        times: (M,) seconds when they were seen last.
        beside: (M,) whether a person was beside them.
    """

    places: Floats
    speeds: Floats
    covariances: Floats
    times: Floats
    beside: Mask

    @classmethod
    def new(cls, places: Floats, time: float, beside: Mask, model: BallModel) -> BallStates:
        """States of balls that were just seen for the first time, at (K, 2) places."""
        count = len(places)
        one = np.array([model.noise**2, 0.0, model.speed**2])
        return cls(
            places, np.zeros((count, 2)), np.tile(one, (count, 1)), np.full(count, time), beside
        )

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, rows: Ints | Mask) -> BallStates:
        return BallStates(*(getattr(self, column.name)[rows] for column in fields(self)))

    def followed_by(self, others: BallStates) -> BallStates:
        """These, then the others."""
        return BallStates(
            *(
                np.concatenate([getattr(self, column.name), getattr(others, column.name)])
                for column in fields(self)
            )
        )

    def where(self, rows: Mask, others: BallStates) -> BallStates:
        """These in ``rows``, elsewhere the others; as many of both."""
        columns = []
        for column in fields(self):
            one, other = getattr(self, column.name), getattr(others, column.name)
            columns.append(np.where(rows.reshape(-1, *[1] * (one.ndim - 1)), one, other))
        return BallStates(*columns)

    def moved(self, motion: Affine) -> BallStates:
        """The same in pixels of the frame after ``motion``."""
        turn = motion[:, :2].T
        return BallStates(
            self.places @ turn + motion[:, 2],
            self.speeds @ turn,
            self.covariances,
            self.times,
            self.beside,
        )


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
        shift = (places[None] - states.places[:, None]) / height
        speeds = states.speeds[:, None] / height
        missed = ((shift - speeds * seconds[..., None]) ** 2).sum(axis=2)
        still = (shift**2).sum(axis=2)
        on, _, _ = _predicted(states.covariances, seconds[:, 0], model)
        off = states.covariances[:, 0] + (model.speed * seconds[:, 0]) ** 2
        near = states.beside[:, None] | beside[None]
        touch = np.where(near, model.near_touch, model.far_touch)
        flying = np.log1p(-touch) + _log_density(missed, on[:, None] + model.noise**2)
        kicked = np.log(touch) + _log_density(still, off[:, None] + model.noise**2)
        false = model.false_per_frame * (
            (1 - model.repeated) / area
            + model.repeated * np.exp(_log_density(still, np.full((1, 1), model.repeat_noise**2)))
        )
        llrs = np.maximum(flying, kicked) - np.log(false)
        return cls(llrs, kicked > flying, states, places, time, beside, height, model)

    def after(self, rows: Ints, columns: Ints) -> BallStates:
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
        return BallStates(
            self.places[columns] - missed * (1 - gain)[:, None],
            speeds + missed * speed_gain[:, None],
            np.column_stack([(1 - gain) * place, (1 - gain) * cross, speed - speed_gain * cross]),
            np.full(len(rows), self.time),
            self.beside[columns],
        )


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


def _log_density(squares: Floats, variances: Floats) -> Floats:
    """Of a normal distribution in the plane, at distances with these squares."""
    return -np.log(2 * np.pi * variances) - squares / (2 * variances)
