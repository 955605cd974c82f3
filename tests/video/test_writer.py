"""Written videos: colours, times, sizes, what is kept when something goes wrong."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from touchline.errors import InputError, VideoError
from touchline.types import Frame, Image
from touchline.video.config import WriterConfig
from touchline.video.reader import open_video
from touchline.video.recording import finish_recording, recording_of
from touchline.video.writer import VideoWriter

MakeImages = Callable[[int], list[Image]]

REPEATABLE = WriterConfig(threads=1, preset="ultrafast")
"""x264 repeats its bytes only with one thread and without its macroblock tree, which the other
presets use (one small video in a hundred differs)."""


def written(path: Path) -> list[Frame]:
    with open_video(path) as reader:
        frames = list(reader)
        assert not reader.warnings
    return frames


def test_video_plays_in_a_browser(tmp_path: Path, make_images: MakeImages) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 96, 64) as writer:
        for number, image in enumerate(make_images(30)):
            writer.write(image, number / 25)
    assert writer.frames == 30
    data = path.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")  # plays while it loads
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(30 / 25, abs=1e-3)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("colour", [(40, 30, 200), (60, 150, 40), (250, 250, 250), (5, 5, 5)])
def test_colours_come_back(colour: tuple[int, int, int], tmp_path: Path) -> None:
    image = np.full((64, 96, 3), colour, np.uint8)
    with VideoWriter(tmp_path / "c.mp4", 96, 64, config=WriterConfig(crf=1)) as writer:
        writer.write(image, 0.0)
    assert np.abs(written(tmp_path / "c.mp4")[0].image.astype(int) - colour).max() <= 2


def test_images_keep_their_order_and_uneven_times(tmp_path: Path, make_images: MakeImages) -> None:
    times = [12.0, 12.04, 12.09, 12.1, 13.5, 13.5333]  # a part of a longer video
    images = make_images(6)
    with VideoWriter(tmp_path / "v.mp4", 96, 64, config=WriterConfig(crf=5)) as writer:
        for image, time in zip(images, times, strict=True):
            writer.write(image, time)
    frames = written(tmp_path / "v.mp4")
    assert [f.time for f in frames] == pytest.approx([t - 12.0 for t in times], abs=1e-5)
    for frame, image in zip(frames, images, strict=True):
        assert np.abs(frame.image.astype(int) - image).mean() < 3


@pytest.mark.parametrize("fps", [24, 25, 29.97, 50, 60])
def test_usual_frame_rates_are_kept(fps: float, tmp_path: Path, make_images: MakeImages) -> None:
    with VideoWriter(tmp_path / "v.mp4", 96, 64, fps=fps) as writer:
        for number, image in enumerate(make_images(20)):
            writer.write(image, number / fps)
    with open_video(tmp_path / "v.mp4") as reader:
        assert reader.info.fps == pytest.approx(fps, rel=1e-4)
        assert [f.time for f in reader] == pytest.approx([n / fps for n in range(20)], abs=2e-5)


@pytest.mark.parametrize(("width", "height"), [(61, 48), (60, 47), (61, 47), (1, 1)])
def test_odd_sizes_grow_to_even_ones(width: int, height: int, tmp_path: Path) -> None:
    image = np.full((height, width, 3), 120, np.uint8)
    with VideoWriter(tmp_path / "v.mp4", width, height) as writer:
        writer.write(image, 0.0)
    got = written(tmp_path / "v.mp4")[0].image
    assert got.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(got.astype(int) - 120).max() <= 3  # no dark rim


def test_image_may_be_changed_after_it_was_handed_over(tmp_path: Path) -> None:
    image = np.full((64, 96, 3), 200, np.uint8)
    with VideoWriter(tmp_path / "v.mp4", 96, 64) as writer:
        for number in range(20):
            image[:] = 10 * number
            writer.write(image, number / 25)
    levels = [float(frame.image.mean()) for frame in written(tmp_path / "v.mp4")]
    assert levels == pytest.approx([10 * number for number in range(20)], abs=4)


def test_images_written_before_an_exception_are_kept(
    tmp_path: Path, make_images: MakeImages
) -> None:
    def write_some() -> None:
        with VideoWriter(tmp_path / "v.mp4", 96, 64) as writer:
            for number, image in enumerate(make_images(8)):
                writer.write(image, number / 25)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_some()
    assert len(written(tmp_path / "v.mp4")) == 8


def test_video_without_images_leaves_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "v.mp4", 96, 64):
        pass
    assert list(tmp_path.iterdir()) == []


def test_earlier_video_stays_until_the_new_one_is_finished(
    tmp_path: Path, make_images: MakeImages
) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(b"earlier")
    writer = VideoWriter(path, 96, 64)
    writer.write(make_images(1)[0], 0.0)
    assert path.read_bytes() == b"earlier"
    writer.close()
    writer.close()
    assert len(written(path)) == 1


def test_image_of_another_size_or_kind_is_refused(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "v.mp4", 96, 64) as writer:
        with pytest.raises(InputError, match=r"\(64, 96, 3\)"):
            writer.write(np.zeros((64, 97, 3), np.uint8), 0.0)
        with pytest.raises(InputError, match="float64"):
            writer.write(np.zeros((64, 96, 3)), 0.0)  # type: ignore[arg-type]


def test_images_closer_together_than_the_clock_can_tell_are_all_kept(
    tmp_path: Path, make_images: MakeImages
) -> None:
    times = [0.0, 0.04, 0.040004, 0.040005, 0.0400051, 0.08]
    with VideoWriter(tmp_path / "v.mp4", 96, 64) as writer:
        for image, time in zip(make_images(6), times, strict=True):
            writer.write(image, time)
    found = [frame.time for frame in written(tmp_path / "v.mp4")]
    assert found == pytest.approx(times, abs=5e-5)
    assert all(before < after for before, after in pairwise(found))


def test_times_must_grow(tmp_path: Path, make_images: MakeImages) -> None:
    with VideoWriter(tmp_path / "v.mp4", 96, 64) as writer:
        writer.write(make_images(1)[0], 1.0)
        with pytest.raises(InputError, match=r"1\.0 s"):
            writer.write(make_images(1)[0], 1.0)


def test_writing_after_close_is_refused(tmp_path: Path, make_images: MakeImages) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 96, 64)
    writer.close()
    with pytest.raises(VideoError, match="closed"):
        writer.write(make_images(1)[0], 0.0)


@pytest.mark.parametrize("place", ["missing/v.mp4", "file/v.mp4", "folder"])
def test_place_that_cannot_be_written_is_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(VideoError, match=place) as caught:
        VideoWriter(tmp_path / place, 96, 64)
    assert "\n" not in str(caught.value)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 100 kB: writing fails as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("small_disk")
def test_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)

    def write_much() -> None:
        with VideoWriter(tmp_path / "v.mp4", 256, 256, config=WriterConfig(crf=1)) as writer:
            for number in range(60):
                writer.write(np.roll(noise, number * 7, 0), number / 25)

    with pytest.raises(VideoError, match=r"v\.mp4 cannot be written: ") as caught:
        write_much()
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_same_images_make_the_same_file(tmp_path: Path, make_images: MakeImages) -> None:
    for name in ("a.mp4", "b.mp4"):
        with VideoWriter(tmp_path / name, 96, 64, config=REPEATABLE) as writer:
            for number, image in enumerate(make_images(30)):
                writer.write(image, number / 25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    times = [frame.time for frame in written(tmp_path / "a.mp4")]
    assert all(before < after for before, after in pairwise(times))


def recorded(path: Path, images: list[Image], times: list[float]) -> None:
    with VideoWriter(path, 96, 64, config=REPEATABLE, recording=True) as writer:
        for image, time in zip(images, times, strict=True):
            writer.write(image, time)


def test_a_finished_recording_is_the_file_that_is_written_otherwise(
    tmp_path: Path, make_images: MakeImages
) -> None:
    times = [number / 25 + 0.004 * (number % 3) for number in range(80)]
    images = make_images(80)
    recorded(tmp_path / "recorded.mp4", images, times)
    with VideoWriter(tmp_path / "plain.mp4", 96, 64, config=REPEATABLE) as writer:
        for image, time in zip(images, times, strict=True):
            writer.write(image, time)
    ours, plain = written(tmp_path / "recorded.mp4"), written(tmp_path / "plain.mp4")
    assert [frame.time for frame in ours] == [frame.time for frame in plain]
    for one, other in zip(ours, plain, strict=True):
        assert np.array_equal(one.image, other.image)
    data = (tmp_path / "recorded.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert b"moof" not in data
    with (
        av.open(str(tmp_path / "recorded.mp4")) as a,
        av.open(str(tmp_path / "plain.mp4")) as b,
    ):
        assert a.streams.video[0].duration == b.streams.video[0].duration
        assert a.streams.video[0].frames == b.streams.video[0].frames == 80
    assert len(list(tmp_path.iterdir())) == 2


def killed_recording(path: Path, frames: int) -> Path:
    """What a recorder leaves that was killed after so many images."""
    code = f"""
