"""A simulated scene looks like football: to the tracker, and to a stopwatch."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.config import check_config
from touchline.errors import SettingsError
from touchline.observations import Observation
from touchline.simulation.config import AppearanceConfig, PlayConfig, SimulationConfig
from touchline.simulation.people import make_people
from touchline.simulation.play import Play
from touchline.simulation.scene import TruthFrame, observed, scene_people, scene_truth, table_truth
from touchline.simulation.scene_camera import SceneCamera
from touchline.types import TrackTable


def config(**settings: Any) -> SimulationConfig:
    return check_config(SimulationConfig, settings)


def observe(settings: SimulationConfig) -> list[tuple[TruthFrame, Observation]]:
    people = scene_people(settings)
    return list(
        observed(
            scene_truth(settings),
            people.ids,
            people.kits,
            errors=settings.detector,
            appearance=settings.appearance,
            image_size=(settings.width, settings.height),
            frame_rate=settings.frame_rate,
            seed=settings.seed,
        )
    )


def returns(frames: list[TruthFrame], frame_rate: float) -> int:
    """How often somebody comes back into the image after a second or more."""
    last: dict[int, int] = {}
    count = 0
    for frame in frames:
        for identity in frame.ids.tolist():
            count += frame.index - last.get(identity, frame.index) - 1 >= frame_rate
            last[identity] = frame.index
    return count


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    scene = observe(config(seconds=2))
    again = observe(config(seconds=2))
    other = observe(config(seconds=2, seed=1))
    for (frame, seen), (frame_again, seen_again) in zip(scene, again, strict=True):
        np.testing.assert_array_equal(frame.boxes, frame_again.boxes)
        np.testing.assert_array_equal(seen.motion, seen_again.motion)
        np.testing.assert_array_equal(seen.detections.boxes, seen_again.detections.boxes)
        np.testing.assert_array_equal(seen.detections.embeddings, seen_again.detections.embeddings)
    assert not np.array_equal(scene[0][0].boxes, other[0][0].boxes)


def test_a_longer_scene_begins_as_the_shorter_one() -> None:
    short = list(scene_truth(config(seconds=1)))
    for one, two in zip(short, scene_truth(config(seconds=5)), strict=False):
        np.testing.assert_array_equal(one.boxes, two.boxes)


def test_settings_of_the_detector_leave_the_truth_as_it_is() -> None:
    clean, poor = (observe(config(seconds=1, detector={"preset": p})) for p in ("none", "small"))
    for (one, _), (two, _) in zip(clean, poor, strict=True):
        np.testing.assert_array_equal(one.boxes, two.boxes)


def test_as_many_people_leave_and_return_as_in_real_clips() -> None:
    counts = []
    for seed in range(3):
        frames = list(scene_truth(config(seed=seed)))
        counts.append(returns(frames, 25.0))
        assert 10 < np.mean([len(frame.ids) for frame in frames]) < 24
    assert min(counts) >= 3
    assert max(counts) <= 40


@pytest.mark.parametrize("frame_rate", [5.0, 25.0, 60.0])
def test_nobody_is_faster_or_starts_harder_than_allowed(frame_rate: float) -> None:
    settings = PlayConfig(max_speed=8.0, max_acceleration=5.0)
    generator = np.random.default_rng(0)
    play = Play(settings, make_people(config(), generator), generator)
    places, speeds = [], []
    for _ in range(round(20 * frame_rate)):
        play.advance(1.0 / frame_rate)
        places.append(play.places)
        speeds.append(play.speeds)
    speed = np.linalg.norm(np.diff(places, axis=0), axis=2) * frame_rate
    acceleration = np.linalg.norm(np.diff(speeds, axis=0), axis=2) * frame_rate
    assert speed.max() <= 8.0 + 1e-6
    assert acceleration.max() <= 5.0 + 1e-6
    assert speed.max() > 5.0, "somebody sprints"
    assert 0.5 < speed.mean() < 4.0, "most walk or jog"
    assert (np.abs(places) < (60.0, 40.0)).all(), "nobody runs away"


def test_boxes_lie_in_the_image_and_ids_ascend() -> None:
    for frame in scene_truth(config(seconds=3, width=801, height=333)):
        assert (frame.boxes >= 0.0).all()
        assert (frame.boxes <= [801, 333, 801, 333]).all()
        assert (frame.boxes[:, 2:] > frame.boxes[:, :2]).all()
        assert (np.diff(frame.ids) > 0).all()
        assert len(frame.ids) == len(frame.roles) == len(frame.boxes)


@pytest.mark.parametrize(
    "settings",
    [
        {"people": 0, "referees": 0},
        {"people": 0, "referees": 1},
        {"people": 1, "referees": 0},
        {"people": 2, "referees": 20},
        {"people": 60},
    ],
)
def test_any_number_of_people_can_play(settings: dict[str, int]) -> None:
    scene = config(seconds=1, **settings)
    people = scene_people(scene)
    assert len(people) == 2 * scene.people + scene.referees
    assert (people.roles == "goalkeeper").sum() == 2 * min(1, scene.people)
    frames = observe(scene)
    assert len(frames) == 25
    assert max(len(frame.ids) for frame, _ in frames) <= len(people)


def test_a_scene_has_at_least_one_frame() -> None:
    ((frame, seen),) = observe(config(seconds=0.001))
    assert (frame.index, seen.time, frame.cut) == (0, 0.0, False)
    np.testing.assert_array_equal(frame.motion, [[1, 0, 0], [0, 1, 0]])


def test_a_long_scene_costs_no_more_memory_than_a_short_one() -> None:
    frames = scene_truth(config(seconds=36000, people=200))
    assert [frame.index for frame in islice(frames, 3)] == [0, 1, 2]  # made when asked for


def test_the_motion_carries_what_stands_still() -> None:
    camera = SceneCamera(
        config(camera={"motion_error": 0.0}).camera,
        (1280, 720),
        0.04,
        np.zeros(2),
        np.random.default_rng(0),
    )
    spots = np.column_stack([np.linspace(-12, 12, 9), np.linspace(-10, 15, 9)])
    moved: list[float] = []
    for step in range(60):
        before, _ = camera.boxes(spots, np.full(9, 1.8), np.full(9, 0.4))
        motion, cut = camera.step(np.array([0.3 * step, 5.0]))
        after, _ = camera.boxes(spots, np.full(9, 1.8), np.full(9, 0.4))
        inside = (np.minimum(before, after) > 0).all(axis=1) & (after[:, 2] < 1280)
        predicted = before[inside, 2:] @ motion[:, :2].T + motion[:, 2]
        assert np.abs(predicted - after[inside, 2:]).max() < 1.0
        moved.append(float(np.abs(after - before)[inside].max()))
        assert not cut
    assert max(moved) > 5.0, "the camera turns"


def test_a_cut_begins_a_shot_in_which_the_same_people_are_elsewhere() -> None:
    frames = list(scene_truth(config(seconds=20, camera={"shot_seconds": 3.0})))
    cuts = [frame.index for frame in frames if frame.cut]
    assert 2 <= len(cuts) <= 20
    before, after = frames[cuts[0] - 1], frames[cuts[0]]
    np.testing.assert_array_equal(after.motion, [[1, 0, 0], [0, 1, 0]])
    shared, old, new = np.intersect1d(before.ids, after.ids, return_indices=True)
    assert len(shared)
    assert np.abs(before.boxes[old] - after.boxes[new]).max() > 30.0


def test_a_stored_truth_may_be_observed_too() -> None:
    frames = list(table_truth(TrackTable.empty(), 2))
    assert [len(frame.ids) for frame in frames] == [0, 0]


def _cosines() -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Cosines of vectors ten seconds apart and more; whose are of one person, of one kit."""
    settings = config(seconds=30, detector={"preset": "none"})
    kits = scene_people(settings).kits
    frames = observe(settings)
    first, last = frames[::50][:5], frames[::50][-5:]
    one, two = (
        (
            np.concatenate([frame.ids for frame, _ in part]),
            np.concatenate([seen.detections.embeddings for _, seen in part]),
        )
        for part in (first, last)
    )
    same = one[0][:, None] == two[0]
    kit = kits[one[0] - 1][:, None] == kits[two[0] - 1]
    return one[1] @ two[1].T, same, kit


