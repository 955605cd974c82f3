"""Whole clips from Python: the same people as the command finds, from whatever holds the boxes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, positions

import touchline
from touchline.people_facts import Recognised
from touchline.run.people import keep_recognised
from touchline.run.request import RunRequest
from touchline.run.track import track_run

COLUMNS = ("frames", "times", "ids", "boxes", "roles", "interpolated")


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "run"
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)
    return out


def same(first: touchline.TrackTable, second: touchline.TrackTable) -> bool:
    return all(np.array_equal(getattr(first, one), getattr(second, one)) for one in COLUMNS)


def test_a_run_is_linked_again_without_a_file_of_it_changing(finished: Path) -> None:
    before = {file: file.read_bytes() for file in finished.iterdir()}
    linked, run = touchline.link(finished), touchline.open_run(finished)
    assert same(linked.tracks, run.tracks)
    assert linked.identities.roles.tolist() == run.identities.roles.tolist()
    online = touchline.RunConfig(link=touchline.LinkConfig(method="online"))
    assert touchline.link(str(finished), online).tracks.confidences is None
    assert {file: file.read_bytes() for file in finished.iterdir()} == before


def test_an_observed_video_gives_the_tracks_of_the_command(clip: Clip, finished: Path) -> None:
    observed = touchline.observe_video(clip.video, detections=clip.detections, reid="none")
    assert same(touchline.link(observed).tracks, touchline.open_run(finished).tracks)


def test_boxes_in_memory_are_linked_frame_by_frame(clip: Clip) -> None:
    found = [touchline.Detections(positions(frame), [0.9] * 4) for frame in range(clip.frames)]
    clip_tracks = touchline.link(found, frame_rate=25, image_size=(320, 240))
    assert clip_tracks.identities.ids.tolist() == [1, 2, 3, 4]
    assert clip_tracks.tracks.frames.max() == clip.frames - 1
    assert clip_tracks.tracks.times.max() == pytest.approx((clip.frames - 1) / 25)
    assert len(clip_tracks.tracks) == 4 * clip.frames


def test_a_clip_in_which_nobody_is_seen_gives_nobody_and_says_why() -> None:
    with pytest.warns(UserWarning, match="nobody is tracked"):
        nobody = touchline.link(
            [touchline.Detections.empty()] * 3, frame_rate=25, image_size=(320, 240)
        )
    assert len(nobody.tracks) == len(nobody.identities) == 0
    assert len(touchline.link([], frame_rate=25, image_size=(320, 240)).tracks) == 0


def test_a_list_must_say_its_rate_and_size_and_hold_frames_in_order() -> None:
    empty = touchline.Detections.empty()
    with pytest.raises(touchline.InputError, match="give frame_rate and image_size"):
        touchline.link([empty])
    with pytest.raises(touchline.InputError, match="item 1 of the observations is a int"):
        touchline.link([empty, 7], frame_rate=25, image_size=(320, 240))  # type: ignore[list-item]
    one = touchline.Observation(5, 0.2, False, np.eye(2, 3), empty)
    with pytest.raises(touchline.InputError, match="frame 5 comes after frame 5"):
        touchline.link([one, one], frame_rate=25, image_size=(320, 240))
    with pytest.raises(touchline.UsageError, match="is not a run folder"):
        touchline.link("nowhere")


def test_a_run_is_read_back_as_its_tables_and_report(finished: Path, tmp_path: Path) -> None:
    run = touchline.open_run(finished)
    assert run.report.counts.identities == len(run.identities) == 4
    assert run.folder == finished
    with pytest.raises(touchline.UsageError, match="is not a run folder"):
        touchline.open_run(tmp_path)
    other = Path(shutil.copytree(finished, tmp_path / "run"))
    ann = Recognised(2, "known", 1, "Ann", "A", None, "player", 0.9, None, "", 2.0)
    keep_recognised(other, [ann])
    assert touchline.open_run(other).identities.names.tolist() == ["", "Ann", "", ""]
    (other / "tracks.csv").unlink()
    with pytest.raises(touchline.UsageError, match=r"touchline link .* makes them"):
        touchline.open_run(other)


def test_tables_become_data_frames_with_a_column_for_each_corner(finished: Path) -> None:
    pytest.importorskip("pandas")
    run = touchline.open_run(finished)
    tracks, people = run.tracks.to_pandas(), run.identities.to_pandas()
    assert len(tracks) == len(run.tracks)
    assert tracks["x2"].tolist() == run.tracks.boxes[:, 2].tolist()
    assert people["identity"].tolist() == [1, 2, 3, 4]
    assert people["number"].tolist() == [None] * 4
    assert tracks.groupby("identity")["frame"].count().sum() == len(tracks)


def test_without_pandas_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(touchline.UsageError, match="pandas is not installed here: pip install"):
        touchline.TrackTable.empty().to_pandas()
