"""Tracks of another program get the identities, teams and files of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip, positions

import touchline
from touchline.errors import FormatError, UsageError
from touchline.run.facts import RunReport
from touchline.run.folder import RunFolder
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Detections

GONE = range(20, 36)


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def given_tracks(clip: Clip, folder: Path) -> Path:
    """What a tracker wrote that loses the third player for a while, who is somebody new then."""
    lines = []
    for frame in range(clip.frames):
        for player, (x1, y1, x2, y2) in enumerate(positions(frame).tolist()):
            if player == 2 and frame in GONE:
                continue
            number = 71 if player == 2 and frame >= GONE.stop else player
            lines.append(f"{frame + 1},{number},{x1:.2f},{y1:.2f},{x2 - x1},{y2 - y1},1,-1,-1,-1")
    file = folder / "theirs.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def run(clip: Clip, out: Path, **settings: Any) -> RunReport:
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    return track_run(request, quiet, lambda: False)


def test_who_got_a_new_id_from_another_tracker_is_one_person_again(
    clip: Clip, tmp_path: Path
) -> None:
    theirs = given_tracks(clip, tmp_path)
    report = run(clip, tmp_path / "run", models={"tracks": str(theirs), "reid": "colour"})
    assert report.models.tracks is not None
    assert report.models.tracks.name == "theirs.txt"
    assert report.counts.identities == 4
    assert report.warnings == ()
    there = touchline.open_run(tmp_path / "run")
    seen = there.tracks[~there.tracks.interpolated]
    times = [set(boxes.frames.tolist()) for _, boxes in seen.by_identity()]
    everywhere = set(range(clip.frames))
    assert sorted(times, key=len) == [everywhere - set(GONE), *[everywhere] * 3]
    assert len(there.identities.ids) == 4
    # As they are, there are five.
    link = {"models": {"tracks": str(theirs), "reid": "colour"}, "link": {"method": "online"}}
    report = link_run(tmp_path / "run", link, quiet)
    assert report.counts.identities == 5


def test_no_box_of_given_tracks_is_left_out_or_moved(clip: Clip, tmp_path: Path) -> None:
    theirs = given_tracks(clip, tmp_path)
    report = run(clip, tmp_path / "run", models={"tracks": str(theirs), "reid": "none"})
    boxes = np.loadtxt(theirs, delimiter=",")
    tracks = touchline.read_tracks(tmp_path / "run" / "tracks.csv")
    shown = tracks[~tracks.interpolated]
    assert report.counts.detections == len(boxes) == len(shown)
    rows = np.lexsort((boxes[:, 2], boxes[:, 0])), np.lexsort((shown.boxes[:, 0], shown.frames))
    assert np.allclose(shown.boxes[rows[1], :2], boxes[rows[0], 2:4])


def test_settings_of_the_tracker_that_do_not_act_are_named(clip: Clip, tmp_path: Path) -> None:
    models = {"tracks": str(given_tracks(clip, tmp_path)), "reid": "none"}
    report = run(clip, tmp_path / "run", models=models, tracker={"preset": "botsort"})
    assert report.warnings == (
        "tracker.preset did not act: the tracks are those of theirs.txt; settings of link.* do",
    )


@pytest.mark.parametrize("other", ["detector", "detections"])
def test_tracks_stand_alone(clip: Clip, tmp_path: Path, other: str) -> None:
    models = {"tracks": str(given_tracks(clip, tmp_path)), other: str(clip.detections)}
    with pytest.raises(UsageError, match="tracks, not both"):
        run(clip, tmp_path / "run", models=models)
    assert not RunFolder(tmp_path / "run").observations.exists()


def test_detections_are_told_from_tracks(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no row has an id .* touchline track --detections"):
        run(clip, tmp_path / "run", models={"tracks": str(clip.detections)})


def test_given_tracks_need_no_video_in_python(clip: Clip) -> None:
    frames = []
    for frame in range(clip.frames):
        kept = [player for player in range(4) if player != 2 or frame not in GONE]
        ids = [71 if player == 2 and frame >= GONE.stop else player for player in kept]
        frames.append(Detections(positions(frame)[kept], np.ones(len(kept)), track_ids=ids))
    people = touchline.link(frames, frame_rate=25.0, image_size=(WIDTH, HEIGHT))
    assert len(people.identities.ids) == 4
