"""Speed of a whole run by stage, and whether memory is flat in the length of the clip.

    python benchmarks/pipeline.py --detector yolox_nano_dynamic.onnx [--video FILE] [--json FILE]

Speed: ``touchline track`` from file to annotated video with the detector at 640 and the built-in
appearance; stages are wall-clock time, and "draw" competes with decoder and encoder for the cores,
so drawing is timed once more alone. Memory: the shipped demo clip, repeated to 1,000 and 10,000
frames, with the boxes of its own tracks. Each run is a process of its own; numbers are from its
run.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import av

from touchline.demo import VIDEO
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.video.config import DrawConfig
from touchline.video.draw import Painter
from touchline.video.reader import open_video


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", type=Path, help="ONNX detector; none: the speed is left out")
    parser.add_argument("--detector-size", default="640")
    parser.add_argument("--video", type=Path, default=VIDEO)
    parser.add_argument("--memory-frames", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    numbers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.detector is not None:
            given = ["--detector", options.detector, "--detector-size", options.detector_size]
            out = Path(folder) / "speed"
            numbers["speed"] = show(run(options.video, out, given))
            numbers["speed"]["drawing_alone_ms"] = drawing_alone(options.video, out)
            print(f"  drawing alone    {numbers['speed']['drawing_alone_ms']:7.2f} ms (median)")
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