import os, signal, sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import numbered_images
from touchline.video.recording import finish_recording, recording_of
from touchline.video.writer import VideoWriter
writer = VideoWriter({str(path)!r}, 96, 64, recording=True)
for number, image in enumerate(numbered_images({frames})):
    writer.write(image, number / 25)
while writer._channel._items:
    time.sleep(0.01)
time.sleep(0.1)
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    return recording_of(path)


def test_a_killed_recording_plays_up_to_its_last_seconds(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    left = killed_recording(path, 250)
    assert not path.exists()
    with av.open(str(left), format="mp4") as container:
        assert sum(1 for _ in container.decode(video=0)) > 150
    whole = left.read_bytes()
    before = 0
    for size in range(1500, len(whole), 1301):  # wherever it was cut off
        left.write_bytes(whole[:size])
        path.unlink(missing_ok=True)
        pictures = finish_recording(path)
        assert path.exists() == (pictures > 0)
        assert pictures == 0 or len(written(path)) == pictures
        assert pictures >= before
        before = pictures
    assert before > 150
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_without_a_image_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    for content in (b"", b"\0" * 100, b"\0\0\0\x1cftypisom"):
        recording_of(path).write_bytes(content)
        assert finish_recording(path) == 0
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_disk")
def test_what_was_recorded_before_the_disk_was_full_is_kept(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)

    def write_much() -> None:
        config = WriterConfig(crf=45)
        with VideoWriter(tmp_path / "v.mp4", 256, 256, config=config, recording=True) as writer:
            for number in range(400):
                writer.write(np.roll(noise, number * 7, 0), number / 25)

    with pytest.raises(VideoError, match="what was recorded before is kept, and touchline link"):
        write_much()
    assert finish_recording(tmp_path / "v.mp4") > 20
    assert len(written(tmp_path / "v.mp4")) > 20
