"""Speed of a whole run by stage, beside the detector alone, and whether memory is flat.

    python benchmarks/pipeline.py [--video FILE] [--frames 250] [--rounds 3] [--json FILE]

Speed, all on the same network and the same frames, by turns in one process: the detector alone on
images in memory; a plain loop of decoding, detecting and ByteTrack; the whole run without an
annotated video and with one; and with ``detector.every=3``. Then the design that the project began
with: each person of each frame through a ViT-B/16, one crop at a time. That takes seconds a frame,
so it is reckoned from ``--crops`` crops and the plain loop (needs torch). Seconds by the clock say
something on a machine that does nothing else, seconds of processors on a shared one, too. Stages
are seconds by the clock of the main thread; decoding runs ahead of it and encoding behind it, so
"read video" is waiting, and "draw" competes with decoder and encoder for the cores: drawing is
timed once more alone. Memory: the shipped demo clip, repeated to 1,000 and 10,000 frames, with the
boxes of its own tracks, each run a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np

from touchline.demo import VIDEO
from touchline.formats.table import read_csv
from touchline.frame_detections import DetectorRunner
from touchline.observations import ObservationStore
from touchline.observe import in_batches
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import OnnxDetector
from touchline.processors import usable_cores
from touchline.run.inputs import open_detector
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import PEOPLE, Frame
from touchline.video.config import DrawConfig
from touchline.video.draw import Painter
from touchline.video.reader import open_video

TOGETHER = 8
"""Frames handed to the detector at once, as in a run."""

MOST_HELD = 64
"""Images held in memory for the detector alone, which sees them again and again."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", type=Path, help="ONNX detector; none: the shipped one")
    parser.add_argument("--video", type=Path, default=VIDEO)
    parser.add_argument("--frames", type=int, default=250, help="0: the speed is left out")
    parser.add_argument("--rounds", type=int, default=1, help="the least of them counts")
    parser.add_argument("--crops", type=int, default=5, help="through a ViT-B/16; 0: left out")
    parser.add_argument("--memory-frames", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    numbers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.frames:
            numbers["speed"] = speed(options, Path(folder))
        if options.memory_frames:
            # No more of its own tracks are needed than the longest clip has frames.
            end = ["--end", f"{(max(options.memory_frames) + 5) / 25:g}"]
            run(VIDEO, Path(folder) / "demo", ["--no-video", *end])
        for frames in options.memory_frames:
            video, detections = repeat_demo(Path(folder), frames)
            report = run(video, Path(folder) / f"memory{frames}", ["--detections", detections])
            numbers[f"{frames} frames"] = show(report)
    if options.json is not None:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")


def speed(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Print and return milliseconds a frame of each way to look at the same frames."""
    with open_video(options.video) as reader:
        fps = reader.info.fps
        held = list(islice(reader, min(options.frames, MOST_HELD)))
    end, detector = options.frames / fps, open_detector(options.detector, DetectorConfig())
    frames, reports = options.frames, dict[str, dict[str, Any]]()

    def tracked(name: str, *, draw_video: bool, **more: int) -> Callable[[], None]:
        def track() -> None:
            models = {} if options.detector is None else {"detector": str(options.detector)}
            settings = {"models": models, "detector": more}
            out = folder / name.replace(" ", "_")
            request = RunRequest(str(options.video), out, settings, end=end, overwrite=True)
            request = replace(request, draw_video=draw_video)
            reports[name] = track_run(request, lambda *_: None, lambda: False).as_json()

        return track

    ways: dict[str, Callable[[], None]] = {
        "the detector alone": lambda: detect_alone(detector, held, frames),
        "decode, detect, ByteTrack": lambda: plain_loop(detector, options.video, frames),
        "whole run, no video": tracked("whole run, no video", draw_video=False),
        "detector.every=3, no video": tracked(
            "detector.every=3, no video", draw_video=False, every=3
        ),
        "whole run, with video": tracked("whole run, with video", draw_video=True),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            begun, busy = time.perf_counter(), time.process_time()
            way()
            times[name].append((time.perf_counter() - begun, time.process_time() - busy))
    # Somebody else at work only ever adds to either.
    least = {
        name: [1000 * min(part) / frames for part in zip(*each, strict=True)]
        for name, each in times.items()
    }
    if options.crops:
        boxes, crop = original_design(detector, held, options.crops)
        plain = least["decode, detect, ByteTrack"]
        name = f"reckoned: {boxes:.1f} ViT-B/16 a frame"
        least[name] = [whole + boxes * one for whole, one in zip(plain, crop, strict=True)]
    alone = least["the detector alone"]
    print(f"{frames} frames, ms a frame: clock, processors; times the detector alone")
    for name, (clock, cpu) in least.items():
        print(f"  {name:30} {clock:8.1f} {cpu:8.1f}   {clock / alone[0]:.2f} {cpu / alone[1]:.2f}")
    shares = {}
    for name, report in reports.items():
        print(f"  {name}:")
        shares[name] = stage_shares(report)
    drawn = folder / "whole_run,_with_video"
    painting = drawing_alone(options.video, drawn)
    print(f"  {'drawing alone':28} {painting:8.1f}")
    return {"ms_per_frame": least, "stages": shares, "drawing_alone_ms": painting}


def detect_alone(detector: OnnxDetector, held: list[Frame], frames: int) -> None:
    """Look at ``frames`` images that are in memory, in the order of a clip."""
    runner = DetectorRunner(detector)
    for begin in range(0, frames, TOGETHER):
        numbers = range(begin, min(begin + TOGETHER, frames))
        group = [Frame(n, n / 25, held[n % len(held)].image, n == 0) for n in numbers]
        runner.find(group, [frame.key_frame for frame in group])


def plain_loop(detector: OnnxDetector, video: Path, frames: int) -> None:
    """What most programs do: decode, detect, ByteTrack."""
    runner, tracker = DetectorRunner(detector), Tracker(TrackerConfig(preset="bytetrack"))
    with open_video(video) as reader:
        for group in in_batches(islice(reader, frames), TOGETHER):
            found = runner.find(group, [frame.index == 0 for frame in group])
            for frame, detections in zip(group, found, strict=True):
                tracker.update(detections, time=frame.time)


def stage_shares(report: dict[str, Any]) -> dict[str, float]:
    """Print and return each stage's share of a run's seconds by the clock."""
    seconds, total = report["seconds"], sum(report["seconds"].values())
    slowest = max(seconds, key=lambda name: seconds[name])
    print(f"  stages: {total / seconds[slowest]:.2f} times the slowest, which is {slowest}")
    frames = report["counts"]["frames"]
    for name, spent in seconds.items():
        print(f"    {name:18} {1000 * spent / frames:7.2f} ms {spent / total:6.1%}")
    return {name: spent / total for name, spent in seconds.items()}


def run(video: Path, out: Path, given: list[Any]) -> dict[str, Any]:
    """run.json of one tracked video."""
    command = [sys.executable, "-m", "touchline", "track", video, "--out", out, "--json", "-"]
    command += given
    output = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout
    report: dict[str, Any] = json.loads(output)
    return report


def show(report: dict[str, Any]) -> dict[str, Any]:
    """Print and return milliseconds a frame by stage, frames a second, peak memory."""
    frames = report["counts"]["frames"]
    stages = {name: 1000 * value / frames for name, value in report["seconds"].items()}
    print(f"\n{frames} frames of {report['video']['width']}x{report['video']['height']}")
    for name, milliseconds in stages.items():
        print(f"  {name:16} {milliseconds:7.2f} ms")
    print(
        f"  {'all':16} {sum(stages.values()):7.2f} ms  {report['frames_per_second']:.1f} frames/s"
    )
    print(f"  peak memory      {report['peak_memory_mb']:7.0f} MiB")
    return {
        "frames": frames,
        "ms_per_frame": stages,
        "frames_per_second": report["frames_per_second"],
        "peak_memory_mb": report["peak_memory_mb"],
        "embedded_share": report["counts"]["embedded"] / max(1, report["counts"]["detections"]),
    }


def drawing_alone(video: Path, out: Path, frames: int = 250) -> float:
    """Median milliseconds of drawing one frame, with nothing else going on.

    Over the first ``frames`` frames, the making of labels and rings that are kept included.
    """
    table = read_csv(out / "tracks.csv")
    with open_video(video) as reader, ObservationStore.open(out / "observations.sqlite") as store:
        painter = Painter(DrawConfig(), reader.info.width, reader.info.height)
        pairs = list(islice(zip(reader, store, strict=False), frames))
    times = []
    for frame, seen in pairs:
        begin = time.perf_counter()
        tracks = table.at(frame.index)
        painter.draw(frame.image, tracks, time=frame.time, motion=seen.motion, cut=seen.cut)
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


def original_design(
    detector: OnnxDetector, held: list[Frame], crops: int
) -> tuple[float, list[float]]:
    """Mean people of a frame, and milliseconds a crop, clock and processors, one at a time."""
    import torch

    from touchline.training.reid.clip_image import ImageEncoder

    found = detector.detect([one.image for one in held])
    people = statistics.mean(int(np.isin(one.roles, PEOPLE).sum()) for one in found)
    encoder = ImageEncoder().eval()  # its weights do not change what it takes
    image = torch.zeros(1, 3, encoder.shape.height, encoder.shape.width)
    torch.set_num_threads(usable_cores())
    with torch.inference_mode():
        encoder(image)
        begun, busy = time.perf_counter(), time.process_time()
        for _ in range(crops):
            encoder(image)
    spent = (time.perf_counter() - begun, time.process_time() - busy)
    return people, [1000 * part / crops for part in spent]


def repeat_demo(folder: Path, frames: int) -> tuple[Path, Path]:
    """The demo clip and its boxes over and over, up to ``frames`` frames."""
    video, detections = folder / f"long{frames}.mp4", folder / f"long{frames}.txt"
    with av.open(str(VIDEO)) as source:
        stream = source.streams.video[0]
        packets = [packet for packet in source.demux(stream) if packet.dts is not None]
        length = sum(packet.duration or 0 for packet in packets)
        with av.open(str(video), "w") as target:
            copy = target.add_stream_from_template(stream)
            for number in range(frames):
                packet = packets[number % len(packets)]
                shift = length if number and number % len(packets) == 0 else 0
                for moved in packets if shift else []:
                    assert moved.pts is not None
                    assert moved.dts is not None
                    moved.pts += shift
                    moved.dts += shift
                packet.stream = copy
                target.mux(packet)
    boxes = (folder / "demo" / "tracks.txt").read_text()
    rows = [line.split(",", 1) for line in boxes.splitlines()]
    with detections.open("w") as text:
        for shift in range(0, frames, len(packets)):
            text.writelines(f"{int(frame) + shift},{rest}\n" for frame, rest in rows)
    return video, detections


if __name__ == "__main__":
    main()
