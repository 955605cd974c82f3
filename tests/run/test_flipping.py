"""The halves of a run's pitch exchanged: the same places from the other side, and nobody else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import Clip
from pitched_runs import CAMERA, cameras_of_the_clip, pitched_run

from touchline.errors import UsageError
from touchline.formats.outside_csv import OutsideRow, read_outside, write_outside
from touchline.observations import ObservationStore
from touchline.run import flipping
from touchline.run.flipping import flip_pitch
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.link_step import link_run
from touchline.run.mended import mend_run
from touchline.run.tables import cameras_of, movement_of, positions_of

TABLES = ("cameras.csv", "positions.csv", "movement.csv", "outside.csv", "tracks.csv", "links.json")


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pitched_run(clip, tmp_path_factory.mktemp("pitched") / "run")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def texts(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in TABLES}


def link(run: Path) -> list[str]:
    """The stages that linking with the run's own settings takes."""
    stages: list[str] = []
    link_run(run, stored_settings(run), lambda stage, *_: stages.append(stage))
    return stages


def test_everybody_is_on_the_other_half_and_stays_who_they_are(run: Path) -> None:
    folder, before, old = RunFolder(run), texts(run), positions_of(RunFolder(run))
    sums = movement_of(folder)
    assert old.known.sum() > 100
    assert sums.middles.any()
    assert flip_pitch(run, True)
    now, there = texts(run), positions_of(folder)
    np.testing.assert_array_equal(there.places, 0.0 - old.places)
    same = ("tracks.csv", "links.json")
    assert {name: now[name] for name in same} == {name: before[name] for name in same}
    moved = movement_of(folder)
    np.testing.assert_array_equal(moved.thirds, sums.thirds[:, ::-1])
    np.testing.assert_array_equal(moved.middles, 0.0 - sums.middles)
    np.testing.assert_array_equal(moved.distances, sums.distances)
    camera = cameras_of(folder, (320, 240)).camera(7)
    assert camera is not None
    assert (camera.x, camera.y, camera.z) == (-CAMERA.x, -CAMERA.y, CAMERA.z)
    assert flip_pitch(run, False)
    assert texts(run) == before
    assert not flip_pitch(run, False)


def test_it_is_what_linking_with_the_setting_makes(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip_pitch(run, True)
    flipped, folder = texts(run), RunFolder(run)
    there = positions_of(folder)
    assert link(run) == [], "everything is as the settings make it"
    for name in TABLES:
        (run / name).unlink()
    monkeypatch.setattr("touchline.run.cameras.find_cameras", cameras_of_the_clip)
    assert "cameras" in link(run)
    exact = ("cameras.csv", "tracks.csv", "links.json")
    assert {name: (run / name).read_bytes() for name in exact} == {
        name: flipped[name] for name in exact
    }
    off = positions_of(folder).places - there.places  # an angle is rounded in files
    assert np.nanmax(np.abs(off)) < 0.011


def test_the_left_third_becomes_the_right_one(finished: Path) -> None:
    sums = movement_of(RunFolder(finished))
    thirds = np.tile([1.0, 2.0, 3.0], (len(sums), 1))
    np.testing.assert_array_equal(replace(sums, thirds=thirds).turned().thirds, 4.0 - thirds)


def test_whoever_was_off_the_pitch_is_on_the_other_side_of_it(tmp_path: Path) -> None:
    file = tmp_path / "outside.csv"
    rows = [
        OutsideRow(0.0, 9.6, 240, -3.5, 38.2, 4.2, "off-pitch"),
        OutsideRow(1.0, 2.0, 25, np.nan, np.nan, np.inf, "off-grass"),
    ]
    write_outside(rows, None, file)
    read, why = read_outside(file)
    assert why is None
    assert read[0] == rows[0]
    assert repr(read[1]) == repr(rows[1]._replace(metres_outside=float("nan")))
    write_outside([], "no grass", file)
    assert read_outside(file) == ([], "no grass")


def test_killed_in_between_the_run_is_linked_again(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(run)
    with monkeypatch.context() as patch:
        patch.setattr(
            flipping, "write_positions", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            flip_pitch(run, True)
    assert texts(run) != before
    monkeypatch.setattr("touchline.run.cameras.find_cameras", cameras_of_the_clip)
    assert mend_run(run, lambda *_: None, lambda: False)
    assert texts(run) == before


def test_a_run_that_knows_no_metres_says_why(run: Path) -> None:
    link_run(run, {**stored_settings(run), "pitch": {"length": 100}}, lambda *_: None)
    with pytest.raises(UsageError, match="knows nothing in metres: no lines were looked for"):
        flip_pitch(run, True)
    with ObservationStore.open(RunFolder(run).observations) as store:
        assert len(store) == 60
