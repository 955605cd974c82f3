"""What cannot be read is refused in one line; what is half broken is read as far as it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from touchline.cli.arguments import default_out
from touchline.errors import TouchlineError, UsageError, VideoError
from touchline.video.reader import open_video
from touchline.video.source import find_source

MakeVideo = Callable[..., Path]


def refusal(source: str | Path | int, kind: type[TouchlineError]) -> str:
    """The message with which opening or reading ``source`` is refused."""
    with pytest.raises(kind) as caught, open_video(source) as reader:
        list(reader)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.mp4 does not exist" in refusal(tmp_path / "nowhere.mp4", UsageError)


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert "empty (0 bytes)" in refusal(tmp_path / "empty.mp4", VideoError)


@pytest.mark.parametrize("name", ["text.mp4", "text.txt"])
def test_text_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("offside\n" * 500)
    assert name in refusal(tmp_path / name, VideoError)


def test_sound_without_images_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=48_000)
        assert isinstance(stream, AudioStream)
        sound = AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        sound.sample_rate = 48_000
        output.mux(stream.encode(sound))
        output.mux(stream.encode(None))
    assert "only sound" in refusal(tmp_path / "sound.m4a", VideoError)


def test_folder_as_file_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert "holds no images" in refusal(tmp_path, UsageError)


def test_file_without_its_table_of_contents_is_refused(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(tmp_path / "v.mp4")
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])  # moov is at the end
    assert "cut off" in refusal(video, VideoError)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_truncated_file_gives_its_frames_and_a_warning(
    container: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(tmp_path / f"whole.{container}", 100, options={"g": "20"})
    moved = tmp_path / f"moved.{container}"
    with av.open(str(video)) as source:  # again, with the table in front
        options = {"movflags": "faststart"} if container == "mp4" else {}
        with av.open(str(moved), "w", options=options) as output:
            stream = output.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    output.mux(packet)
    moved.write_bytes(moved.read_bytes()[: moved.stat().st_size * 6 // 10])
    with open_video(moved) as reader:
        frames = list(reader)
        assert 20 < len(frames) < 90
        assert any("cut off" in warning for warning in reader.warnings)
        if container == "mp4":
            assert reader.info.frame_count == len(frames)
    with open_video(moved, first_frame=30) as reader:
        rest = list(reader)
    assert [f.index for f in rest] == [f.index for f in frames[30:]]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(rest, frames[30:], strict=True))


def test_damage_in_the_middle_is_reported_and_passed_over(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(tmp_path / "v.mkv", 60, options={"g": "10", "bf": "0"})
    data = bytearray(video.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    video.write_bytes(data)
    with open_video(video) as reader:
        frames = list(reader)
        assert len(frames) > 30
        assert reader.warnings


@pytest.mark.parametrize("camera", [97, "97"])
def test_webcam_that_is_not_there_is_named(camera: int | str) -> None:
    assert refusal(camera, VideoError).startswith("webcam 97 cannot be opened")


def test_number_is_a_file_where_there_is_one(
    tmp_path: Path, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "v.mp4").rename(tmp_path / "7")
    monkeypatch.chdir(tmp_path)
    assert find_source("7").kind == "file"
    assert find_source(7).kind == "webcam"


@pytest.mark.parametrize("name", ["my match.mp4", "50% of ä#1?.mp4", "plain.mp4"])
def test_the_address_of_a_file_is_the_file(
    name: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    video = make_video(tmp_path / "v.mp4", 2).rename(tmp_path / name)
    folder = quote(str(tmp_path))
    for address in (
        video.as_uri(),
        f"file://localhost{folder}/{quote(name)}",
        f"FILE://{folder}/{quote(name)}",
        f"file:{folder}/{quote(name)}",
        Path(video.as_uri()),  # the slashes of which are gone
        f"file://{tmp_path}/{name}",  # written by hand
        f"{video.as_uri()}#t=10",
    ):
        source = find_source(address)
        assert (source.kind, source.location, source.name) == ("file", str(video), name)
        assert default_out(str(address)) == Path("runs") / video.stem


def test_the_address_of_a_file_on_another_machine_names_the_cure() -> None:
    assert "another machine (nas)" in refusal("file://nas/share/match.mp4", UsageError)


def test_the_address_of_a_missing_file_is_that_of_a_file() -> None:
    assert "/no where.mp4 does not exist" in refusal("file:///no%20where.mp4", UsageError)


def test_stream_name_keeps_no_password() -> None:
    source = find_source("rtsp://me:secret@camera.local:554/left?token=abc")
    assert source.name == "rtsp://camera.local:554/left"
    assert source.always_live


def test_address_where_nobody_listens_is_named() -> None:
    assert "127.0.0.1:9" in refusal("http://127.0.0.1:9/match.mp4", VideoError)
