"""A run that was killed goes on, and the result is that of a run that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, make_clip

from touchline.observations import ObservationStore
from touchline.seen_lines import pack_lines


def command(clip: Clip, out: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "touchline", "track", str(clip.video), "--out", str(out)),
        *("--detections", str(clip.detections), "-s", "detector.batch_size=3", "--no-video"),
    ]


def rows(out: Path) -> int:
    with ObservationStore.open(out / "observations.sqlite") as store:
        return len(store)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("long"), frames=600)


def test_a_killed_run_continues_to_the_same_result(long_clip: Clip, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(long_clip, whole), check=True, capture_output=True)

    process = subprocess.Popen(command(long_clip, killed), stderr=subprocess.DEVNULL)
    store = killed / "observations.sqlite"
    half = (whole / "observations.sqlite").stat().st_size / 2
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if store.exists() and store.stat().st_size > half:
            break
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    done = rows(killed)
    assert 0 < done < long_clip.frames
    # What is there can be looked at and linked before going on.
    for order in ("info", "link"):
        looked = [sys.executable, "-m", "touchline", order, str(killed)]
        output = subprocess.run(looked, check=True, capture_output=True, text=True).stdout
        assert f"{done} frames" in output
        assert "not finished" in output

    subprocess.run(command(long_clip, killed), check=True, capture_output=True)
    assert rows(killed) == long_clip.frames
    assert (killed / "tracks.csv").read_bytes() == (whole / "tracks.csv").read_bytes()
    with (
        ObservationStore.open(whole / "observations.sqlite") as expected,
        ObservationStore.open(killed / "observations.sqlite") as found,
    ):
        for a, b in zip(expected, found, strict=True):
            assert (a.frame, a.time, a.cut) == (b.frame, b.time, b.cut)
            assert np.array_equal(a.motion, b.motion)
            assert a.detections.boxes.tobytes() == b.detections.boxes.tobytes()
            assert (a.lines is None) == (b.lines is None)
            if a.lines is not None and b.lines is not None:
                assert pack_lines(a.lines) == pack_lines(b.lines)
            assert (a.detections.embeddings is None) == (b.detections.embeddings is None)
            if a.detections.embeddings is not None and b.detections.embeddings is not None:
                assert np.array_equal(a.detections.embeddings, b.detections.embeddings)


def test_the_seconds_of_a_continued_run_add_up(long_clip: Clip, tmp_path: Path) -> None:
    import json

    from touchline.errors import Interrupted
    from touchline.run.request import RunRequest
    from touchline.run.track import track_run

    settings = {"models": {"detections": str(long_clip.detections)}}
    request = RunRequest(str(long_clip.video), tmp_path, settings, draw_video=False)
    asked = iter([False, False, True])
    with pytest.raises(Interrupted):
        track_run(request, lambda _s, _d, _t: None, lambda: next(asked))
    first = json.loads((tmp_path / "run.json").read_text())["seconds"]["camera motion"]
    report = track_run(request, lambda _s, _d, _t: None, lambda: False)
    assert report.seconds["camera motion"] > first > 0
