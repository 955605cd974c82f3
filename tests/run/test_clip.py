"""A video of some people of a run, from a real video file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip

import touchline
from touchline.errors import InputError, Interrupted, SettingsError, UsageError
from touchline.person_choice import PersonChoice
from touchline.run.clip_step import ClipMade, ClipRequest, clip_run
from touchline.run.folder import stored_settings
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Image
from touchline.video.reader import open_video


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def run(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 2.4 seconds whose last identity is gone after half a second."""
    folder = tmp_path_factory.mktemp("clips")
    rows = clip.detections.read_text().splitlines()
    kept = [row for n, row in enumerate(rows) if n % 4 != 3 or n // 4 < 12]
    (folder / "det.txt").write_text("\n".join(kept) + "\n")
    settings = {"models": {"detections": str(folder / "det.txt"), "reid": "none"}}
    request = RunRequest(str(clip.video), folder / "run", settings, draw_video=False)
    track_run(request, quiet, never)
    return folder / "run"


def made(run: Path, *players: int, source: str | None = None, **wanted: Any) -> ClipMade:
    draw = {"trail_seconds": 0, **wanted.pop("draw", {})}
    request = ClipRequest(PersonChoice(players), **wanted)
    settings = {**stored_settings(run), "draw": draw}
    return clip_run(run, request, settings, quiet, never, source)


def frames(file: Path) -> tuple[list[Image], list[float]]:
    with open_video(file) as video:
        shown = [(frame.image, frame.time) for frame in video]
    return [image for image, _ in shown], [time for _, time in shown]


def test_the_whole_clip_has_only_those_people_marked(run: Path, clip: Clip) -> None:
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    result = made(run, 1, 3)
    assert result.file == run / "clip-1-3.mp4"
    assert (result.seconds, result.of_seconds, result.seen_seconds) == (2.4, 2.4, 2.4)
    images, _ = frames(result.file)
    plain, _ = frames(clip.video)
    assert len(images) == clip.frames
    changed = np.abs(images[5].astype(int) - plain[5]).max(axis=2) > 60
    assert changed[90:130].sum() > 50  # at the feet of 1 and 3
    assert changed[180:215].sum() < 20  # at those of the others
    others = {name: (run / name).read_bytes() for name in before}
    assert others == before  # the run itself is as it was


def test_only_when_seen_leaves_the_rest_out_and_says_how_long_it_is(run: Path) -> None:
    last = int(touchline.open_run(run).identities.ids[-1])
    result = made(run, last, only_when_seen=True)
    assert result.file.name == f"clip-{last}-seen.mp4"
    images, times = frames(result.file)
    assert result.seen_seconds == pytest.approx(0.48)
    assert result.seconds == pytest.approx(len(images) / 25)
    assert 0.48 + 0.44 <= result.seconds <= 0.48 + 0.56  # half a second behind, nothing before
    assert np.diff(times) == pytest.approx(0.04, abs=1e-3)


def test_stretches_far_apart_are_joined_without_a_gap_in_time(clip: Clip, tmp_path: Path) -> None:
    settings = {
        "models": {"detections": str(tmp_path / "det.txt"), "reid": "none"},
        "link": {"method": "online"},
    }
    rows = clip.detections.read_text().splitlines()
    seen = [row for n, row in enumerate(rows) if n % 4 == 2 and not 8 <= n // 4 < 52]
    (tmp_path / "det.txt").write_text("\n".join(seen) + "\n")
    track_run(
        RunRequest(str(clip.video), tmp_path / "run", settings, draw_video=False), quiet, never
    )
    ids = touchline.open_run(tmp_path / "run").identities.ids.tolist()
    result = made(tmp_path / "run", *ids, only_when_seen=True, zoom=True, size=(160, 120))
    images, times = frames(result.file)
    assert images[0].shape == (120, 160, 3)
    assert len(images) < clip.frames - 10
    assert np.diff(times) == pytest.approx(0.04, abs=1e-3)


def test_zoom_follows_in_the_size_that_is_asked_for(run: Path) -> None:
    result = made(run, 2, zoom=True, size=(320, 320))
    images, _ = frames(result.file)
    assert images[0].shape == (320, 320, 3)
    assert result.lost_seconds == 0
    # The white shirt of 2 is enlarged, and near the middle of the height.
    for image in (images[5], images[50]):
        rows, _ = np.nonzero((image > 200).all(axis=2))
        assert len(rows) > 1.5 * 16 * 40
        assert abs(np.median(rows) - 160) < 40


def test_people_too_far_apart_for_the_shape_are_said(run: Path) -> None:
    result = made(run, 1, 2, zoom=True, size=(80, 400), out=run / "tall.mp4")
    assert 0.5 < result.lost_seconds < 2.4


def test_a_moved_video_is_named_and_another_is_refused(
    run: Path, clip: Clip, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(clip.video.read_bytes())
    assert made(run, 1, out=tmp_path / "one.mp4", source=str(moved)).file.exists()
    with pytest.raises(UsageError, match="is not the video that was observed"):
        made(run, 1, out=tmp_path / "two.mp4", source=str(tmp_path / "one.mp4"))
    assert not (tmp_path / "two.mp4").exists()


def test_what_cannot_be_made_is_said_before_the_video_is_read(run: Path, clip: Clip) -> None:
    with pytest.raises(InputError, match="there is no identity 9"):
        made(run, 9)
    with pytest.raises(UsageError, match="say whom: --player 8"):
        ClipRequest(PersonChoice())
    with pytest.raises(UsageError, match="give --zoom too"):
        ClipRequest(PersonChoice((1,)), size=(64, 64))
    with pytest.raises(UsageError, match=r"end its name in .mp4"):
        ClipRequest(PersonChoice((1,)), out=Path("x.avi"))
    for taken in (clip.video, run / "annotated.mp4"):
        with pytest.raises(UsageError, match="would replace a file of the run"):
            made(run, 1, out=taken)
    settings = {**stored_settings(run), "link": {"method": "online"}}
    with pytest.raises(SettingsError, match=r"link.method does not act on touchline clip"):
        clip_run(run, ClipRequest(PersonChoice((1,))), settings, quiet, never)


def test_a_stop_keeps_what_is_done_and_says_so(run: Path, tmp_path: Path) -> None:
    asked = iter([False] * 9 + [True] * 99)
    request = ClipRequest(PersonChoice((1,)), out=tmp_path / "part.mp4")
    with pytest.raises(Interrupted, match="stopped after 10 of 60 frames"):
        clip_run(run, request, stored_settings(run), quiet, lambda: next(asked))
    assert len(frames(tmp_path / "part.mp4")[0]) == 10


def test_everybody_can_be_blurred_in_it(run: Path, tmp_path: Path) -> None:
    plain = frames(made(run, 1, out=tmp_path / "a.mp4").file)[0][5].astype(int)
    blurred = frames(made(run, 1, out=tmp_path / "b.mp4", draw={"blur": "all"}).file)[0][5]
    changed = np.abs(plain - blurred).max(axis=2) > 40
    assert changed[150:190].sum() > 100  # the third, who is not marked


def test_a_clip_is_made_from_python(run: Path) -> None:
    file = touchline.open_run(run).clip([1, 2], zoom=True, size=(WIDTH, HEIGHT))
    assert file == run / "clip-1-2-zoom.mp4"
    assert frames(file)[0][0].shape == (HEIGHT, WIDTH, 3)
    assert replace(ClipRequest(PersonChoice((1,))), zoom=True).size is None
