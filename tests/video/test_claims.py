"""What containers claim: rates, display matrices, several images, codecs, titles, sizes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from touchline.errors import VideoError
from touchline.types import Image
from touchline.video.orientation import Orientation, orientation_of_matrix
from touchline.video.rates import final_rate, measured_rate, opening_rate, rate_warning
from touchline.video.reader import open_video

MakeVideo = Callable[..., Path]
UNEVEN = [0, *accumulate([33, 34, 33, 50, 133, 33, 67] * 12)]  # milliseconds
ONE = 1 << 16


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header claims this size."""

    def part(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = part(b"IHDR", header) + part(b"IDAT", zlib.compress(data)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


# Rates


@pytest.mark.parametrize(
    ("name", "codec"),
    [("v.webm", "libvpx-vp9"), ("v.mkv", "libx264"), ("v.ts", "libx264"), ("v.flv", "libx264")],
)
def test_rate_is_that_of_the_images_not_of_the_header(
    name: str, codec: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(
        tmp_path / name, len(UNEVEN), codec=codec, pts=UNEVEN, time_base=Fraction(1, 1000)
    )
    real = (len(UNEVEN) - 1) * 1000 / UNEVEN[-1]
    with open_video(video) as reader:
        assert reader.info.fps == pytest.approx(real, rel=0.03)
        times = [frame.time for frame in reader]
        assert final_rate(reader.info.fps, np.array(times), np.arange(len(times))) == pytest.approx(
            real, rel=0.01
        )


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.ts", "v.flv", "v.avi", "v.mov"])
@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "3"}])
def test_an_even_rate_is_the_headers_to_the_last_digit(
    name: str, options: dict[str, str], tmp_path: Path, make_video: MakeVideo
) -> None:
    if name == "v.avi" and options["bf"] != "0":
        pytest.skip("AVI cannot say when B-frames are shown")
    video = make_video(tmp_path / name, 130, options=options)
    with open_video(video) as reader:
        assert reader.info.fps == 25.0
        times = np.array([frame.time for frame in reader])
        assert final_rate(25.0, times, np.arange(len(times))) == 25.0
        assert rate_warning(reader.info, 25.0) is None
        assert not reader.warnings


@pytest.mark.parametrize("header", [None, 0.0, 1000.0, 90_000.0, float("nan"), float("inf")])
def test_an_absurd_rate_never_wins(header: float | None) -> None:
    assert opening_rate(header, [], 0.001) == 25.0
    assert opening_rate(header, [0.0, 0.02, 0.04, 0.06], 0.001) == pytest.approx(50.0)


def test_packets_that_are_never_shown_do_not_change_the_rate() -> None:
    times = sorted([number / 25 for number in range(60)] + [0.399, 1.199])
    assert opening_rate(25.0, times, 0.001) == 25.0


def test_pauses_and_frames_left_out_say_nothing_about_the_rate() -> None:
    times = [0.0, 0.04, 0.08, 60.08, 60.12, 60.2]
    assert measured_rate(times, [0, 1, 2, 3, 4, 6]) == pytest.approx(25.0)
    assert measured_rate([0.0, 5.0, 10.0]) == pytest.approx(0.2)
    assert measured_rate([0.0]) is None


# Display matrices


TURNS = {0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0]}


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", TURNS)
def test_every_display_matrix_of_turns_and_flips_is_applied(
    rotation: int, mirrored: bool, tmp_path: Path, make_video: MakeVideo
) -> None:
    a, b, c, d = TURNS[rotation]
    if mirrored:
        a, b = -a, -b
    matrix = [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30]
    plain = make_video(tmp_path / "plain.mp4", 1)
    video = make_video(tmp_path / "turned.mp4", 1, display_matrix=matrix)
    with open_video(plain) as one, open_video(video) as other:
        stored, shown = next(one).image, next(other).image
        assert (other.info.rotation, other.info.mirrored) == (rotation, mirrored)
        assert (other.info.width, other.info.height) == shown.shape[1::-1]
    # By the definition: the pixel at (p, q) is shown at (a p + c q, b p + d q), moved into view.
    height, width = stored.shape[:2]
    q, p = np.mgrid[:height, :width]
    x, y = a * p + c * q, b * p + d * q
    expected = np.zeros_like(shown)
    expected[y - y.min(), x - x.min()] = stored
    assert np.array_equal(shown, expected)


@pytest.mark.parametrize(
    "matrix",
    [
        [0] * 9,
        [ONE, 0, 0, ONE, 0, 0, 0, 0, 1 << 30],
        [ONE, ONE, 0, ONE, ONE, 0, 0, 0, 1 << 30],
        [0, 0, 0, 0, ONE, 0, 0, 0, 1 << 30],
        [float("nan")] * 9,
    ],
)
def test_a_matrix_without_sense_leaves_the_image(matrix: Sequence[float]) -> None:
    assert orientation_of_matrix(np.array(matrix, np.float64)) == Orientation()