def test_people_in_one_kit_look_alike_and_a_person_a_little_more_so() -> None:
    cosine, same, kit = _cosines()
    own, team, other = cosine[same], cosine[kit & ~same], cosine[~kit]
    # Of a generic OSNet on SNMOT-060: 0.835, 0.822, 0.723.
    assert np.median(own) == pytest.approx(0.835, abs=0.03)
    assert np.median(team) == pytest.approx(0.822, abs=0.03)
    assert np.median(other) == pytest.approx(0.723, abs=0.03)
    assert np.median(own) > np.median(team)


def test_somebody_hidden_looks_like_the_person_before() -> None:
    from touchline.simulation.appearance import SimulatedAppearance

    ids, kits = np.array([1, 2]), np.array(["red", "white"])
    looks = SimulatedAppearance(
        AppearanceConfig(change=0.0), ids, kits, 0.04, np.random.default_rng(0)
    )
    apart = np.array([[0.0, 0.0, 10.0, 20.0], [50.0, 0.0, 60.0, 20.0]])
    behind = np.array([[0.0, 0.0, 10.0, 20.0], [0.0, 1.0, 10.0, 21.0]])
    rows = np.array([0, 1, -1])
    free, hidden = (looks.vectors(ids, boxes, rows) for boxes in (apart, behind))
    assert hidden[0] @ free[1] > free[0] @ free[1] + 0.05
    np.testing.assert_allclose(hidden[1], free[1], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(free, axis=1), 1.0, atol=1e-3)
    assert looks.vectors(ids[:0], apart[:0], rows[:0]).shape == (0, 128)


@pytest.mark.parametrize("size", [0, 1, 7, 300])
def test_vectors_have_the_length_asked_for(size: int) -> None:
    _, seen = observe(config(seconds=0.04, appearance={"size": size}))[0]
    vectors = seen.detections.embeddings
    assert (vectors is None) if size == 0 else (vectors is not None and vectors.shape[1] == size)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seconds": 0}, "seconds = 0 is refused"),
        ({"people": -1}, "people = -1 is refused"),
        ({"frame_rate": float("inf")}, "frame_rate = inf is refused"),
        ({"appearance": {"team": 0.9, "person": 0.2}}, "add up to more than 1"),
        ({"camera": {"zom": 1}}, "did you mean 'camera.zoom'"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        config(**settings)
