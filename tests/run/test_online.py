"""``--jsonl``: the tracks of each frame while the run goes on, and who they are at its end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import Clip

import touchline
from touchline.errors import Interrupted
from touchline.formats.track_lines import TrackLines
from touchline.run.online import final_identities, stretches
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Tracks, TrackTable


def request_of(clip: Clip, out: Path) -> RunRequest:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    return RunRequest(str(clip.video), out, settings, draw_video=False)


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def content(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def run_lines(clip: Clip, tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "lines.jsonl"
    track_run(request_of(clip, tmp_path / "run"), quiet, lambda: False, TrackLines(file))
    return content(file)


def test_a_line_a_frame_holds_the_online_tracks(clip: Clip, tmp_path: Path) -> None:
    first, *frames, last = run_lines(clip, tmp_path)
    assert first["type"] == "video"
    assert (first["width"], first["height"], first["fps"], first["live"]) == (320, 240, 25.0, False)
    assert [line["frame"] for line in frames] == list(range(1, clip.frames + 1))
    online = touchline.track(clip.video, detections=clip.detections, reid="none")
    for line, (frame, tracks) in zip(frames, online, strict=True):
        assert line["type"] == "frame"
        assert line["time"] == frame.time
        said = [track["provisional_identity"] for track in line["tracks"]]
        assert said == tracks.ids.tolist()
        boxes = [[track[name] for name in ("x1", "y1", "x2", "y2")] for track in line["tracks"]]
        np.testing.assert_allclose(boxes, tracks.boxes, atol=0.006)
    assert last["type"] == "identities"
    assert last["complete"] is True


def test_the_last_line_gives_every_box_the_identity_of_the_files(
    clip: Clip, tmp_path: Path
) -> None:
    _, *frames, last = run_lines(clip, tmp_path)
    with (tmp_path / "run" / "tracks.csv").open(newline="") as text:
        final = {
            (int(row["frame"]), float(row["x1"]), float(row["y1"])): int(row["identity"])
            for row in csv.DictReader(text)
        }
    assert sum(one["boxes"] for one in last["stretches"]) == sum(len(f["tracks"]) for f in frames)
    for line in frames:
        for track in line["tracks"]:
            (stretch,) = [
                one
                for one in last["stretches"]
                if one["provisional_identity"] == track["provisional_identity"]
                and one["first_frame"] <= line["frame"] <= one["last_frame"]
            ]
            assert final[line["frame"], track["x1"], track["y1"]] == stretch["identity"]


def test_each_line_is_out_before_the_next_frames_are_looked_at(clip: Clip, tmp_path: Path) -> None:
    file, seen = tmp_path / "lines.jsonl", list[tuple[int, int]]()

    def look(stage: str, done: int, _total: int | None) -> None:
        if stage == "observe":
            seen.append((done, len(content(file))))

    track_run(request_of(clip, tmp_path / "run"), look, lambda: False, TrackLines(file))
    assert len(seen) > 3
    assert all(lines == done + 1 for done, lines in seen)


def test_a_run_that_goes_on_says_all_of_its_lines(clip: Clip, tmp_path: Path) -> None:
    whole, done = run_lines(clip, tmp_path), list[int]()
    file, request = tmp_path / "part.jsonl", request_of(clip, tmp_path / "parts")

    def count(stage: str, now: int, _total: int | None) -> None:
        if stage == "observe":
            done.append(now)

    with pytest.raises(Interrupted):
        track_run(request, count, lambda: bool(done) and done[-1] > 20, TrackLines(file))
    part = content(file)
    assert part[:-1] == whole[: len(part) - 1]
    assert part[-1]["complete"] is False
    for _ in ("goes on", "has nothing left to do"):
        track_run(request, quiet, lambda: False, TrackLines(file))
        assert content(file) == whole


def test_a_reader_that_goes_away_does_not_end_the_run(clip: Clip, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "touchline", "track", str(clip.video), "--out", str(out)]
    command += ["--detections", str(clip.detections), "--reid", "none", "--no-video"]
    process = subprocess.Popen(
        [*command, "--jsonl", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["type"] == "video"
    assert json.loads(process.stdout.readline())["frame"] == 1
    process.stdout.close()
    with process.stderr:
        errors = process.stderr.read()
    assert process.wait(60) == 0, errors
    assert "lines only (broken pipe); the run went on without it" in errors
    assert "Exception ignored" not in errors
    assert f"table:   {out / 'tracks.csv'}" in errors
    assert len((out / "tracks.csv").read_text().splitlines()) > clip.frames


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is wanted")
def test_a_full_disk_ends_the_lines_and_not_the_run(clip: Clip, tmp_path: Path) -> None:
    lines = TrackLines(Path("/dev/full"))
    report = track_run(request_of(clip, tmp_path / "run"), quiet, lambda: False, lines)
    assert report.complete
    assert lines.failure == "no space left on device"
    assert lines.count == 0


def test_identities_that_become_others_are_said(tmp_path: Path) -> None:
    lines = TrackLines(tmp_path / "lines.jsonl")
    lines.frame(4, 0.2, Tracks.empty(), cut=True, looked=False, rejoined=[(7, 3)])
    lines.close()
    (line,) = content(tmp_path / "lines.jsonl")
    assert line["rejoined"] == [{"provisional_identity": 7, "is": 3}]
    assert (line["frame"], line["cut"], line["looked"], line["tracks"]) == (5, True, False, [])


def test_a_track_of_two_people_and_a_dropped_box_make_three_stretches() -> None:
    frames, rows = np.array([0, 1, 2, 3], np.int32), np.array([5, 5, 0, 2], np.int32)
    final = TrackTable(
        np.array([0, 1, 1, 3]),
        np.array([0.0, 0.1, 0.1, 0.3]),
        np.array([8, 8, 9, 9]),
        np.tile([0.0, 0.0, 10.0, 20.0], (4, 1)),
        np.ones(4),
        np.array(["player"] * 4),
        np.array([False, False, True, False]),
        rows=np.array([5, 5, -1, 2]),
    )
    owners = final_identities(frames, rows, final)
    assert owners.tolist() == [8, 8, 0, 9]
    found = stretches(np.array([1, 1, 1, 1], np.int32), frames, owners)
    assert [tuple(one.values()) for one in found] == [
        (1, 8, 0, 1, 2),
        (1, None, 2, 2, 1),
        (1, 9, 3, 3, 1),
    ]
    assert stretches(np.array([], np.int32), frames[:0], owners[:0]) == []
