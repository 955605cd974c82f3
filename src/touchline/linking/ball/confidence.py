"""How sure it is that a path shows the ball, place by place."""

from __future__ import annotations

import numpy as np

from touchline.linking.ball.model import BallModel
from touchline.types import Floats, Ints


def confidences(
    positions: Ints, gained: Floats, paths: Ints, times: Floats, model: BallModel
) -> Floats:
    """(N,) in 0..1, of sightings in order.

    Args:
        positions: (N,) of their frames.
        gained: (N,) by how much each raised its path's log-likelihood ratio.
        paths: (N,) ascending numbers of the paths.
        times: seconds of every frame.
        model: how sure sightings are.
    """
    when = times[positions]
    # Paths are moved apart, so that nothing of another one is near.
    when = when + paths * (2 * model.sure_seconds + float(times[-1]) + 1.0)
    first = np.searchsorted(when, when - model.sure_seconds)
    end = np.searchsorted(when, when + model.sure_seconds, side="right")
    total = np.concatenate([[0.0], np.cumsum(gained)])
    around = total[end] - total[first]
    log_odds = model.sure_slope * around + model.sure_offset
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def bridge_doubt(between: Floats, first: float, last: float, model: BallModel) -> Floats:
    """(G,) what the confidence is multiplied by in a gap, at times ``between`` its ends."""
    away = np.minimum(between - first, last - between)
    return np.asarray(np.exp(-away / model.bridge_seconds))
