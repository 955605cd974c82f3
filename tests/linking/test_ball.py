"""The ball's path over a clip: made-up ones with gaps, touches, pans and false candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from touchline.ball_track import BallTrack
from touchline.linking.ball.tracker import BallTracker
from touchline.linking.config import BallConfig
from touchline.observations import Observation
from touchline.types import Affine, Detections, Floats, identity_motion

Place = tuple[float, float]
SIZE = (1280, 720)
PEOPLE = [(60.0 + 190 * column, 300.0) for column in range(6)]  # heads; they are 80 pixels tall


def observation(
    frame: int,
    balls: Mapping[Place, float],
    *,
    motion: Affine | None = None,
    cut: bool = False,
    looked: bool = True,
    flash: bool = False,
    pan: float = 0.0,
) -> Observation:
    """Six people and these balls, places with scores."""
    boxes = [[x + pan - 14, y, x + pan + 14, y + 80] for x, y in PEOPLE]
    boxes += [[x - 4, y - 4, x + 4, y + 4] for x, y in balls]
    roles = ["player"] * len(PEOPLE) + ["ball"] * len(balls)
    found = Detections(boxes, [0.9] * len(PEOPLE) + list(balls.values()), roles)
    motion = identity_motion() if motion is None else motion
    return Observation(frame, frame / 25, cut, motion, found, looked, 0, flash)


def track_of(clip: Sequence[Observation], **settings: float) -> BallTrack:
    config = BallConfig.model_validate(settings)
    tracker = BallTracker(config, frame_rate=25, image_size=SIZE)
    for one in clip:
        tracker.add(one)
    return tracker.track()


def centres(track: BallTrack) -> dict[int, Floats]:
    middle = (track.boxes[:, :2] + track.boxes[:, 2:]) / 2
    return dict(zip(track.frames.tolist(), middle, strict=True))


def rolling(frame: int) -> Place:
    return 200.0 + 8 * frame, 520.0


def test_a_rolling_ball_is_seen_in_every_frame_and_sure() -> None:
    track = track_of([observation(frame, {rolling(frame): 0.6}) for frame in range(40)])
    assert track.frames.tolist() == list(range(40))
    assert not track.bridged.any()
    assert track.confidences.min() > 0.9
    assert track.why_empty is None


def test_a_gap_is_bridged_marked_and_less_sure() -> None:
    hidden = range(15, 25)
    clip = [
        observation(frame, {} if frame in hidden else {rolling(frame): 0.6}) for frame in range(40)
    ]
    track = track_of(clip)
    assert track.frames[track.bridged].tolist() == list(hidden)
    for frame in hidden:
        assert centres(track)[frame] == pytest.approx(rolling(frame), abs=2.0)
    assert track.confidences[track.bridged].max() < track.confidences[~track.bridged].min()


def test_a_flight_is_bridged_on_its_parabola_and_not_on_a_line() -> None:
    def flying(frame: int) -> Place:
        seconds = frame / 25
        return 150.0 + 300 * seconds, 600.0 - 500 * seconds + 220 * seconds**2

    hidden = range(25, 45)
    clip = [
        observation(frame, {} if frame in hidden else {flying(frame): 0.6}) for frame in range(70)
    ]
    found = centres(track_of(clip))
    straight = np.linspace(flying(24), flying(45), 22)[1:-1]
    errors = [np.hypot(*(found[frame] - flying(frame))) for frame in hidden]
    of_line = [np.hypot(*(a - flying(f))) for a, f in zip(straight, hidden, strict=True)]
    assert max(errors) < 6.0 < max(of_line)


def test_a_ball_that_somebody_kicks_back_is_one_path() -> None:
    foot = (PEOPLE[2][0] - 14, 375.0)  # of the third person

    def kicked(frame: int) -> Place:
        return foot[0] - 9.0 * abs(frame - 20), foot[1] + 2.0 * abs(frame - 20)

    clip = [observation(frame, {kicked(frame): 0.6}) for frame in range(40)]
    track = track_of(clip)
    assert track.frames.tolist() == list(range(40))
    assert not track.bridged.any()


def test_the_camera_may_pan_while_the_ball_is_out_of_sight() -> None:
    pan = np.array([[1.0, 0.0, -12.0], [0.0, 1.0, 0.0]])
    places = [(900.0 + (4 - 12) * frame, 500.0) for frame in range(40)]
    hidden = range(12, 24)
    clip = [
        observation(
            frame,
            {} if frame in hidden else {places[frame]: 0.6},
            motion=pan if frame else None,
            pan=-12.0 * frame,
        )
        for frame in range(40)
    ]
    track = track_of(clip)
    assert track.frames.tolist() == list(range(40))
    for frame in hidden:
        assert centres(track)[frame] == pytest.approx(places[frame], abs=2.0)


def test_two_false_candidates_in_every_frame_do_not_mislead() -> None:
    random = np.random.default_rng(0)
    clip = []
    for frame in range(60):
        anywhere = tuple(random.uniform((0, 0), SIZE).tolist())
        balls = {rolling(frame): 0.35, (640.0, 200.0): 0.4, (anywhere[0], anywhere[1]): 0.3}
        clip.append(observation(frame, balls))
    track = track_of(clip)
    found = centres(track)
    right = [frame for frame in found if np.hypot(*(found[frame] - rolling(frame))) < 12]
    assert len(right) >= 57
    assert len(right) >= 0.95 * len(found)


def test_a_shot_cut_ends_a_path() -> None:
    clip = [
        observation(frame, {} if 18 <= frame < 22 else {rolling(frame): 0.6}, cut=frame == 20)
        for frame in range(40)
    ]
    assert track_of(clip).frames.tolist() == [*range(18), *range(22, 40)]
    uncut = [replace(one, cut=False) for one in clip]
    assert track_of(uncut).frames.tolist() == list(range(40))


def test_in_a_flash_there_is_no_ball_and_after_it_the_path_goes_on() -> None:
    clip = [
        observation(frame, {(50.0, 50.0): 0.9} if 18 <= frame < 21 else {rolling(frame): 0.6})
        for frame in range(40)
    ]
    clip = [replace(one, flash=18 <= one.frame < 21) for one in clip]
    track = track_of(clip)
    assert track.frames.tolist() == [*range(18), *range(21, 40)]
    assert not track.bridged.any()


def test_a_longer_gap_than_is_asked_for_stays_open() -> None:
    clip = [
        observation(frame, {} if 15 <= frame < 25 else {rolling(frame): 0.6}) for frame in range(40)
    ]
    track = track_of(clip, max_gap_seconds=0.3)
    assert track.frames.tolist() == [*range(15), *range(25, 40)]


def test_frames_in_which_nobody_looked_are_bridged() -> None:
    clip = [
        observation(frame, {rolling(frame): 0.6} if frame % 2 == 0 else {}, looked=frame % 2 == 0)
        for frame in range(41)
    ]
    track = track_of(clip)
    assert track.frames.tolist() == list(range(41))
    assert track.frames[track.bridged].tolist() == list(range(1, 41, 2))


def test_a_long_clip_is_decided_piece_by_piece_with_the_same_path() -> None:
    """Half a minute is kept at most; the path runs on where it was decided."""
    places = [
        (640 + 500 * np.sin(frame / 40), 500 + 60 * np.cos(frame / 23)) for frame in range(1100)
    ]
    clip = [observation(frame, {place: 0.6}) for frame, place in enumerate(places)]
    tracker = BallTracker(BallConfig(), frame_rate=25, image_size=SIZE)
    for one in clip:
        tracker.add(one)
        assert tracker.undecided <= 31 * 25
    track = tracker.track()
    assert track.frames.tolist() == list(range(1100))
    assert not track.bridged.any()


def test_without_a_candidate_the_track_is_empty_and_says_why() -> None:
    assert track_of([]).why_empty == "no ball of score 0.02 or more was found in 0 frames"
    nothing = track_of([observation(frame, {}) for frame in range(5)])
    assert nothing.why_empty == "no ball of score 0.02 or more was found in 5 frames"
    faint = track_of([observation(0, {(100.0, 500.0): 0.05})])
    assert len(faint) == 0
    assert faint.why_empty is not None
    assert faint.why_empty.startswith("none of the 1 candidates")


def test_it_can_be_left_out() -> None:
    clip = [observation(frame, {rolling(frame): 0.6}) for frame in range(10)]
    assert track_of(clip, enabled=False).why_empty == "link.ball.enabled is off"
