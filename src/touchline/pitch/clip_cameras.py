"""The camera of every frame of a clip, from what is stored of its frames: no image is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from touchline.observation_rows import Observation
from touchline.pitch.cameras import REFUSAL_WORDS, PitchCameras
from touchline.pitch.config import PitchConfig
from touchline.pitch.frames_between import KnownCameras, cameras_between
from touchline.pitch.joint_fit import ShotCameras, is_camera
from touchline.pitch.shot_cameras import fit_shot
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.steps import CameraSteps, composed, in_widths, is_measured
from touchline.seen_lines import pack_lines
from touchline.types import Affine, Floats, Ints, identity_motion

_AROUND_SECONDS = 0.5  # looks whose lines are asked whether a camera is right
_AGREES = 0.6  # of the score, median of those
_LEAST_GRASS = 0.08  # share of the image


@dataclass(slots=True)
class _Shot:
    """The frames of one shot, and which of them were looked at. motions: from each to the next."""

    frames: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    motions: list[Affine] = field(default_factory=list)
    flashes: list[bool] = field(default_factory=list)
    looked: list[int] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)


def find_cameras(
    observations: Iterable[Observation], image_size: tuple[int, int], config: PitchConfig
) -> PitchCameras:
    """The camera of each frame, or why it has none; those of a shot are fitted together.

    Args:
        observations: of all frames of a clip, in order.
        image_size: width and height in pixels.
        config: the pitch, how sure a camera has to be, and which side it stands on.
    """
    parts = [_cameras_of(shot, image_size, config) for shot in _shots(observations, image_size)]
    if not parts:
        return PitchCameras.none(np.empty(0, np.int64), image_size, "not-looked")
    frames, parameters, refusals, sure = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    if config.flip:
        parameters[:, :2] *= -1
        parameters[:, 3] += np.pi
    return PitchCameras.from_parameters(frames, parameters, refusals, image_size, sure)


def _shots(observations: Iterable[Observation], size: tuple[int, int]) -> Iterator[_Shot]:
    shot = _Shot()
    for seen in observations:
        if seen.cut and shot.frames:
            yield shot
            shot = _Shot()
        shot.frames.append(seen.frame)
        shot.times.append(seen.time)
        shot.motions.append(in_widths(seen.motion, *size))
        shot.flashes.append(seen.flash)
        if seen.lines is not None:
            shot.looked.append(len(shot.frames) - 1)
            shot.packed.append(pack_lines(seen.lines))
    if shot.frames:
        yield shot


_Codes = NDArray[np.uint8]
_Columns = tuple[Ints, Floats, _Codes, Floats]
"""Frames, parameters, refusals and confidences."""


def _cameras_of(shot: _Shot, size: tuple[int, int], config: PitchConfig) -> _Columns:
    frames, count = np.array(shot.frames, np.int64), len(shot.frames)
    if not shot.looked:
        codes = np.full(count, REFUSAL_WORDS.index("not-looked"), np.uint8)
        return frames, np.full((count, 8), np.nan), codes, np.zeros(count)
    looks = _looks(shot, size[1] / size[0])
    fitted = fit_shot(looks, config)
    refusals, sure = _judged(looks, fitted, config)
    rows, times = np.array(shot.looked), np.array(shot.times)
    told = refusals == 0
    parameters = cameras_between(
        KnownCameras(rows[told], fitted.cameras[told], fitted.kind),
        np.array(shot.motions),
        times,
        looks.aspect,
    )
    found = is_camera(parameters) & ~np.array(shot.flashes)
    parameters[~found] = np.nan
    nearest = _nearest(times, looks.seconds)
    codes = refusals[nearest]
    codes[~found & (codes == 0)] = REFUSAL_WORDS.index("no-neighbours")
    codes[found] = 0
    return frames, parameters, codes, sure[nearest]


def _looks(shot: _Shot, aspect: float) -> ShotLooks:
    """What was seen where lines were looked for, and the motion from each to the next."""
    motions, measured = [], []
    for first, last in zip(shot.looked[:-1], shot.looked[1:], strict=True):
        motion, known = identity_motion(), True
        for row in range(first + 1, last + 1):
            motion = composed(motion, shot.motions[row])
            known = known and is_measured(shot.motions[row])
        motions.append(motion)
        measured.append(known)
    seconds = np.array(shot.times)[shot.looked]
    steps = CameraSteps(
        np.array(motions).reshape(-1, 2, 3), np.array(measured, np.bool_), np.diff(seconds)
    )
    return ShotLooks.of(shot.packed, seconds, steps, aspect)


def _nearest(times: Floats, looked: Floats) -> NDArray[np.intp]:
    """(F,) which of the looks is nearest in time to each frame."""
    after = np.minimum(np.searchsorted(looked, times), len(looked) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(times - looked[before] < looked[after] - times, before, after)


def _judged(looks: ShotLooks, fitted: ShotCameras, config: PitchConfig) -> tuple[_Codes, Floats]:
    """(n,) why each look is refused, 0 where it is not, and how sure its camera is, 0..1."""
    agreement = _agreement(looks.seconds, fitted.scores)
    lost = ~np.isfinite(fitted.cameras[:, 0])
    disagrees = ~lost & (agreement < max(_AGREES, config.min_score))
    open_ = ~lost & (fitted.metres > config.max_error)
    bare = lost & (looks.grass < _LEAST_GRASS)
    blank = lost & ~bare & ~looks.telling
    reasons = {
        "no-grass": bare,
        "no-lines": blank,
        "open": (lost & ~bare & ~blank & (fitted.scores >= config.min_score)) | open_,
        "no-agreement": disagrees | (lost & ~bare & ~blank & (fitted.scores < config.min_score)),
    }
    codes = np.zeros(len(looks), np.uint8)
    for word, mask in reasons.items():
        codes[mask & (codes == 0)] = REFUSAL_WORDS.index(word)
    sure = np.nan_to_num(agreement)
    return codes, np.clip(np.where(lost, sure, sure / (1 + fitted.metres**2)), 0, 1)


def _agreement(seconds: Floats, scores: Floats) -> Floats:
    """(n,) the median score of the looks around each that have one; the nearest where none has."""
    there = np.flatnonzero(np.isfinite(scores))
    if not len(there):
        return np.zeros(len(scores))
    begin = np.searchsorted(seconds[there], seconds - _AROUND_SECONDS)
    end = np.searchsorted(seconds[there], seconds + _AROUND_SECONDS, side="right")
    nearest = _nearest(seconds, seconds[there])
    return np.array(
        [
            np.median(scores[there[first:last]]) if last > first else scores[there[near]]
            for first, last, near in zip(begin, end, nearest, strict=True)
        ]
    )
