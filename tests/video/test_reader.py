"""Reading files: colours, rotation, sizes, times, threads."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchline.errors import VideoError
from touchline.types import Image
from touchline.video.clock import Clock
from touchline.video.config import VideoConfig
from touchline.video.info import VideoInfo
from touchline.video.reader import VideoReader, open_video
from touchline.video.window import Window
from touchline.video.writer import VideoWriter

MakeVideo = Callable[..., Path]
LOSSLESS = {"qp": "0"}
SHIRT = (40, 30, 200)  # a saturated red: 601 and 709 differ here by more than 15 levels


def plain(width: int, height: int, colour: tuple[int, int, int] = SHIRT) -> list[Image]:
    return [np.full((height, width, 3), colour, np.uint8)] * 3


def first_image(video: Path) -> Image:
    with open_video(video) as reader:
        return next(reader).image


@pytest.mark.parametrize(("matrix", "word"), [(1, "bt709"), (5, "bt601"), (6, "bt601")])
def test_colours_follow_the_matrix_the_stream_names(
    matrix: int, word: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    swscale_matrix = 1 if matrix == 1 else 5
    video = make_video(tmp_path / "c.mp4", plain(64, 48), options=LOSSLESS, matrix=swscale_matrix)
    with open_video(video) as reader:
        assert reader.info.matrix == word
        assert np.abs(next(reader).image.astype(int) - SHIRT).max() <= 2


def test_unnamed_matrix_is_bt601_below_720_lines_and_bt709_from_there(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    # Both are made with BT.601 and do not say so.
    low = make_video(tmp_path / "low.mp4", plain(64, 718), options=LOSSLESS)
    high = make_video(tmp_path / "high.mp4", plain(64, 720), options=LOSSLESS)
    assert np.abs(first_image(low).astype(int) - SHIRT).max() <= 2
    assert np.abs(first_image(high).astype(int) - SHIRT).max() > 10
    with open_video(high) as reader:
        assert reader.info.matrix == "bt709, assumed"


def test_full_chroma_keeps_the_colour_of_narrow_things(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:] = (60, 140, 60)
    image[:, 30:34] = SHIRT  # two chroma samples wide
    video = make_video(
        tmp_path / "c.mp4", [image], options=LOSSLESS, matrix=1, pixel_format="yuv444p"
    )
    assert np.abs(first_image(video).astype(int) - image).max() <= 3


@pytest.mark.parametrize(
    ("matrix", "turn", "rotation"),
    [
        # As phones write it: the image must be turned clockwise by so much.
        ([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30], cv2.ROTATE_90_CLOCKWISE, 90),
        ([-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30], cv2.ROTATE_180, 180),
        ([0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30], cv2.ROTATE_90_COUNTERCLOCKWISE, 270),
    ],
)
def test_rotation_in_the_container_is_applied(
    matrix: list[int], turn: int, rotation: int, tmp_path: Path, make_video: MakeVideo
) -> None:
    upright = first_image(make_video(tmp_path / "plain.mp4", 3))
    video = make_video(tmp_path / "turned.mp4", 3, display_matrix=matrix)
    with open_video(video) as reader:
        image = next(reader).image
        assert np.array_equal(image, cv2.rotate(upright, turn))
        assert reader.info.rotation == rotation
        assert (reader.info.width, reader.info.height) == image.shape[1::-1]


def test_odd_sizes_are_read_as_they_are(tmp_path: Path, make_video: MakeVideo) -> None:
    images = [np.full((47, 61, 3), 90, np.uint8)] * 2
    video = make_video(tmp_path / "odd.mkv", images, codec="ffv1", pixel_format="yuv420p")
    assert first_image(video).shape == (47, 61, 3)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_frame_rates_and_times(fps: int, tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "v.mp4", time_base=Fraction(1, fps))
    with open_video(video) as reader:
        times = [frame.time for frame in reader]
        assert reader.info.fps == pytest.approx(fps)
        assert reader.info.duration == pytest.approx(48 / fps)
    assert times == pytest.approx([number / fps for number in range(48)], abs=1e-4)


def test_uneven_times_are_kept(tmp_path: Path, make_video: MakeVideo) -> None:
    ticks = [0, 40, 90, 91, 500, 540]
    video = make_video(tmp_path / "v.mp4", 6, pts=ticks, time_base=Fraction(1, 1000))
    with open_video(video) as reader:
        assert [f.time for f in reader] == pytest.approx([t / 1000 for t in ticks], abs=1e-6)


def test_missing_and_backward_timestamps_still_give_growing_times() -> None:
    clock = Clock(Fraction(1, 100), 0.04)
    stamps = [None, None, 50, 54, 54, None, 10, 14]
    times = [clock.time(stamp) for stamp in stamps]
    assert times == pytest.approx([0.04 * number for number in range(8)])
    assert all(before < after for before, after in pairwise(times))


def test_size_that_changes_is_scaled_to_the_first_and_reported(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    parts = [
        make_video(tmp_path / f"{side}.ts", plain(side, side), container="mpegts")
        for side in (64, 96)
    ]
    video = tmp_path / "both.ts"
    video.write_bytes(b"".join(part.read_bytes() for part in parts))
    with open_video(video) as reader:
        shapes = [frame.image.shape for frame in reader]
        assert shapes == [(64, 64, 3)] * 6
        assert any("from 64x64 to 96x96" in warning for warning in reader.warnings)


def test_reading_twice_gives_the_same_pixels(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "v.mp4")
    config = VideoConfig(decode_threads=1, queue_frames=1)
    with open_video(video) as one, open_video(video, config=config) as other:
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.image, b.image)


def test_names_with_colon_percent_and_spaces(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "v.mp4", 3).rename(tmp_path / "half: 2 %03d (é).mp4")
    assert first_image(video).shape == (64, 96, 3)
    with open_video(video) as reader, VideoWriter(tmp_path / "out: 50%d.mp4", 96, 64) as writer:
        for frame in reader:
            writer.write(frame.image, frame.time)
    assert first_image(tmp_path / "out: 50%d.mp4").shape == (64, 96, 3)


def test_fingerprint_follows_the_content(tmp_path: Path, make_video: MakeVideo) -> None:
    def facts(video: Path) -> VideoInfo:
        with open_video(video) as reader:
            return reader.info

    first = make_video(tmp_path / "a.mp4", 10)  # encoded twice, the bytes may differ
    copied = tmp_path / "b.mp4"
    copied.write_bytes(first.read_bytes())
    assert facts(first).fingerprint == facts(copied).fingerprint
    assert facts(first).fingerprint != facts(make_video(tmp_path / "c.mp4", 11)).fingerprint


def decoding_threads() -> int:
    return sum(thread.name == "touchline-decode" for thread in threading.enumerate())


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_closing_early_ends_the_thread_at_once(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "v.mp4", 200)
    with open_video(video, config=VideoConfig(queue_frames=1)) as reader:
        next(reader)
    assert decoding_threads() == 0
    assert next(reader, None) is None
    reader.close()


def test_forgotten_reader_leaves_no_thread(tmp_path: Path, make_video: MakeVideo) -> None:
    reader = open_video(make_video(tmp_path / "v.mp4", 200))
    next(reader)
    del reader
    gc.collect()
    assert wait_until(lambda: decoding_threads() == 0)


class Endless:
    """A source that waits until it is let go, then fails."""

    def __init__(self, info: VideoInfo) -> None:
        self.info = info
        self.warnings: list[str] = []
        self.go = threading.Event()
        self.closed = False

    def frames(self, window: Window) -> Endless:
        assert window == Window()
        return self

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> None:
        self.go.wait(5)
        raise VideoError("the cable is out")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def info(tmp_path: Path, make_video: MakeVideo) -> VideoInfo:
    with open_video(make_video(tmp_path / "any.mp4", 2)) as reader:
        return reader.info


def test_error_while_decoding_reaches_the_loop(info: VideoInfo) -> None:
    source = Endless(info)
    source.go.set()
    with (
        VideoReader(source, source.frames(Window()), 2) as reader,  # type: ignore[arg-type]
        pytest.raises(VideoError, match="cable"),
    ):
        next(reader)
    assert source.closed


def test_closing_from_another_thread_ends_a_waiting_loop(info: VideoInfo) -> None:
    source = Endless(info)
    reader = VideoReader(source, source.frames(Window()), 2)  # type: ignore[arg-type]
    threading.Timer(0.1, reader.close).start()
    began = time.monotonic()
    assert list(reader) == []
    assert time.monotonic() - began < 3
    source.go.set()
    assert wait_until(lambda: decoding_threads() == 0)
