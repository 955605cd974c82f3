"""The cameras of all frames of a shot from those of some, by the motion of the image between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.steps import CameraKind, CameraSteps, composed, is_measured, step_equations
from touchline.types import Floats, Index, Mask, identity_motion

_MOST_SECONDS = 1.2  # from one known camera to the next
_BEYOND_SECONDS = 0.3  # before the first and after the last
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class KnownCameras:
    """Cameras of some frames of a shot.

    Args:
        rows: (k,) which of the frames, ascending.
        cameras: (k, 8).
        kind: of camera.
    """

    rows: Index
    cameras: Floats
    kind: CameraKind


def cameras_between(known: KnownCameras, motions: Floats, times: Floats, aspect: float) -> Floats:
    """(F, 8) the camera of each frame; NaN where no known one is near.

    Args:
        known: cameras of some of the frames.
        motions: (F, 2, 3) of image widths, from the frame before to each.
        times: (F,) seconds.
        aspect: height of the image over its width.
    """
    found = np.full((len(times), 8), np.nan)
    if not len(known.rows):
        return found
    found[known.rows] = known.cameras
    frames = np.arange(len(times))
    after = np.searchsorted(known.rows, frames)
    before = np.searchsorted(known.rows, frames, side="right") - 1
    first = np.where(before >= 0, known.rows[np.maximum(before, 0)], -1)
    last = np.where(after < len(known.rows), known.rows[np.minimum(after, len(known.rows) - 1)], -1)
    both = (first >= 0) & (last >= 0)
    gap = np.where(both, times[last] - times[first], np.inf)
    from_first = np.where(first >= 0, times - times[first], np.inf)
    to_last = np.where(last >= 0, times[last] - times, np.inf)
    between = both & (gap <= _MOST_SECONDS) & (first != last)
    alone = ~between & (np.minimum(from_first, to_last) <= _BEYOND_SECONDS)
    ahead = between | (alone & (from_first <= to_last))
    back = between | (alone & (from_first > to_last))
    rows = np.flatnonzero((ahead | back) & (first != last))
    if not len(rows):
        return found
    one = np.where(ahead[rows], first[rows], last[rows])
    other = np.where(back[rows], last[rows], first[rows])
    share = np.zeros(len(rows))
    part = between[rows]
    share[part] = from_first[rows][part] / np.maximum(gap[rows][part], 1e-9)
    camera = found[one] + share[:, None] * (found[other] - found[one])
    onward = CameraSteps(
        *_ways(motions, first, rows, onwards=True),
        np.maximum(np.where(ahead[rows], from_first[rows], 1.0), 1e-3),
    )
    homeward = CameraSteps(
        *_ways(motions, last, rows, onwards=False),
        np.maximum(np.where(back[rows], to_last[rows], 1.0), 1e-3),
    )
    begun, ended = found[np.maximum(first[rows], 0)], found[np.maximum(last[rows], 0)]
    use_first, use_last = ahead[rows].astype(float), back[rows].astype(float)
    begun = np.where(ahead[rows, None], begun, camera)
    ended = np.where(back[rows, None], ended, camera)
    for _ in range(_ROUNDS):
        came = step_equations(begun, camera, onward, known.kind, aspect)
        goes = step_equations(camera, ended, homeward, known.kind, aspect)
        own = came.after * use_first[:, None, None] + goes.before * use_last[:, None, None]
        right = came.right_after * use_first[:, None] + goes.right_before * use_last[:, None]
        camera = camera + np.linalg.solve(own, right[..., None])[..., 0]
    found[rows] = camera
    return found


def _ways(motions: Floats, ends: Index, rows: Index, *, onwards: bool) -> tuple[Floats, Mask]:
    """The motions from the known frame before to each of ``rows``, or from each to the one after.

    Also whether each of them is measured.
    """
    ways, measured = [], []
    for row in rows.tolist():
        end = int(ends[row])
        way, known = identity_motion(), end >= 0
        steps = range(end + 1, row + 1) if onwards else range(row + 1, end + 1)
        for step in steps if known else ():
            way = composed(way, motions[step])
            known = known and is_measured(motions[step])
        ways.append(way)
        measured.append(known)
    return np.array(ways), np.array(measured, np.bool_)
