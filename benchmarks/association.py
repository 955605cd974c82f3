"""CPU time of a whole tracker update, compared with other trackers in the same run.

    OMP_NUM_THREADS=1 python benchmarks/association.py --peers PYTHON [--json FILE]
        [--boxes 25 100 400] [--frames 300]

PYTHON is the interpreter of an environment with Roboflow ``trackers`` and ``pyxtrackers``; without
it only ours is timed. All see the same boxes: people who run about and are sometimes missed, from
a fixed seed. Ours gets an embedding of 512 numbers for every box and a camera motion; of the
peers BoT-SORT gets the camera motion, and none uses appearance. Times are process time per
update, median over the frames after a warm-up, in milliseconds; of ours the least of three runs for
each frame, and with appearance also the mean and the slowest frame, because the appearance of
returning people is compared twice a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections

Array = NDArray[np.float64]
WARM_UP = 0.2
"""Frames of warm-up, which are not timed."""

ROUNDS = 3
DIMENSIONS = 512
PAN = np.array([[1.0005, 0.0, 2.0], [0.0, 1.0005, -0.5]])
PEERS_SCRIPT = Path(__file__).parent / "peers" / "association.py"

Times = dict[str, dict[str, float]]
"""Milliseconds by tracker and number of boxes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="Python of the environment with the other trackers")
    parser.add_argument("--json", type=Path, help="write the times to this file too")
    parser.add_argument("--boxes", type=int, nargs="+", default=[25, 100, 400])
    parser.add_argument("--frames", type=int, default=300)
    options = parser.parse_args()
    times: Times = {}
    scenes = {count: scene(count, options.frames) for count in options.boxes}
    warm_up = round(WARM_UP * options.frames)
    for count, (frames, looks) in scenes.items():
        size = str(count)
        seeing = time_ours(frames, looks, TrackerConfig())[warm_up:]
        blind = time_ours(frames, None, TrackerConfig())[warm_up:]
        botsort = time_ours(frames, looks, TrackerConfig(preset="botsort"))[warm_up:]
        for name, value in (
            ("touchline, appearance", np.median(seeing)),
            ("touchline, appearance, mean", np.mean(seeing)),
            ("touchline, appearance, slowest frame", np.max(seeing)),
            ("touchline, motion only", np.median(blind)),
            ("touchline, preset botsort, appearance", np.median(botsort)),
        ):
            times.setdefault(name, {})[size] = float(value)
    if options.peers:
        frames_of = {count: frames for count, (frames, _) in scenes.items()}
        times |= time_peers(options.peers, frames_of, warm_up)
    print(f"{'CPU ms an update, boxes:':42s}" + "".join(f"{count:9d}" for count in scenes))
    for name, row in times.items():
        print(f"{name:42s}" + "".join(f"{row[str(count)]:9.2f}" for count in scenes))
    if options.json:
        options.json.write_text(json.dumps(times, indent=1) + "\n")


def scene(count: int, length: int) -> tuple[list[Array], list[NDArray[np.float32]]]:
    """Frames of (N, 5) corner pixels and score, and the (N, 512) embedding of each box.

    The image grows with the number of people, so that the crowd is equally dense.
    """
    rng = np.random.default_rng(count)
    size = np.array([1280.0, 720.0]) * np.sqrt(count / 25)
    centres = rng.uniform(0, size, (count, 2))
    speeds = rng.normal(0, 2.5, (count, 2))
    heights = rng.uniform(50, 100, count)
    half = np.column_stack([heights * 0.2, heights * 0.5])
    looks = rng.normal(0, 1, (count, DIMENSIONS))
    frames, embeddings = [], []
    for _ in range(length):
        speeds = 0.98 * speeds + rng.normal(0, 0.4, (count, 2))
        outside = (centres < 0) | (centres > size)
        speeds = np.where(outside, np.sign(size / 2 - centres) * np.abs(speeds), speeds)
        centres = centres + speeds
        seen = rng.random(count) < 0.97
        noisy = centres[seen] + rng.normal(0, 0.02, (seen.sum(), 2)) * heights[seen, None]
        scores = np.where(rng.random(seen.sum()) < 0.05, 0.3, rng.uniform(0.7, 0.95, seen.sum()))
        frames.append(np.column_stack([noisy - half[seen], noisy + half[seen], scores]))
        vectors = looks[seen] + rng.normal(0, 0.8, (seen.sum(), DIMENSIONS))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        embeddings.append(vectors.astype(np.float32))
    return frames, embeddings


def time_ours(
    frames: list[Array], looks: list[NDArray[np.float32]] | None, config: TrackerConfig
) -> Array:
    """Milliseconds of each update, the least of a few runs."""
    least: Array = np.min([_time_once(frames, looks, config) for _ in range(ROUNDS)], axis=0)
    return least


def _time_once(
    frames: list[Array], looks: list[NDArray[np.float32]] | None, config: TrackerConfig
) -> Array:
    tracker = Tracker(config, image_size=(1280, 720))
    spent = []
    for number, boxes in enumerate(frames):
        embeddings = None if looks is None else looks[number]
        detections = Detections(boxes[:, :4], boxes[:, 4], None, embeddings)
        start = time.process_time_ns()
        tracker.update(detections, PAN)
        spent.append(time.process_time_ns() - start)
    return np.array(spent) / 1e6


def time_peers(python: str, scenes: dict[int, list[Array]], warm_up: int) -> Times:
    """The same frames through the trackers of the other environment."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for count, frames in scenes.items():
            files.append(str(Path(folder, f"{count}.npz")))
            lengths = np.array([len(boxes) for boxes in frames])
            np.savez(files[-1], boxes=np.concatenate(frames), lengths=lengths, motion=PAN)
        command = [python, str(PEERS_SCRIPT), str(warm_up), *files]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    times: Times = json.loads(answer.stdout)
    return times


if __name__ == "__main__":
    main()
