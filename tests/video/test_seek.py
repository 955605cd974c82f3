"""Any part of a video is read exactly as decoding it from the beginning gives it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from touchline.errors import UsageError, VideoError
from touchline.types import Frame
from touchline.video.reader import open_video

MakeVideo = Callable[..., Path]

X264_B = {"bf": "3", "g": "10", "b_strategy": "0", "sc_threshold": "0"}

ENCODINGS: dict[str, dict[str, object]] = {
    "b_frames.mp4": {"options": X264_B},
    "b_frames.mkv": {"options": X264_B},
    "b_frames.ts": {"options": X264_B, "container": "mpegts"},
    "raw.h264": {"options": X264_B},
    "open_gop.mp4": {
        "options": {"x264-params": "open-gop=1:keyint=10:bframes=3:scenecut=0", "preset": "medium"}
    },
    "refresh.ts": {
        "options": {"x264-params": "intra-refresh=1:keyint=10:bframes=0"},
        "container": "mpegts",
    },
    "uneven_times.mp4": {
        "options": X264_B,
        "pts": [n * n + 7 * n for n in range(48)],
        "time_base": Fraction(1, 1000),
    },
    "late_start.mkv": {
        "options": X264_B,
        "pts": [5000 + 40 * n for n in range(48)],
        "time_base": Fraction(1, 1000),
    },
    "all_key.mp4": {"options": {"g": "1"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "g": "10"}},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"bf": "2", "g": "10"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"bf": "2", "g": "10"}},
    "vp9.webm": {
        "codec": "libvpx-vp9",
        "options": {"g": "10", "deadline": "realtime", "cpu-used": "8"},
    },
    "hevc.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "keyint=10:bframes=3:log-level=none"},
    },
}

DECODED_FROM_THE_BEGINNING = {"raw.h264", "mpeg4.avi", "mpeg2.mpg"}
"""Containers that do not store a timestamp with every frame."""


def read(video: Path, **window: float | int) -> list[Frame]:
    with open_video(video, **window) as reader:  # type: ignore[arg-type]
        return list(reader)


def same(some: list[Frame], others: list[Frame]) -> bool:
    return len(some) == len(others) and all(
        a.index == b.index and a.time == b.time and np.array_equal(a.image, b.image)
        for a, b in zip(some, others, strict=True)
    )


@pytest.mark.parametrize("name", ENCODINGS)
def test_reading_from_any_frame_gives_what_decoding_from_the_beginning_gives(
    name: str, tmp_path: Path, make_video: MakeVideo, caplog: pytest.LogCaptureFixture
) -> None:
    video = make_video(tmp_path / name, **ENCODINGS[name])
    everything = read(video)
    assert [frame.index for frame in everything] == list(range(48))
    assert everything[0].time == 0.0
    with caplog.at_level(logging.INFO):
        for number in (1, 9, 10, 11, 12, 23, 30, 31, 46, 47):
            with open_video(video, first_frame=number) as reader:
                assert same(list(islice(reader, 3)), everything[number : number + 3]), number
            time = everything[number].time
            assert same(read(video, start=time, end=time + 1e-3), everything[number : number + 1])
    decoded_all = any("decoding from 0" in message for message in caplog.messages)
    assert decoded_all == (name in DECODED_FROM_THE_BEGINNING)


@pytest.mark.parametrize("name", ["b_frames.mp4", "b_frames.mkv", "vp9.webm", "hevc.mp4"])
def test_seeking_does_not_decode_the_part_left_out(
    name: str, tmp_path: Path, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from touchline.video.container import Container

    video = make_video(tmp_path / name, **ENCODINGS[name])
    decoded = 0
    video_frames = Container.video_frames

    def counted(container: Container) -> Iterator[object]:
        nonlocal decoded
        for picture in video_frames(container):
            decoded += 1
            yield picture

    monkeypatch.setattr(Container, "video_frames", counted)
    assert [frame.index for frame in read(video, first_frame=45)] == [45, 46, 47]
    assert decoded < 35  # 8 to check the numbering, and from the last key frames on


def test_frames_hidden_by_an_edit_list_are_not_counted(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    source = make_video(tmp_path / "source.mp4", options=X264_B)
    cut = tmp_path / "cut.mp4"
    with av.open(str(source)) as whole, av.open(str(cut), "w") as output:
        stream = whole.streams.video[0]
        copy = output.add_stream_from_template(stream)
        assert isinstance(copy, VideoStream)
        for packet in whole.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts -= 5 * 512  # five frames lie before time 0: hidden
            packet.dts -= 5 * 512
            packet.stream = copy
            output.mux(packet)
    frames, everything = read(cut), read(source)
    hidden = 5
    assert [frame.index for frame in frames] == list(range(43))
    for frame, shown in zip(frames, everything[hidden:], strict=True):
        assert np.array_equal(frame.image, shown.image)
        assert frame.time == pytest.approx(shown.time - everything[hidden].time)
    assert same(read(cut, first_frame=21), frames[21:])
    with open_video(cut) as reader:
        assert reader.info.frame_count == 43


def test_window_takes_start_and_leaves_out_end(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "clip.mp4")
    assert [f.index for f in read(video, start=0.4, end=0.52)] == [10, 11, 12]
    assert [f.index for f in read(video, start=0.41, end=0.48)] == [11]
    assert [f.index for f in read(video, end=0.08)] == [0, 1]
    assert [f.index for f in read(video, start=0.4, first_frame=12, end=0.6)] == [12, 13, 14]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.h264"])
def test_start_beyond_the_end_names_the_length(
    name: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    with pytest.raises(VideoError, match=r"1\.92 s long.*start 5"):
        read(make_video(tmp_path / name), start=5.0)


def test_window_between_two_frames_is_an_error(tmp_path: Path, make_video: MakeVideo) -> None:
    with pytest.raises(VideoError, match=r"no frame between 0\.41 s and 0\.43 s"):
        read(make_video(tmp_path / "clip.mp4"), start=0.41, end=0.43)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.h264"])
def test_continuing_after_the_last_frame_finds_nothing(
    name: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    assert read(make_video(tmp_path / name), first_frame=48) == []


@pytest.mark.parametrize(
    "window", [{"start": -1.0}, {"start": 3.0, "end": 3.0}, {"end": 0.0}, {"first_frame": -1}]
)
def test_window_that_makes_no_sense_is_refused(
    window: dict[str, float], tmp_path: Path, make_video: MakeVideo
) -> None:
    with pytest.raises(UsageError):
        read(make_video(tmp_path / "clip.mp4"), **window)


def test_real_clips_are_read_exactly_from_the_middle(football_data: Path) -> None:
    clip = football_data / "clips" / "eagle_messi_720p.mp4"  # an edit list hides 74 frames
    everything = read(clip)
    assert len(everything) == 325
    with open_video(clip, first_frame=201) as reader:
        assert reader.info.frame_count == 325
        assert same(list(islice(reader, 4)), everything[201:205])
