"""A run leaves what it promises in its folder."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from clips import Clip, make_clip

from touchline.config import check_config
from touchline.errors import Interrupted, SettingsError, StoreError, UsageError, VideoError
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.draw_step import draw_run
from touchline.run.facts import RunCounts
from touchline.run.folder import stored_settings
from touchline.run.inputs import open_perception
from touchline.run.link_step import link_run
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Image
from touchline.video.writer import VideoWriter


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


def request(clip: Clip, out: Path, **options: Any) -> RunRequest:
    settings = {"models": {"detections": str(clip.detections)}, **options.pop("settings", {})}
    return RunRequest(source=str(clip.video), out=out, settings=settings, **options)


def ids_by_frame(tracks: Path) -> dict[int, set[int]]:
    frames: dict[int, set[int]] = {}
    for row in np.loadtxt(tracks, delimiter=",", ndmin=2):
        frames.setdefault(int(row[0]), set()).add(int(row[1]))
    return frames


def test_a_run_folder_holds_tracks_video_and_report(clip: Clip, tmp_path: Path) -> None:
    report = track_run(request(clip, tmp_path / "run"), quiet, never)
    frames = ids_by_frame(tmp_path / "run" / "tracks.txt")
    assert set(frames) == set(range(1, clip.frames + 1))
    assert set.union(*frames.values()) == {1, 2, 3, 4}
    with av.open(str(tmp_path / "run" / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == clip.frames
        assert video.streams.video[0].codec_context.name == "h264"
    with (tmp_path / "run" / "tracks.csv").open() as text:
        rows = list(csv.DictReader(text))
    assert {row["role"] for row in rows} == {"player"}  # boxes without classes: kits tell
    assert {row["source"] for row in rows} <= {"detected", "interpolated"}
    assert float(rows[-1]["time"]) == pytest.approx((clip.frames - 1) / 25)
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == report.as_json()
    assert report.complete
    assert report.counts == RunCounts(
        frames=clip.frames,
        shots=1,
        detections=4 * clip.frames,
        embedded=report.counts.embedded,
        identities=4,
        boxes=len(rows),
        interpolated=0,
        doubles=0,
        glimpses=0,
        glimpse_seconds=0.0,
        outside=0,
        cameras=0,
        ball_seen=0,
        ball_bridged=0,
    )
    assert 0 < report.counts.embedded <= 4 * clip.frames
    assert report.frames_per_second is not None
    assert report.frames_per_second > 0
    assert report.models.detections is not None
    assert report.models.detections.sha256


def test_crossing_players_keep_their_identities(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    rows = np.loadtxt(tmp_path / "tracks.txt", delimiter=",")
    for player in (1, 2, 3, 4):
        lefts = rows[rows[:, 1] == player, 2]
        assert len(lefts) == clip.frames
        assert np.abs(np.diff(lefts)).max() < 4
    assert not (tmp_path / "annotated.mp4").exists()


def test_frames_keep_their_numbers_when_only_a_part_is_tracked(clip: Clip, tmp_path: Path) -> None:
    report = track_run(request(clip, tmp_path, start=0.8, end=1.6), quiet, never)
    assert set(ids_by_frame(tmp_path / "tracks.txt")) == set(range(21, 41))
    assert report.counts.frames == 20
    with av.open(str(tmp_path / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 20


def test_motion_alone_needs_no_embeddings(clip: Clip, tmp_path: Path) -> None:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    report = track_run(request(clip, tmp_path, settings=settings), quiet, never)
    assert report.counts.embedded == 0
    assert report.counts.identities == 4
    assert report.models.embedder is None


def test_a_finished_run_is_not_observed_again(clip: Clip, tmp_path: Path) -> None:
    first = track_run(request(clip, tmp_path), quiet, never)
    stages: list[str] = []
    second = track_run(request(clip, tmp_path), lambda stage, _d, _t: stages.append(stage), never)
    assert "observe" not in stages
    assert second.counts == first.counts


def test_another_run_in_the_folder_is_refused_unless_overwritten(
    clip: Clip, tmp_path: Path
) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    other = {"models": {"detections": str(clip.detections), "reid": "none"}}
    with pytest.raises(
        UsageError,
        match=r"sha256 was football-reid\.onnx \(\w{8}\), now none\).*--overwrite",
    ):
        track_run(request(clip, tmp_path, settings=other), quiet, never)
    report = track_run(request(clip, tmp_path, settings=other, overwrite=True), quiet, never)
    assert report.counts.embedded == 0


def test_overwrite_leaves_files_that_are_not_of_a_run(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    track_run(request(clip, tmp_path, draw_video=False, overwrite=True), quiet, never)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_linking_again_with_the_same_settings_changes_nothing(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    before = (tmp_path / "tracks.csv").read_bytes()
    link_run(tmp_path, stored_settings(tmp_path), quiet)
    assert (tmp_path / "tracks.csv").read_bytes() == before


def test_linking_again_with_other_settings_needs_no_video(clip: Clip, tmp_path: Path) -> None:
    observe_run(request(clip, tmp_path), quiet, never)
    settings = {**stored_settings(tmp_path), "tracker": {"min_new_score": 0.95}}
    report = link_run(tmp_path, settings, quiet)
    assert report.counts.identities == 0
    assert (tmp_path / "tracks.txt").read_text() == ""


def test_a_stopped_run_keeps_its_tracks_and_goes_on(clip: Clip, tmp_path: Path) -> None:
    asked = iter([False, True])
    settings = {"models": {"detections": str(clip.detections)}, "detector": {"batch_size": 10}}
    with pytest.raises(Interrupted, match="stopped after 20 frames"):
        track_run(request(clip, tmp_path, settings=settings), quiet, lambda: next(asked))
    assert set(ids_by_frame(tmp_path / "tracks.txt")) == set(range(1, 21))
    assert not json.loads((tmp_path / "run.json").read_text())["complete"]
    report = track_run(request(clip, tmp_path, settings=settings), quiet, never)
    assert report.complete
    assert set(ids_by_frame(tmp_path / "tracks.txt")) == set(range(1, clip.frames + 1))


def test_drawing_can_be_stopped_and_repeated(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    asked = iter([False] * 9 + [True])
    with pytest.raises(Interrupted, match="stopped after drawing 10 of 60 frames"):
        draw_run(tmp_path, stored_settings(tmp_path), quiet, lambda: next(asked))
    with av.open(str(tmp_path / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 10
    draw_run(tmp_path, stored_settings(tmp_path), quiet, never)
    with av.open(str(tmp_path / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == clip.frames


def test_a_clip_without_any_detection_is_a_run_without_tracks(clip: Clip, tmp_path: Path) -> None:
    nothing = tmp_path / "none.txt"
    nothing.write_text("")
    settings = {"models": {"detections": str(nothing)}}
    report = track_run(request(clip, tmp_path / "run", settings=settings), quiet, never)
    assert report.counts.identities == 0
    assert report.counts.detections == 0
    assert any("empty" in warning for warning in report.warnings)
    assert (tmp_path / "run" / "annotated.mp4").stat().st_size > 0


def test_progress_counts_every_frame_of_every_stage(clip: Clip, tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int | None]] = {}

    def note(stage: str, done: int, total: int | None) -> None:
        seen[stage] = (done, total)

    track_run(request(clip, tmp_path), note, never)
    every = (clip.frames, clip.frames)
    assert seen == {
        **dict.fromkeys(("observe", "cameras", "link", "draw"), every),
        "who is who": (100, 100),
    }


def test_detections_of_another_resolution_are_noticed_and_can_be_scaled(
    clip: Clip, tmp_path: Path
) -> None:
    rows = np.loadtxt(clip.detections, delimiter=",")
    rows[:, 2:6] *= 3
    large = tmp_path / "large.txt"
    np.savetxt(large, rows, fmt="%g", delimiter=",")
    settings: dict[str, Any] = {"models": {"detections": str(large)}}
    report = track_run(request(clip, tmp_path / "a", settings=settings), quiet, never)
    assert any("models.detections_scale" in warning for warning in report.warnings)
    settings["models"]["detections_scale"] = 1 / 3
    report = track_run(request(clip, tmp_path / "b", settings=settings), quiet, never)
    assert report.warnings == ()
    assert report.counts.identities == 4


def test_overwriting_waits_until_the_video_is_open(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    settings = {"models": {"detections": str(clip.detections)}}
    missing = RunRequest(str(tmp_path / "no.mp4"), tmp_path, settings, overwrite=True)
    with pytest.raises(UsageError, match="does not exist"):
        track_run(missing, quiet, never)
    with pytest.raises(VideoError):
        track_run(request(clip, tmp_path, start=99.0, overwrite=True), quiet, never)
    assert (tmp_path / "tracks.txt").stat().st_size > 0


def test_a_run_that_is_being_written_is_not_overwritten(clip: Clip, tmp_path: Path) -> None:
    with (
        ObservationStore.create(tmp_path / "observations.sqlite", {}),
        pytest.raises(StoreError, match="another touchline"),
    ):
        track_run(request(clip, tmp_path, overwrite=True), quiet, never)


def test_a_damaged_run_can_be_overwritten(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "observations.sqlite").write_bytes(b"damage" * 1000)
    (tmp_path / "run.json").write_text("{broken")
    with pytest.raises(StoreError, match="--overwrite"):
        track_run(request(clip, tmp_path), quiet, never)
    report = track_run(request(clip, tmp_path, overwrite=True, draw_video=False), quiet, never)
    assert report.complete


def test_a_broken_report_is_made_anew(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    (tmp_path / "run.json").write_text("{broken")
    link_run(tmp_path, stored_settings(tmp_path), quiet)
    assert json.loads((tmp_path / "run.json").read_text())["complete"]


def test_a_stop_while_finding_out_who_is_who_keeps_the_earlier_tracks(
    clip: Clip, tmp_path: Path
) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    before = (tmp_path / "tracks.csv").read_bytes()
    other = {**stored_settings(tmp_path), "link": {"whole": {"prior_log_odds": 0.1}}}
    stages: list[str] = []

    def note(stage: str, _done: int, _total: int | None) -> None:
        stages.append(stage)

    with pytest.raises(Interrupted, match="stopped while linking; touchline link makes"):
        link_run(tmp_path, other, note, lambda: "who is who" in stages)
    assert stages[-1] == "who is who"
    assert (tmp_path / "tracks.csv").read_bytes() == before
    assert link_run(tmp_path, other, quiet).complete


def test_a_stopped_redraw_keeps_the_earlier_video(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path), quiet, never)
    before = (tmp_path / "annotated.mp4").read_bytes()
    other = {**stored_settings(tmp_path), "draw": {"style": "box"}}
    with pytest.raises(Interrupted):
        draw_run(tmp_path, other, quiet, lambda: True)
    assert (tmp_path / "annotated.mp4").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "annotated.mp4",
        "ball.csv",
        "cameras.csv",
        "links.json",
        "movement.csv",
        "observations.sqlite",
        "outside.csv",
        "people.html",
        "players.csv",
        "positions.csv",
        "run.json",
        "tracks.csv",
        "tracks.txt",
    ]


def test_whoever_is_to_be_drawn_and_is_not_there_is_named_once(
    clip: Clip, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    only = {"draw": {"only": [2, 40, 41]}}
    track_run(request(clip, tmp_path, settings=only), quiet, never)
    said = "draw.only: nobody in this run is one of the identities 40, 41; "
    assert [one.startswith(said) for one in caplog.messages if "draw.only" in one] == [True]
    caplog.clear()
    asked = {**stored_settings(tmp_path), "draw": {"only": [7]}}
    link_run(tmp_path, asked, quiet)  # which keeps it for drawing, and nothing else of draw
    assert "draw.only: nobody in this run is identity 7; " in caplog.text
    assert stored_settings(tmp_path)["draw"] == {"only": [7]}
    with pytest.raises(SettingsError, match=r"draw.style does not act .* and draw.only; "):
        link_run(tmp_path, {**asked, "draw": {"style": "box"}}, quiet)


def test_a_run_remembers_what_it_was_linked_and_drawn_with(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path), quiet, never)
    asked = {**stored_settings(tmp_path), "tracker": {"preset": "botsort"}}
    report = link_run(tmp_path, asked, quiet)
    assert "video" not in report.files  # it shows the tracks from before
    asked = {**stored_settings(tmp_path), "draw": {"style": "box"}}
    report = draw_run(tmp_path, asked, quiet, never)
    assert report.settings["tracker"]["preset"] == "botsort"
    assert report.settings["draw"]["style"] == "box"
    assert "video" in report.files


@pytest.mark.parametrize(
    "change",
    [{"detector": {"min_score": 0.6}}, {"models": {"reid": "none"}}, {"draw": {"style": "box"}}],
)
def test_linking_refuses_settings_that_cannot_act(
    clip: Clip, tmp_path: Path, change: dict[str, Any]
) -> None:
    observe_run(request(clip, tmp_path), quiet, never)
    with pytest.raises(SettingsError, match="does not act on touchline link"):
        link_run(tmp_path, {**stored_settings(tmp_path), **change}, quiet)


def test_drawing_over_another_video_is_refused(clip: Clip, tmp_path: Path) -> None:
    mine = tmp_path / "mine.mp4"
    mine.write_bytes(clip.video.read_bytes())
    settings = {"models": {"detections": str(clip.detections)}}
    request = RunRequest(str(mine), tmp_path / "run", settings, draw_video=False)
    track_run(request, quiet, never)
    moved = mine.rename(tmp_path / "moved.mp4")
    make_clip(tmp_path, frames=30).video.rename(mine)
    with pytest.raises(UsageError, match="not the video that was observed"):
        draw_run(tmp_path / "run", settings, quiet, never)
    draw_run(tmp_path / "run", settings, quiet, never, str(moved))


def test_a_moved_video_goes_on_as_the_same_run(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path / "run", draw_video=False), quiet, never)
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(clip.video.read_bytes())
    stages: set[str] = set()
    settings = {"models": {"detections": str(clip.detections)}}
    track_run(
        RunRequest(str(moved), tmp_path / "run", settings, draw_video=False),
        lambda stage, _d, _t: stages.add(stage),
        never,
    )
    assert stages == {"link", "who is who"}


def test_drawing_before_linking_says_what_is_missing(clip: Clip, tmp_path: Path) -> None:
    observe_run(request(clip, tmp_path), quiet, never)
    with pytest.raises(UsageError, match="touchline link"):
        draw_run(tmp_path, stored_settings(tmp_path), quiet, never)


def test_detections_of_other_frames_are_noticed(clip: Clip, tmp_path: Path) -> None:
    rows = np.loadtxt(clip.detections, delimiter=",")
    rows[:, 0] += 5000
    late = tmp_path / "late.txt"
    np.savetxt(late, rows, fmt="%g", delimiter=",")
    settings = {"models": {"detections": str(late)}}
    report = track_run(request(clip, tmp_path / "run", settings=settings), quiet, never)
    assert any("frames count from 1" in warning for warning in report.warnings)


def test_a_network_that_sees_a_much_smaller_image_is_noticed(football_data: Path) -> None:
    network = football_data / "weights" / "yolox_nano_coco_416.onnx"
    perception = open_perception(check_config(RunConfig, {"models": {"detector": str(network)}}))
    (of_names,) = perception.warnings(640, 360)
    assert "names no classes" in of_names
    (_, warning) = perception.warnings(1280, 720)
    assert "looks at 416x416 pixels of 1280x720" in warning


def test_a_run_that_was_moved_says_where_it_is_now(clip: Clip, tmp_path: Path) -> None:
    report = track_run(request(clip, tmp_path / "run", draw_video=False), quiet, never)
    assert report.files["tracks"] == "tracks.txt"  # by name: the folder may be moved


def test_a_run_folder_is_no_video(clip: Clip, tmp_path: Path) -> None:
    observe_run(request(clip, tmp_path / "run"), quiet, never)
    again = RunRequest(str(tmp_path / "run"), tmp_path / "other")
    with pytest.raises(UsageError, match="is a run folder, not a video: touchline link"):
        observe_run(again, quiet, never)


def test_the_report_names_no_tracks_of_fewer_frames(clip: Clip, tmp_path: Path) -> None:
    asked = iter([True])
    with pytest.raises(Interrupted):
        track_run(request(clip, tmp_path), quiet, lambda: next(asked))
    report = observe_run(request(clip, tmp_path), quiet, never)
    assert report.complete
    assert "tracks" not in report.files
    assert report.counts.identities is None


def test_observing_again_leaves_the_settings_of_the_tracks(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    other = {"models": {"detections": str(clip.detections)}, "tracker": {"min_new_score": 0.99}}
    report = observe_run(request(clip, tmp_path, settings=other), quiet, never)
    assert report.settings["tracker"]["min_new_score"] != 0.99
    report = track_run(request(clip, tmp_path, settings=other, draw_video=False), quiet, never)
    assert report.settings["tracker"]["min_new_score"] == 0.99
    assert report.counts.identities == 0


def test_a_stopped_link_leaves_the_earlier_tracks(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, draw_video=False), quiet, never)
    before = (tmp_path / "tracks.csv").read_bytes()
    other = {**stored_settings(tmp_path), "tracker": {"preset": "botsort"}}
    with pytest.raises(Interrupted):
        link_run(tmp_path, other, quiet, lambda: True)
    assert (tmp_path / "tracks.csv").read_bytes() == before


@pytest.mark.parametrize("name", ["7", "~clip"])
def test_names_like_a_camera_or_a_home_are_files_where_they_exist(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    video = tmp_path / name.replace("~", "")
    video.write_bytes(clip.video.read_bytes())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = {"models": {"detections": str(clip.detections)}}
    source = name.replace("~", "~/")
    track_run(RunRequest(source, tmp_path / "run", settings, draw_video=False), quiet, never)
    monkeypatch.chdir(tmp_path / "run")
    report = draw_run(tmp_path / "run", settings, quiet, never)
    assert report.files["video"] == "annotated.mp4"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address under which ``tmp_path`` is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_does_not_go_on_with_another_video_of_a_server(served: str, tmp_path: Path) -> None:
    clips = {}
    for name, frames in (("one", 30), ("two", 31)):
        (tmp_path / name).mkdir()
        clips[name] = make_clip(tmp_path / name, frames=frames)
    settings = {"models": {"detections": str(clips["one"].detections), "reid": "none"}}

    def asked(name: str) -> RunRequest:
        return RunRequest(f"{served}/{name}/clip.mp4", tmp_path / "run", settings, draw_video=False)

    stop = iter([False, True])
    with pytest.raises(Interrupted):
        track_run(asked("one"), quiet, lambda: next(stop))
    with pytest.raises(UsageError, match=r"holds another run \(video.fingerprint"):
        track_run(asked("two"), quiet, never)
    report = track_run(asked("one"), quiet, never)
    assert report.counts.frames == 30
    stored = stored_settings(tmp_path / "run")
    with pytest.raises(UsageError, match="is not the video that was observed"):
        draw_run(tmp_path / "run", stored, quiet, never, f"{served}/two/clip.mp4")
    draw_run(tmp_path / "run", stored, quiet, never)


def test_an_old_run_of_a_stream_without_a_fingerprint_is_not_gone_on_with(
    served: str, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path, frames=12)
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    asked = RunRequest(f"{served}/clip.mp4", tmp_path / "run", settings, draw_video=False)
    track_run(asked, quiet, never)
    with ObservationStore.open(tmp_path / "run" / "observations.sqlite", write=True) as store:
        facts = store.facts()
        inputs = {**facts["inputs"], "video": {**facts["inputs"]["video"], "fingerprint": ""}}
        store.commit(inputs=inputs, video={**facts["video"], "fingerprint": ""})
    with pytest.raises(UsageError, match="another run"):
        track_run(asked, quiet, never)
    with pytest.raises(UsageError, match="is not the video that was observed"):
        draw_run(tmp_path / "run", stored_settings(tmp_path / "run"), quiet, never)


def test_a_drawing_that_fails_leaves_no_video_under_its_final_name(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {"models": {"detections": str(clip.detections), "reid": "none"}}
    track_run(request(clip, tmp_path, settings=without, draw_video=False), quiet, never)
    write, drawn = VideoWriter.write, iter(range(100))

    def write_some(self: VideoWriter, image: Image, time: float) -> None:
        if next(drawn) == 20:
            raise VideoError("the encoder broke")
        write(self, image, time)

    monkeypatch.setattr(VideoWriter, "write", write_some)
    with pytest.raises(VideoError, match="broke"):
        draw_run(tmp_path, stored_settings(tmp_path), quiet, never)
    assert not [*tmp_path.glob("*.mp4")]
    monkeypatch.setattr(VideoWriter, "write", write)
    assert draw_run(tmp_path, stored_settings(tmp_path), quiet, never).files["video"]


def test_the_report_says_the_rate_at_which_images_came(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, frames=61)
    ticks = [0, *accumulate([20] * 20 + [100] * 40)]
    with av.open(str(clip.video)) as source, av.open(str(tmp_path / "v.ts"), "w") as output:
        stream = output.add_stream("libx264", rate=50)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for picture, tick in zip(source.decode(video=0), ticks, strict=True):
            plain = picture.reformat(format="yuv420p")
            plain.pts, plain.time_base = tick, Fraction(1, 1000)
            output.mux(stream.encode(plain))
        output.mux(stream.encode(None))
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    asked = RunRequest(str(tmp_path / "v.ts"), tmp_path / "run", settings, draw_video=False)
    stop = iter([False, True])
    with pytest.raises(Interrupted):
        track_run(asked, quiet, lambda: next(stop))
    for _ in range(2):  # gone on with, and once more when it is finished
        report = track_run(asked, quiet, never)
        assert report.video.fps == pytest.approx(60_000 / ticks[-1], rel=0.01)
        said = [warning for warning in report.warnings if "frame rate" in warning]
        assert len(said) == 1
        assert "50 images a second, their times say 13.64" in said[0]
