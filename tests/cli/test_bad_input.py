"""Whatever is wrong with the input, a person gets one line with the value and the cure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import onnx
import pytest
from clips import Clip, make_clip
from onnx import TensorProto, helper
from typer.main import get_command

from touchline.cli.main import app, main
from touchline.errors import TouchlineError


def touchline(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def assert_refused(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert result.returncode == code, result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("touchline: ")
    assert result.stdout == ""
    for word in words:
        assert word in lines[0]


def track(clip: Clip, out: Path, *options: object) -> subprocess.CompletedProcess[str]:
    folder = () if "--out" in options else ("--out", out)
    return touchline(
        "track", clip.video, "--detections", clip.detections, *folder, "--no-video", *options
    )


def test_a_missing_video(clip: Clip, tmp_path: Path) -> None:
    result = touchline("track", tmp_path / "no.mp4", "--detections", clip.detections, cwd=tmp_path)
    assert_refused(result, 2, "no.mp4", "does not exist")


@pytest.mark.parametrize("content", [b"", b"hello, this is text\n" * 100])
def test_an_empty_file_and_one_that_is_no_video(clip: Clip, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.mp4"
    file.write_bytes(content)
    result = touchline("track", file, "--detections", clip.detections, "--out", tmp_path / "out")
    assert_refused(result, 1, "broken.mp4")


def test_a_file_with_sound_only(clip: Clip, tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(np.zeros(8000, np.int16).tobytes())
    result = touchline("track", file, "--detections", clip.detections, "--out", tmp_path / "out")
    assert_refused(result, 1, "sound.wav")


def test_a_truncated_video_gives_the_frames_it_has_and_a_warning(
    clip: Clip, tmp_path: Path
) -> None:
    fragmented = tmp_path / "cut.mkv"
    import av

    with av.open(str(clip.video)) as source, av.open(str(fragmented), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    content = fragmented.read_bytes()
    fragmented.write_bytes(content[: len(content) * 2 // 3])
    result = touchline(
        *("track", fragmented, "--detections", clip.detections),
        *("--out", tmp_path / "out", "--no-video", "--json", "-"),
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert 0 < report["counts"]["frames"] < clip.frames
    assert report["counts"]["identities"] == 4


def test_a_detector_beside_detections(clip: Clip, tmp_path: Path) -> None:
    result = track(clip, tmp_path / "out", "--detector", "football-detector")
    assert_refused(result, 2, "a detector or detections, not both")


def test_a_detector_that_is_missing_no_network_or_no_detector(clip: Clip, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    result = touchline("track", clip.video, "--detector", tmp_path / "no.onnx", *out)
    assert_refused(result, 2, "no.onnx")
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    assert_refused(touchline("track", clip.video, "--detector", text, *out), 1, "text.onnx")
    classifier = tmp_path / "classifier.onnx"
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["images"], ["features"])],
        "classifier",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 3, 1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, classifier)
    result = touchline("track", clip.video, "--detector", classifier, *out)
    assert_refused(result, 1, "classifier.onnx", "features")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,-1,ten,20,30,40,0.9", ("det.txt", "line 2", "ten")),
        ("0,-1,10,20,30,40,0.9", ("det.txt", "line 2")),
        ("1,-1,10,20,30,40,97", ("det.txt", "line 2", "97")),
        ("1,-1,10,20", ("det.txt", "line 2")),
    ],
)
def test_a_broken_detection_file_is_named_with_its_line(
    clip: Clip, tmp_path: Path, line: str, words: tuple[str, ...]
) -> None:
    file = tmp_path / "det.txt"
    file.write_text(f"1,-1,10,20,30,40,0.9,-1,-1,-1\n{line}\n")
    result = touchline("track", clip.video, "--detections", file, "--out", tmp_path / "out")
    assert_refused(result, 1, *words)


def test_nan_and_empty_boxes_are_dropped_with_a_warning(clip: Clip, tmp_path: Path) -> None:
    file = tmp_path / "det.txt"
    bad = "1,-1,nan,20,30,40,0.9,-1,-1,-1\n2,-1,10,20,0,40,0.9,-1,-1,-1\n"
    outside = "3,-1,-900,-900,30,40,0.9,-1,-1,-1\n4,-1,-10,-10,5000,5000,0.9,-1,-1,-1\n"
    file.write_text(clip.detections.read_text() + bad + outside)
    result = touchline(
        "track", clip.video, "--detections", file, "--out", tmp_path / "out", "--json", "-"
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert any("2" in warning for warning in report["warnings"])
    assert report["counts"]["detections"] == 4 * clip.frames + 2


def test_a_clip_of_one_frame(tmp_path: Path) -> None:
    from clips import make_clip

    one = make_clip(tmp_path, frames=1)
    result = touchline(
        "track", one.video, "--detections", one.detections, "--out", tmp_path / "out", "--json", "-"
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["counts"]["frames"] == 1
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 0


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("-s", "tracker.max_lost_secnds=8"), ("did you mean 'tracker.max_lost_seconds'",)),
        (("-s", "tracker.max_lost_seconds=-8"), ("tracker.max_lost_seconds", "-8")),
        (("--preset", "sort"), ("preset", "'sort'", "bytetrack")),
        (("-s", "nonsense"), ("nonsense", "name=value")),
        (("--config", "nowhere.yaml"), ("nowhere.yaml",)),
        (("--start", "soon"), ("--start", "soon")),
        (("--start", "3600"), ("3600",)),
        (("--start", "1:75"), ("--start", "1:75")),
        (("--out", ""), ("empty",)),
        (("--reid", "nowhere.onnx"), ("nowhere.onnx",)),
    ],
)
def test_a_wrong_option_is_a_usage_error(
    clip: Clip, tmp_path: Path, option: tuple[str, str], words: tuple[str, ...]
) -> None:
    result = track(clip, tmp_path, *option)
    code = 1 if option[0] == "--start" and option[1] == "3600" else 2
    assert_refused(result, code, *words)


def test_an_unknown_class_name(football_data: Path, clip: Clip, tmp_path: Path) -> None:
    network = football_data / "weights" / "yolox_nano_coco_416.onnx"
    result = touchline(
        *("track", clip.video, "--detector", network, "--out", tmp_path),
        *("-s", "detector.classes=[goalkeper]"),
    )
    assert_refused(result, 2, "goalkeper", "goalkeeper")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder not even root may fill")
def test_a_folder_that_cannot_be_written(clip: Clip) -> None:
    assert_refused(track(clip, Path("/proc/touchline")), 1, "/proc/touchline", "another folder")


def test_an_output_folder_that_is_a_file(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("I am a file")
    assert_refused(track(clip, tmp_path / "out"), 1, str(tmp_path / "out"), "another folder")


@pytest.mark.skipif(os.name != "posix", reason="needs a limit of the size of files")
def test_a_full_disk_is_one_line(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    clip = make_clip(tmp_path_factory.mktemp("long"), 200)
    assert track(clip, tmp_path, "--reid", "none", "-s", "lines.every=0").returncode == 0
    store = (tmp_path / "observations.sqlite").stat().st_size
    command = f"ulimit -f {store // 512 + 20}; exec {sys.executable} -m touchline draw {tmp_path}"
    command += " -s writer.crf=0 -s writer.preset=ultrafast"  # larger than the store
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert_refused(result, 1, "annotated.mp4 cannot be written")
    assert not (tmp_path / "annotated.mp4").exists()
    assert not (tmp_path / ".annotated.mp4.part").exists()
    assert (tmp_path / "tracks.txt").stat().st_size > 0


BAD_PLACES = (
    "n" * 300,
    "d/" * 3000 + "x",
    "file/below",
    "~nobody-here/x",
    "/proc/none/x",
    "9" * 5000,
)


def in_process(arguments: list[str]) -> str:
    """What a command says it cannot do, without the seconds of a new process."""
    with pytest.raises(TouchlineError) as raised:
        get_command(app).main(arguments, prog_name="touchline", standalone_mode=False)
    return str(raised.value)


@pytest.mark.parametrize("place", BAD_PLACES, ids=lambda place: place[:12])
def test_names_that_no_system_takes_are_one_line_wherever_they_stand(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("1,1,10,20,30,40,1\n")
    boxes = ["--detections", str(clip.detections)]
    if not place.startswith("~"):  # which is a good name for a folder
        outputs = (
            ["track", str(clip.video), *boxes, "--no-video", "--out", place],
            ["simulate", place, "--seconds", "0.2"],
            ["evaluate", "--truth", "file", "--result", "file", "--json", place],
        )
        for command in outputs:
            in_process(command)
    for command in (
        *(["track", place, *boxes], ["link", place], ["draw", place], ["info", place]),
        *(["track", str(clip.video), "--detections", place], ["tune", place, "--out", "t"]),
        *(["track", str(clip.video), "--detector", place], ["reid", "prepare", "--mot", place]),
        *(["evaluate", "--truth", place, "--result", "file"],),
        *(["evaluate", "--truth", "file", "--result", place],),
        *(
            ["reid", "evaluate", "--reid", "colour", "--data", place],
            ["gallery", "list", "--gallery", place],
        ),
        *(["detector", "train", "--data", place, "--out", "t"],),
    ):
        if command[1] == "prepare":
            command += ["--out", "crops"]
        assert "\n" not in in_process(command)


def test_what_nobody_foresaw_is_one_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(error: Exception) -> None:
        def failing(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("touchline.video.reader.open_video", failing)
        monkeypatch.setattr(sys, "argv", ["touchline", "info", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1

    for error, words in (
        (OSError(5, "Input/output error", "clip.mp4"), "clip.mp4: Input/output error"),
        (MemoryError(), "not enough memory"),
        (KeyError("fps"), "a fault of the program (KeyError"),
    ):
        fails(error)
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("touchline: ")
        assert words in line
    monkeypatch.setenv("TOUCHLINE_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["touchline", "info", str(tmp_path)])
    with pytest.raises(KeyError):
        main()


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    assert_refused(touchline("link", tmp_path), 2, str(tmp_path), "not a run folder")
    assert_refused(touchline("draw", tmp_path / "none"), 2, "not a run folder")


def test_ctrl_c_keeps_the_finished_frames(tmp_path: Path) -> None:
    from clips import make_clip

    clip = make_clip(tmp_path, frames=1500)
    out = tmp_path / "out"
    command = [
        *(sys.executable, "-m", "touchline", "track", str(clip.video), "--out", str(out)),
        *("--detections", str(clip.detections), "-s", "detector.batch_size=1", "--no-video"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    store = out / "observations.sqlite"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if store.exists() and store.stat().st_size > 60_000:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    line = errors.strip().splitlines()[-1]  # a slow machine says before that it is at it
    assert line.startswith("touchline: stopped after ")
    frames = np.loadtxt(out / "tracks.txt", delimiter=",")[:, 0]
    assert 0 < frames.max() < clip.frames
    assert str(int(frames.max())) in line


def test_json_prints_the_report_and_nothing_else(clip: Clip, tmp_path: Path) -> None:
    result = track(clip, tmp_path, "--json", "-")
    assert json.loads(result.stdout) == json.loads((tmp_path / "run.json").read_text())
    assert result.stderr == ""


def test_exporting_without_torch_names_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "sys.argv = ['touchline', 'reid', 'export', 'a', 'b']\n"
        "from touchline.cli.main import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert_refused(result, 2, "touchline[train]")


def test_the_demo_leaves_another_run_alone(clip: Clip, tmp_path: Path) -> None:
    assert track(clip, tmp_path).returncode == 0
    assert_refused(touchline("demo", "--out", tmp_path, "--end", "1"), 2, "another run")


@pytest.mark.parametrize(
    "command",
    [
        "track PIPE",
        "track CLIP --detections PIPE",
        "track CLIP --detector PIPE",
        "track CLIP --reid PIPE",
        "track CLIP --config PIPE",
        "evaluate --truth PIPE --result PIPE",
        "evaluate --truth DETECTIONS --result PIPE",
        "simulate OUT --truth PIPE",
        "reid prepare --video CLIP --truth PIPE",
        "reid prepare --mot PIPE",
        "detector evaluate --data PIPE",
        "link PIPE",
        "gallery list --gallery PIPE",
    ],
)
def test_nobody_waits_at_a_pipe(command: str, clip: Clip, tmp_path: Path) -> None:
    from typer.main import get_command

    from touchline.cli.main import app
    from touchline.errors import TouchlineError

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    places = {"PIPE": pipe, "CLIP": clip.video, "DETECTIONS": clip.detections}
    places["OUT"] = tmp_path / "out"
    words = [str(places.get(word, word)) for word in command.split()]
    if words[0] in ("track", "reid"):
        words += ["--out", str(tmp_path / "out")]

    def waited(_number: int, _frame: object) -> None:
        pytest.fail("it waits at the pipe")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(10)
    try:
        with pytest.raises(TouchlineError) as caught:
            get_command(app).main(words, prog_name="touchline", standalone_mode=False)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert "pipe" in str(caught.value)
    assert "\n" not in str(caught.value)
