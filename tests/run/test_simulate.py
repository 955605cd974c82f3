"""A simulated run folder is linked, described and scored like any other, and never drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from touchline.errors import Interrupted, SettingsError, StoreError, UsageError
from touchline.formats.mot import read_mot
from touchline.formats.sequences import read_truth
from touchline.metrics.alignment import align
from touchline.metrics.identity import identity
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.facts import RunCounts, RunReport
from touchline.run.folder import RunFolder
from touchline.run.link_step import link_run
from touchline.run.report import current_report
from touchline.run.simulate import SimulateRequest, simulate_run


def quiet(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


def simulate(
    out: Path, truth: Path | None = None, *, overwrite: bool = False, **settings: Any
) -> RunReport:
    return simulate_run(SimulateRequest(out, settings, truth, overwrite), quiet)


def test_a_simulated_run_is_linked_and_scored(tmp_path: Path) -> None:
    report = simulate(tmp_path / "run", seconds=4)
    assert report.complete
    assert report.counts.frames == 100
    link_run(tmp_path / "run", {}, quiet)
    found = current_report(RunFolder(tmp_path / "run")).counts.identities
    assert found is not None
    assert found > 10
    (truth,) = read_truth(tmp_path / "run").values()
    assert (truth.name, truth.frame_rate, truth.frame_count) == ("run", 25.0, 100)
    assert (truth.image_size, truth.has_roles) == ((1280, 720), True)
    result = read_mot(tmp_path / "run" / "tracks.txt")
    scores = identity(align(truth.tracks, result, 25.0))
    assert scores.tp > 0.5 * len(truth.tracks)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, seconds=2, seed=7)
    for file in ("gt/gt.txt", "roles.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    stores = [ObservationStore.open(tmp_path / n / "observations.sqlite") for n in ("one", "two")]
    for one, two in zip(*stores, strict=True):
        np.testing.assert_array_equal(one.detections.boxes, two.detections.boxes)
        np.testing.assert_array_equal(one.detections.embeddings, two.detections.embeddings)
        np.testing.assert_array_equal(one.motion, two.motion)
    for store in stores:
        store.close()


def test_drawing_says_that_there_are_no_images(tmp_path: Path) -> None:
    simulate(tmp_path, seconds=0.2)
    link_run(tmp_path, {}, quiet)
    with pytest.raises(UsageError, match="is a simulation: it has no images"):
        draw_run(tmp_path, {}, quiet, lambda: False)


def test_a_folder_with_something_in_it_is_kept_unless_overwriting_is_asked_for(
    tmp_path: Path,
) -> None:
    simulate(tmp_path / "run", seconds=0.2)
    mine = tmp_path / "run" / "notes.txt"
    mine.write_text("keep")
    with pytest.raises(UsageError, match=r"is not empty.*--overwrite"):
        simulate(tmp_path / "run", seconds=0.4)
    report = simulate(tmp_path / "run", overwrite=True, seconds=0.4)
    assert report.counts.frames == 10
    assert mine.read_text() == "keep"
    with pytest.raises(StoreError, match="is a file"):
        simulate(mine, seconds=0.2)


def test_stopping_leaves_a_whole_shorter_scene(tmp_path: Path) -> None:
    done: list[int] = []

    def progress(_stage: str, frames: int, _total: int | None) -> None:
        done.append(frames)

    request = SimulateRequest(tmp_path / "stopped", {"seconds": 10})
    with pytest.raises(Interrupted, match="stopped after 30 frames"):
        simulate_run(request, progress, lambda: len(done) == 30)
    simulate(tmp_path / "whole", seconds=1.2)
    for file in ("gt/gt.txt", "roles.csv"):
        stopped = (tmp_path / "stopped" / file).read_bytes()
        assert stopped == (tmp_path / "whole" / file).read_bytes()
    assert "seqLength=30" in (tmp_path / "stopped" / "seqinfo.ini").read_text()
    report = json.loads((tmp_path / "stopped" / "run.json").read_text())
    assert (report["counts"]["frames"], report["video"]["frame_count"]) == (30, 30)
    link_run(tmp_path / "stopped", {}, quiet)


def test_a_scene_without_anybody_is_a_run_too(tmp_path: Path) -> None:
    simulate(tmp_path, seconds=0.4, people=0, referees=0, detector={"preset": "none"})
    assert link_run(tmp_path, {}, quiet).counts.boxes == 0
    assert (tmp_path / "gt" / "gt.txt").read_text() == ""


def write_truth(folder: Path, *, size: bool = True) -> None:
    (folder / "gt").mkdir(parents=True)
    lines = [
        f"{frame},{track},{300 * track + 2 * frame},400,40,90,1,-1,-1,-1\n"
        for frame in range(1, 41)
        for track in (1, 2, 9)
    ]
    (folder / "gt" / "gt.txt").write_text("".join(lines))
    (folder / "roles.csv").write_text(
        "track_id,role,team\n1,player,blue\n2,goalkeeper,blue\n9,ball,\n"
    )
    extent = "imWidth=1280\nimHeight=720\n" if size else ""
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nframeRate=50\nseqLength=45\n{extent}")


@pytest.mark.parametrize("name", ["", "gt/gt.txt"])
def test_the_detector_alone_may_be_simulated_on_a_truth(tmp_path: Path, name: str) -> None:
    write_truth(tmp_path / "real")
    report = simulate(tmp_path / "run", tmp_path / "real" / name, detector={"preset": "none"})
    assert report.counts == RunCounts(frames=45, shots=1, detections=80, embedded=80)
    assert report.video.fps == 50
    (real,), (copied,) = (read_truth(tmp_path / n).values() for n in ("real", "run"))
    people = real.tracks[real.tracks.roles != "ball"]
    np.testing.assert_array_equal(copied.tracks.boxes, people.boxes)
    np.testing.assert_array_equal(copied.tracks.roles, people.roles)
    assert copied.frame_count == 45
    link_run(tmp_path / "run", {}, quiet)
    result = read_mot(tmp_path / "run" / "tracks.txt")
    assert set(result.ids.tolist()) == {1, 2}


def test_a_truth_that_cannot_be_simulated_says_what_is_missing(tmp_path: Path) -> None:
    write_truth(tmp_path / "a", size=False)
    with pytest.raises(UsageError, match="-s width=1920"):
        simulate(tmp_path / "run", tmp_path / "a")
    report = simulate(tmp_path / "run", tmp_path / "a", width=1920, height=1080)
    assert report.video.width == 1920
    with pytest.raises(SettingsError, match="setting people makes a scene"):
        simulate(tmp_path / "other", tmp_path / "a", people=3)
    write_truth(tmp_path / "real" / "b")
    write_truth(tmp_path / "real" / "c")
    with pytest.raises(UsageError, match="holds 2 sequences"):
        simulate(tmp_path / "both", tmp_path / "real")
    with pytest.raises(UsageError, match="does not exist"):
        simulate(tmp_path / "none", tmp_path / "missing")
    assert not (tmp_path / "other").exists()
