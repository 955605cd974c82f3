"""Who is never on the pitch leaves the tracks; who belongs to the match, or was named, stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from paced_people import RATE, SIZE, runner, seen_by, turning

from touchline.clothes.collection import Clothes
from touchline.edits.facts import Edit, SeenBox
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.outside import OutsidePeople, without_outside
from touchline.linking.pipeline import TrackedClip
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.grass import SeenGrass
from touchline.role_codes import role_codes
from touchline.seen_lines import SeenLines
from touchline.types import Ints, TrackTable, identity_motion

COUNT = 40
SITTING, LINESMAN, LEAVING = 3, 4, 5
PATHS = {
    1: runner((-4, 0), (3, 0), COUNT),
    2: runner((4, 10), (0, 3), COUNT),
    SITTING: runner((2, 40), (0, 0), COUNT),
    LINESMAN: runner((-3, 35.5), (2, 0), COUNT),
    LEAVING: runner((6, 30), (0, 6), COUNT),  # over the line and 5 m on
}


def tracked(table: TrackTable) -> TrackedClip:
    count = len(table)
    clothes = Clothes(
        table.ids,
        table.times,
        np.zeros((count, 2), np.float32),
        np.full((count, 12), np.nan, np.float32),
        role_codes(table.roles),
        table.scores,
        np.full(count, -1),
        np.zeros(count, np.float32),
    )
    ids: Ints = np.unique(table.ids)
    none = np.zeros(len(ids))
    bins = AppearanceBins(
        ids, none, np.ones(len(ids), np.int64), np.zeros((len(ids), 2), np.float32)
    )
    motions = np.tile(identity_motion(), (COUNT, 1, 1))
    times = np.arange(COUNT) / RATE
    clothed = np.ones(COUNT, np.bool_)
    return TrackedClip(
        table, bins, clothes, np.arange(COUNT), times, motions, (), None, clothed, SIZE, (), 0
    )


def left(
    cameras: PitchCameras, table: TrackTable, edits: tuple[Edit, ...] = ()
) -> tuple[list[int], OutsidePeople]:
    clip, outside = without_outside(
        tracked(table), cameras, PitchConfig(), PositionsConfig(), edits
    )
    found = np.unique(clip.table.ids).tolist()
    assert np.unique(clip.clothes.track_ids).tolist() == found
    assert clip.bins.track_ids.tolist() == found
    return found, outside


def test_spectators_leave_and_assistants_and_those_who_leave_the_pitch_stay() -> None:
    cameras = turning(COUNT)
    found, outside = left(cameras, seen_by(cameras, PATHS))
    assert found == [1, 2, LINESMAN, LEAVING]
    assert outside.boxes.tolist() == [COUNT]
    assert outside.places[0] == pytest.approx([2, 40], abs=0.1)
    assert outside.beyond[0] == pytest.approx(6, abs=0.1)
    assert (outside.first_times[0], outside.last_times[0]) == (0.0, 39 / RATE)


BENCH = 6


def grass_of(cameras: PitchCameras, every: int = 5) -> SeenGrass:
    """All that is seen of a pitch with 4 m of grass around it, in every fifth frame."""
    grass, size = SeenGrass(SIZE), (68, 120)
    rows, columns = np.mgrid[: size[0], : size[1]]
    pixels = np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5]) * SIZE[0] / size[1]
    for frame in range(0, COUNT, every):
        places = cameras.pitch_points(np.full(len(pixels), frame), pixels)
        with np.errstate(invalid="ignore"):
            on = (np.abs(places) < np.array([56.5, 38.0])).all(axis=1)
        none = np.empty((0, 2))
        grass.add(frame, SeenLines(none, none[:, 0], on.reshape(size)))
    return grass


def on_the_grass(
    cameras: PitchCameras, table: TrackTable, grass: SeenGrass, **settings: float
) -> tuple[list[int], OutsidePeople]:
    config = PositionsConfig.model_validate(settings)
    clip, outside = without_outside(tracked(table), cameras, PitchConfig(), config, (), grass)
    return np.unique(clip.table.ids).tolist(), outside


def test_without_a_camera_only_who_is_far_off_the_grass_leaves() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, {**PATHS, BENCH: runner((4, 56), (0, 0), COUNT)})
    none = PitchCameras.none(np.arange(COUNT), SIZE, "no-agreement")
    found, outside = on_the_grass(none, table, grass_of(cameras))
    assert found == [1, 2, SITTING, LINESMAN, LEAVING]  # 40 m is near the grass: more careful
    assert outside.off_grass.tolist() == [True]
    assert np.isnan(outside.places).all()
    assert outside.why_none is None
    assert BENCH in on_the_grass(none, table, grass_of(cameras), grass_margin=100)[0]
    seldom = grass_of(cameras, every=20)
    assert BENCH in on_the_grass(none, table, seldom)[0]
    short = table[(table.ids != BENCH) | (table.frames < 24)]
    assert BENCH in on_the_grass(none, short, grass_of(cameras))[0]


def test_the_grass_decides_nothing_where_the_camera_does_or_many_would_go() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, {**PATHS, BENCH: runner((4, 56), (0, 0), COUNT)})
    patches = SeenGrass(SIZE)  # nobody stands on what of it was found
    strip = np.zeros((68, 120), np.bool_)
    strip[34:] = True
    for frame in range(0, COUNT, 5):
        patches.add(frame, SeenLines(grass=strip))
    found, outside = on_the_grass(cameras, table, patches)
    assert found == [1, 2, LINESMAN, LEAVING]
    assert not outside.off_grass.any()
    none = PitchCameras.none(np.arange(COUNT), SIZE, "no-agreement")
    far = replace(table, boxes=table.boxes - np.array([0, 200, 0, 200]))
    assert len(on_the_grass(none, far, patches)[0]) == 6


def test_whoever_a_fact_was_stated_of_stays() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, PATHS)
    row = int(np.flatnonzero(table.ids == SITTING)[5])
    box = SeenBox(int(table.frames[row]) + 1, None, tuple(table.boxes[row].tolist()))
    found, outside = left(cameras, table, (Edit("name", (box,), "", "Coach"),))
    assert SITTING in found
    assert len(outside) == 0


def test_nobody_leaves_without_a_camera_or_where_most_would() -> None:
    cameras = turning(COUNT)
    table = seen_by(cameras, PATHS)
    none = PitchCameras.none(np.arange(COUNT), SIZE, "no-lines")
    found, outside = left(none, table)
    assert (len(found), outside.why_none) == (5, "no lines")
    short = table[(table.ids != SITTING) | (table.frames < 12)]
    assert len(left(cameras, short)[0]) == 5
    sure = np.where(np.arange(COUNT) < 25, 0.0, 1.0)  # unsure most of the time
    assert len(left(replace(cameras, confidences=sure), table)[0]) == 5
    moved = replace(cameras, places=cameras.places + np.array([0, 60, 0]))
    found, outside = left(moved, table)
    assert len(found) == 5
    assert outside.why_none == "100% of all boxes would be outside of the pitch"