# Several images in one source


def two_streams(path: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    """A video with images of each size beside each other."""
    with av.open(str(path), "w") as output:
        streams = []
        for width, height in sizes:
            stream = output.add_stream("libx264", rate=25)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            streams.append(stream)
        for _ in range(5):
            for stream in streams:
                image = np.full((stream.height, stream.width, 3), stream.width % 256, np.uint8)
                output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        for stream in streams:
            output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.ts"])
@pytest.mark.parametrize("sizes", [[(160, 90), (320, 180)], [(320, 180), (160, 90)]])
def test_the_largest_of_several_images_is_read_and_it_is_said(
    name: str, sizes: list[tuple[int, int]], tmp_path: Path
) -> None:
    with open_video(two_streams(tmp_path / name, sizes)) as reader:
        assert (reader.info.width, reader.info.height) == (320, 180)
        assert len(list(reader)) == 5
        assert any("the largest, 320x180, are read" in warning for warning in reader.warnings)


def test_the_largest_variant_of_a_playlist_is_read(tmp_path: Path, make_video: MakeVideo) -> None:
    lines = ["#EXTM3U"]
    for name, side in (("low", 64), ("high", 128)):
        images = [np.full((side, side, 3), 90, np.uint8)] * 5
        make_video(tmp_path / f"{name}0.ts", images, container="mpegts")
        media = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\n{name}0.ts\n#EXT-X-ENDLIST\n"
        (tmp_path / f"{name}.m3u8").write_text(media)
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={side}000", f"{name}.m3u8"]
    (tmp_path / "master.m3u8").write_text("\n".join(lines) + "\n")
    with open_video(tmp_path / "master.m3u8") as reader:
        assert reader.info.width == 128
        assert len(list(reader)) == 5


# Codecs, titles, sizes


@pytest.mark.parametrize(
    ("name", "known", "unknown"),
    [("v.mp4", b"avc1", b"zzzz"), ("v.mkv", b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/ZZZ")],
)
def test_an_unknown_codec_is_named_with_the_cure(
    name: str, known: bytes, unknown: bytes, tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(tmp_path / name, 3)
    data = video.read_bytes()
    place = data.rindex(known) if name == "v.mp4" else data.index(known)
    video.write_bytes(data[:place] + unknown + data[place + len(known) :])
    with pytest.raises(VideoError) as caught:
        open_video(video)
    assert f"({unknown.decode()})" in str(caught.value)
    assert "ffmpeg -i INPUT -c:v libx264" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encrypted_video_is_said_to_be_one(tmp_path: Path, make_video: MakeVideo) -> None:
    plain, video = make_video(tmp_path / "plain.mp4", 3), tmp_path / "locked.mp4"
    key = "00112233445566778899aabbccddeeff"
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": key, "encryption_kid": key}
    with av.open(str(plain)) as source, av.open(str(video), "w", options=options) as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    with pytest.raises(VideoError, match=r"it is encrypted \(h264 behind a copy protection\)"):
        open_video(video)


def test_a_title_that_is_not_utf8_does_no_harm(tmp_path: Path, make_video: MakeVideo) -> None:
    source_file = make_video(tmp_path / "v.mkv", 2)
    with (
        av.open(str(source_file)) as source,
        av.open(str(tmp_path / "titled.mkv"), "w") as output,
    ):
        output.metadata["title"] = "Malaga XX"
        stream = output.add_stream_from_template(source.streams.video[0])
        stream.metadata["title"] = "Malaga XX"
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    video = tmp_path / "titled.mkv"
    video.write_bytes(video.read_bytes().replace(b"Malaga XX", b"M\xe1laga \xff\xfe"))
    with open_video(video) as reader:
        assert len(list(reader)) == 2


def test_images_of_a_monstrous_size_are_refused(tmp_path: Path) -> None:
    for name in ("v.png", "v.mp4"):  # FFmpeg looks at the content
        (tmp_path / name).write_bytes(png(30_000, 30_000))
        with pytest.raises(VideoError, match="more than 100 million pixels"):
            open_video(tmp_path / name)


def test_a_drawn_video_is_upright_by_itself(tmp_path: Path, make_video: MakeVideo) -> None:
    from touchline.video.writer import VideoWriter

    matrix = [-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30]
    video = make_video(tmp_path / "v.mp4", 3, display_matrix=matrix)
    shown: list[Image] = []
    with open_video(video) as reader, VideoWriter(tmp_path / "out.mp4", 96, 64) as writer:
        for frame in reader:
            shown.append(frame.image)
            writer.write(frame.image, frame.time)
    with open_video(tmp_path / "out.mp4") as reader:
        assert (reader.info.rotation, reader.info.mirrored) == (0, False)
        difference = cv2.absdiff(next(reader).image, shown[0])
        assert difference.mean() < 4
