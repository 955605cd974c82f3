"""What a page orders of a run: exports that other commands read, clips, tables, the video."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import av
import httpx
from clips import Clip
from review_pages import until

import touchline
from touchline.evaluation.tracks import evaluate_tracks
from touchline.formats.table import read_csv
from touchline.formats.writers import WORKBOOK, WRITERS
from touchline.reid.sources import SourceRequest, read_sources
from touchline.review.server import ReviewServer
from touchline.video.browser_video import kind_in_browsers

OF_ANY_RUN = (*WRITERS, WORKBOOK)
"""Formats that need no metres."""


def finished(page: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(600):
        if job["state"] != "running":
            break
        time.sleep(0.02)
        job = page.get(f"/api/jobs/{job['id']}").json()
    return job


def test_every_format_is_exported_and_handed_over(page: httpx.Client) -> None:
    jobs = [page.post("/api/exports", json={"format": name}).json() for name in OF_ANY_RUN]
    for begun in jobs:
        job = finished(page, begun)
        assert (job["state"], job["error"]) == ("done", None)
        file = page.get(f"/api/jobs/{job['id']}/file")
        assert file.status_code == 200
        assert "attachment" in file.headers["content-disposition"]
        assert len(file.content) > 100
    assert page.post("/api/exports", json={"format": "../x"}).status_code == 400
    assert page.get("/api/jobs/99").status_code == 404


def test_a_corrected_run_is_truth_for_evaluate_and_reid_prepare(
    page: httpx.Client, run: Path, clip: Clip
) -> None:
    page.post("/api/edits", json={"kind": "team", "boxes": [[5, 3]], "value": "B"})
    finished(page, page.post("/api/exports", json={"format": "truth"}).json())
    truth = run / "truth"
    (score,) = evaluate_tracks(truth, run).sequences.values()
    assert score.hota.hota.min() == 1.0
    sources, warnings = read_sources(SourceRequest(videos=[(clip.video, truth)]))
    assert warnings == []
    assert len(sources[0].truth.frames) == len(touchline.open_run(run).tracks)


def test_a_clip_of_a_person_is_made_while_one_goes_on(page: httpx.Client, run: Path) -> None:
    job = page.post("/api/clips", json={"identity": 3}).json()
    edited = page.post("/api/edits", json={"kind": "name", "boxes": [[5, 3]], "value": "Ada"})
    assert edited.status_code == 200
    job = finished(page, job)
    assert (job["state"], job["name"]) == ("done", "clip-3-zoom.mp4")
    with av.open(str(run / job["name"])) as video:
        assert sum(1 for _ in video.decode(video=0)) == 60
    assert not list(run.glob(".review-*"))
    assert page.post("/api/clips", json={"identity": 99}).status_code == 400


def test_a_person_is_told_as_a_table_and_by_moments(
    page: httpx.Client, run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_bytes(page.get("/api/people/3.csv").content)
    tracks = touchline.open_run(run).tracks
    assert read_csv(file).boxes.tolist() == tracks[tracks.ids == 3].boxes.tolist()
    frames = page.get("/api/people/3/crops?count=5").json()["frames"]
    assert len(frames) == 5
    assert frames == sorted(frames)
    assert page.get("/api/people/99/crops").status_code == 404
    assert page.get("/api/people/99.csv").status_code == 404


def test_the_video_is_served_in_ranges(page: httpx.Client, clip: Clip) -> None:
    while page.get("/api/run").json()["play"] is None:
        time.sleep(0.02)
    content = clip.video.read_bytes()
    part = page.get("/media/video", headers={"range": "bytes=10-29"})
    assert (part.status_code, part.content) == (206, content[10:30])
    assert part.headers["content-range"] == f"bytes 10-29/{len(content)}"
    end = page.get("/media/video", headers={"range": "bytes=-5"})
    assert end.content == content[-5:]
    assert page.get("/media/video", headers={"range": "bytes=99999999-"}).status_code == 416


def test_a_video_that_no_browser_plays_is_copied_with_its_times(
    run: Path, clip: Clip, tmp_path: Path
) -> None:
    moved = tmp_path / "clip.mkv"
    with av.open(str(clip.video)) as source, av.open(str(moved), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert kind_in_browsers(clip.video) == "video/mp4"
    assert kind_in_browsers(moved) is None
    # Another file is another video: the run is made to be of this one.
    from touchline.review.playing import Playing
    from touchline.review.session import ReviewSession
    from touchline.video.reader import open_video

    session = ReviewSession(run)
    session.opened = lambda frame: open_video(moved, first_frame=frame)  # type: ignore[method-assign]
    session.source = str(moved)
    playing = Playing(session, lambda: None)
    try:
        for _ in range(500):
            if playing.file is not None:
                break
            time.sleep(0.02)
        assert playing.as_json() == {"url": "/media/video", "kind": "copy", "type": "video/mp4"}
        assert playing.file == (run / "review.mp4", "video/mp4")
        with open_video(run / "review.mp4") as copy:
            times = [frame.time for frame in copy]
        assert len(times) == clip.frames
        assert times[10] == 0.4
    finally:
        playing.close()
        session.close()


def test_another_video_is_not_played(run: Path, tmp_path: Path) -> None:
    from clips import make_clip

    other = make_clip(tmp_path, frames=5)
    with ReviewServer(run, source=str(other.video)) as server:
        for _ in range(200):
            if server.playing.progress()["why"]:
                break
            time.sleep(0.02)
        assert "not the video" in server.playing.progress()["why"]
        assert server.playing.as_json() is None
        assert "not the video" in (server.session.why_no_images or "")


def test_a_video_that_is_gone_is_named_with_the_cure(run: Path, tmp_path: Path) -> None:
    with ReviewServer(run, source=str(tmp_path / "gone.mp4")) as server:
        until(lambda: server.session.why_no_images is not None)
        why = server.session.why_no_images or ""
        assert "gone.mp4" in why
        assert f"touchline review {run} --video FILE" in why
