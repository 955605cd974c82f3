"""Cameras of a whole clip from what is stored of it: lines every few frames, and the motion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from touchline.observation_rows import Observation
from touchline.pitch.camera import PitchCamera, back_project, project, to_widths
from touchline.pitch.cameras import REFUSAL_WORDS, PitchCameras
from touchline.pitch.clip_cameras import find_cameras
from touchline.pitch.config import PitchConfig
from touchline.pitch.template import pitch_template
from touchline.seen_lines import SeenLines, pack_lines, unpack_lines
from touchline.types import Affine, Detections, Floats, identity_motion

SIZE = (1280, 720)
RATE = 25
EVERY = 5


def seen_by(camera: PitchCamera, config: PitchConfig, seed: int = 0) -> SeenLines:
    """Lines as they are found, a pixel off, and grass that reaches 6 m beyond them."""
    template = pitch_template(config)
    points, tangents = template.points(0.4)
    row = camera.parameters()
    seen = project(row, points)
    along = project(row, points + 0.1 * tangents) - seen
    with np.errstate(invalid="ignore"):
        inside = (np.abs(seen) < (0.5, 0.28)).all(axis=1)
    kept = np.flatnonzero(inside)
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), 300)).astype(int)]
    noise = np.random.default_rng(seed).normal(0, 1 / 1280, (len(kept), 2))
    angles = np.mod(np.arctan2(along[kept, 1], along[kept, 0]), np.pi)
    columns, rows = np.meshgrid(np.arange(120) + 0.5, np.arange(68) + 0.5)
    cells = to_widths(np.stack([columns, rows], axis=-1).reshape(-1, 2), 120, 68)
    ground = np.abs(np.nan_to_num(back_project(row, cells), nan=1e9))
    limits = np.array([template.length, template.width]) / 2 + 6
    grass = (ground < limits).all(axis=1).reshape(68, 120)
    return unpack_lines(pack_lines(SeenLines(seen[kept] + noise, angles, grass)))


def motion_between(one: PitchCamera, other: PitchCamera) -> Affine:
    """As it is measured: the affine map that suits the ground best."""
    columns, rows = np.meshgrid(np.linspace(100, 1180, 7), np.linspace(250, 690, 5))
    here = np.stack([columns.ravel(), rows.ravel()], axis=1)
    there = other.image_points(one.pitch_points(here, *SIZE), *SIZE)
    flat = np.column_stack([here, np.ones(len(here))])
    return np.asarray(np.linalg.lstsq(flat, there, rcond=None)[0].T, np.float64)


def observed(
    cameras: Sequence[PitchCamera],
    config: PitchConfig | None = None,
    blank: Sequence[int] = (),
    cuts: Sequence[int] = (),
) -> list[Observation]:
    found = []
    for frame, camera in enumerate(cameras):
        cut = frame in cuts
        motion = identity_motion()
        if frame and not cut:
            motion = motion_between(cameras[frame - 1], camera)
        lines = seen_by(camera, config or PitchConfig(), frame) if frame % EVERY == 0 else None
        if frame in blank and lines is not None:
            lines = SeenLines(grass=lines.grass)
        found.append(Observation(frame, frame / RATE, cut, motion, Detections.empty(), lines=lines))
    return found


def panned(count: int) -> list[PitchCamera]:
    """A camera on a tripod that turns from one half to the other, and zooms in."""
    share = np.linspace(0, 1, count)
    return [
        PitchCamera(2, -75, 18, -0.35 + 0.7 * s, 0.24, 0.004, 1.3 + 0.4 * s, -0.03) for s in share
    ]


def carried(count: int) -> list[PitchCamera]:
    """A camera that runs along the pitch and does not turn."""
    share = np.linspace(0, 1, count)
    return [PitchCamera(-25 + 50 * s, -62, 22, 0.0, 0.32, 0.0, 2.0) for s in share]


def errors(found: PitchCameras, cameras: Sequence[PitchCamera]) -> Floats:
    """(F,) metres, median over a grid of the visible pitch."""
    columns, rows = np.meshgrid(np.linspace(100, 1180, 9), np.linspace(250, 690, 5))
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    result = []
    for frame, camera in enumerate(cameras):
        true = camera.pitch_points(pixels, *SIZE)
        on_pitch = (np.abs(true) < (52.5, 34)).all(axis=1)
        seen = found.pitch_points(np.full(on_pitch.sum(), frame), pixels[on_pitch])
        result.append(np.median(np.hypot(*(seen - true[on_pitch]).T)))
    return np.array(result)


@pytest.fixture(scope="module")
def tripod() -> PitchCameras:
    return find_cameras(observed(panned(51), blank=range(20, 31)), SIZE, PitchConfig())


def test_every_frame_of_a_panning_camera_has_its_camera(tripod: PitchCameras) -> None:
    assert tripod.found.all()
    off = errors(tripod, panned(51))
    assert np.median(off) < 0.15
    assert off.max() < 0.5, "also where no lines were seen for half a second"


def test_a_camera_on_a_tripod_stands_in_one_place(tripod: PitchCameras) -> None:
    assert np.ptp(tripod.places, axis=0).max() < 0.3
    assert tripod.confidences.min() > 0.5


def test_a_camera_that_is_carried_along_is_followed() -> None:
    cameras = carried(51)
    found = find_cameras(observed(cameras), SIZE, PitchConfig())
    assert found.found.mean() > 0.9
    assert np.nanmedian(errors(found, cameras)) < 0.3


def test_shots_are_told_apart_and_one_without_lines_says_so() -> None:
    cameras = [*panned(16), *panned(30)[16:]]
    clip = observed(cameras, cuts=[16], blank=range(16, 30))
    found = find_cameras(clip, SIZE, PitchConfig())
    assert found.found[:16].all()
    assert not found.found[16:].any()
    assert {REFUSAL_WORDS[code] for code in found.refusals[16:]} == {"no-lines"}


def test_a_clip_in_which_nobody_looked_for_lines_says_so() -> None:
    clip = [
        Observation(frame, frame / RATE, False, identity_motion(), Detections.empty())
        for frame in range(3)
    ]
    found = find_cameras(clip, SIZE, PitchConfig())
    assert found.why_none() == "no lines were looked for"
    assert len(find_cameras([], SIZE, PitchConfig())) == 0


def test_a_flipped_camera_stands_on_the_far_side() -> None:
    clip = observed(panned(11))
    one, flipped = (find_cameras(clip, SIZE, PitchConfig(flip=flip)) for flip in (False, True))
    assert (flipped.places[:, 1] > 0).all()
    frames, pixels = np.array([3, 10]), np.array([[640.0, 500.0], [300, 600]])
    there, here = flipped.pitch_points(frames, pixels), one.pitch_points(frames, pixels)
    assert np.allclose(there, -here, atol=1e-6)


def test_a_shot_that_was_looked_at_once_has_the_camera_of_that_look() -> None:
    found = find_cameras(observed(panned(51)[:4]), SIZE, PitchConfig())
    assert found.found.all()
    assert errors(found, panned(51)[:4]).max() < 0.5
