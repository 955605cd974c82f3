"""Positions in metres: right where the camera and the box are, and no number where they are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from paced_people import RATE, SIZE, runner, seen_by, turning

from touchline.errors import InputError
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.movement import Movement, find_movement
from touchline.pitch.positions import INTERPOLATED, SEEN, UNSURE, Positions, find_positions
from touchline.types import TrackTable

PITCH, CONFIG = PitchConfig(), PositionsConfig()
COUNT = 100


def found(table: TrackTable, cameras: PitchCameras) -> Positions:
    return find_positions(table, cameras, PITCH, CONFIG)


def sums(positions: Positions) -> Movement:
    return find_movement(positions, RATE, PITCH, CONFIG)


def test_a_runner_is_where_they_are_at_their_speed_though_the_camera_turns() -> None:
    cameras = turning(COUNT)
    path = runner((-5, -3), (4, 3), COUNT)
    positions = found(seen_by(cameras, {1: path}, jitter=0.7), cameras)
    middle = slice(15, 85)
    assert (positions.states == SEEN).all()
    assert np.hypot(*(positions.places - path)[middle].T).max() < 0.25
    assert np.abs(positions.speeds[middle] - 5).max() < 0.5
    assert np.nanmedian(np.abs(positions.accelerations)) < 1


def test_a_foot_that_is_hidden_for_a_moment_moves_nobody() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, {1: runner((0, 0), (2, 0), COUNT)})
    boxes = table.boxes.copy()
    boxes[50:53, 3] -= 25  # behind somebody
    positions = found(replace(table, boxes=boxes), cameras)
    assert np.abs(positions.places[:, 1]).max() < 0.3


def test_nothing_is_said_where_the_camera_is_not_sure() -> None:
    cameras = turning(COUNT)
    sure = np.ones(COUNT)
    sure[40:60] = 0.1
    table = seen_by(cameras, {1: runner((0, 0), (2, 0), COUNT)})
    positions = found(table, replace(cameras, confidences=sure))
    assert np.array_equal(np.flatnonzero(positions.states == UNSURE), np.arange(40, 60))
    numbers = [*positions.places.T, positions.speeds, positions.accelerations]
    assert all(np.isnan(one[40:60]).all() for one in numbers)
    assert sums(positions).seconds[0] == 3.2
    assert sums(positions).unsure_seconds[0] == 0.8
    assert 5 < sums(positions).distances[0] < 6.5  # the 20 frames between are not guessed


def test_whoever_is_cut_off_far_away_or_too_fast_is_nowhere() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, {1: runner((0, 0), (1, 0), COUNT), 2: runner((0, 60), (0, 0), COUNT)})
    positions = found(table, cameras)
    assert positions.known[positions.ids == 1].all()
    assert not positions.known[positions.ids == 2].any()
    cut = table.boxes.copy()
    cut[:, 3] = np.where(table.ids == 1, SIZE[1], cut[:, 3])
    assert not found(replace(table, boxes=cut), cameras).known.any()
    assert found(replace(table, boxes=cut), cameras).why_empty == "no place is sure"
    hurried = found(seen_by(cameras, {1: runner((-20, 0), (14, 0), 60)}), cameras)
    assert not hurried.known.any()


def test_filled_boxes_are_marked_and_bridge_the_path() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, {1: runner((0, 0), (3, 0), COUNT)})
    filled = np.zeros(COUNT, np.bool_)
    filled[50:60] = True
    positions = found(replace(table, interpolated=filled), cameras)
    assert np.array_equal(positions.states == INTERPOLATED, filled)
    assert np.abs(positions.places[:, 0] - 3 * table.times).max() < 0.1


def test_without_a_camera_there_is_no_row_and_a_reason() -> None:
    table = seen_by(turning(COUNT), {1: runner((0, 0), (3, 0), COUNT)})
    none = PitchCameras.none(np.arange(COUNT), SIZE, "no-grass")
    assert found(table, none).why_empty == "no grass"
    assert len(sums(found(table, none))) == 0
    assert sums(found(table, none)).why_empty == "no grass"
    assert found(TrackTable.empty(), turning(3)).why_empty == "there are no tracks"


def test_distance_sprints_top_speed_and_thirds_are_those_of_the_path() -> None:
    cameras = turning(150)
    pace = np.full(150, 2.0)
    pace[50:100] = 8.0  # two seconds
    path = np.column_stack([-14 + np.cumsum(pace) / RATE, np.zeros(150)])
    table = seen_by(cameras, {3: path, 8: runner((5, 5), (0, 0), 150)})
    one = sums(found(table, cameras))
    assert one.ids.tolist() == [3, 8]
    assert one.distances[0] == pytest.approx(24, abs=0.5)
    assert one.sprints.tolist() == [1, 0]
    assert one.sprint_distances[0] == pytest.approx(14, abs=2.5)
    assert one.top_speeds[0] == pytest.approx(8, abs=0.3)
    assert one.distances[1] < 0.5
    assert one.thirds[1].tolist() == [0.0, 6.0, 0.0]
    assert one.middles[1] == pytest.approx([5, 5], abs=0.05)


def test_columns_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(InputError, match=r"places of Positions are \(1, 2\)"):
        replace(Positions.none("no grass"), places=np.zeros((1, 2)))
