"""Accuracy of the online tracker alone, by TrackEval: HOTA, IDF1, MOTA, and who returns as himself.

    python benchmarks/accuracy.py --peers PYTHON [--embedder FILE.onnx] [--cache DIR] [--json FILE]

PYTHON is the interpreter of an environment with ``trackeval`` (pip install trackeval). The data
pack is found by TOUCHLINE_DATA, and nothing is written into it.

1. SNMOT-060 with its true boxes at score 1, and with its given detections; camera motion measured
   by ours; appearance: none, the built-in colours, and the network of --embedder. Detections are
   scored as tracked ("online") and with short gaps filled ("filled"), as the program does it.
2. The ten sequences of snmot_test with the boxes of a real tracker as detections, and the clips of
   SportsMOT with true boxes: motion only, and without camera motion, for there are no pictures.

Truth is without the ball. A return is a person absent for a second or more: kept under his id,
given a new one, or "stolen": given the id of somebody else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import corners_to_xywh, xywh_to_corners
from touchline.linking.interpolate import interpolate_gaps
from touchline.linking.interpolation_config import InterpolationConfig
from touchline.perception.camera import CameraMotion
from touchline.perception.crops import crop_people
from touchline.perception.embedder import load_embedder_file
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections, TrackTable
from touchline.video.reader import open_video

Array = NDArray[np.float64]
DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SCORES_SCRIPT = Path(__file__).with_name("trackeval_scores.py")
FRAME_RATE = 25.0
PRESETS = ("touchline", "botsort")


@dataclass
class Clip:
    """Truth and input of one clip as rows of frame (from 1), id, x, y, w, h, score."""

    name: str
    truth: Array
    boxes: Array
    motions: NDArray[np.float64] | None = None
    embeddings: NDArray[np.float32] | None = None
    size: tuple[int, int] = (1280, 720)

    @property
    def frames(self) -> int:
        return int(self.truth[:, 0].max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="Python of an environment with trackeval")
    parser.add_argument("--embedder", action="append", default=[], help="appearance network (ONNX)")
    parser.add_argument("--cache", type=Path, help="keep measured embeddings and motions here")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    for label, clips in inputs(options.embedder, options.cache):
        for preset in PRESETS:
            tables = [track(clip, TrackerConfig(preset=preset)) for clip in clips]
            results.append({"input": label, "preset": preset, "boxes": "online"})
            results[-1] |= score(options.peers, clips, tables)
            if "detections" in label:
                filled = [fill(table, clip) for table, clip in zip(tables, clips, strict=True)]
                results.append({"input": label, "preset": preset, "boxes": "filled"})
                results[-1] |= score(options.peers, clips, filled)
    show(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def inputs(embedders: list[str], cache: Path | None) -> Iterator[tuple[str, list[Clip]]]:
    """Label and clips of each row of the table."""
    truth = read(DATA / "mot/SNMOT-060/gt/gt.txt", 2 / 3)
    truth = truth[truth[:, 1] != 18]  # the ball
    found = read(DATA / "mot/SNMOT-060/det_yolox_nano_1280.txt", 1.0)
    video = DATA / "mot/SNMOT-060/video_1280x720.mp4"
    for kind, boxes in (("true boxes", truth), ("detections", found)):
        for embedder in (None, "color", *embedders):
            name = "none" if embedder is None else Path(embedder).stem
            motions, embeddings = observe(video, boxes, embedder, cache, f"{kind[:4]}_{name}")
            clip = Clip("SNMOT-060", truth, boxes, motions, embeddings)
            yield f"SNMOT-060 {kind}, appearance {name}", [clip]
    yield "snmot_test detections, motion only", list(snmot_test())
    folder = DATA / "mot_gt_only/sportsmot_football/dataset/train"
    truths = {clip.name: read(clip / "gt/gt.txt", 1.0) for clip in sorted(folder.iterdir())}
    clips = [Clip(name, rows, rows) for name, rows in truths.items()]
    yield "SportsMOT football true boxes, motion only", clips


def snmot_test() -> Iterator[Clip]:
    for folder in sorted((DATA / "mot_gt_only/snmot_test").glob("SNMOT-*")):
        truth = read(folder / "gt/gt.txt", 1.0)
        ids = np.unique(truth[:, 1])
        heights = np.array([np.median(truth[truth[:, 1] == one, 5]) for one in ids])
        truth = truth[~np.isin(truth[:, 1], ids[heights < 25])]  # the ball, or two
        boxes = read(folder / "trackers/bytetrack_yolox_x.txt", 1.0)
        yield Clip(folder.name, truth, boxes, size=(1920, 1080))


def read(file: Path, scale: float) -> Array:
    """Rows of frame, id, x, y, w, h, score."""
    rows = np.loadtxt(file, delimiter=",", usecols=range(7))
    rows[:, 2:6] *= scale
    return rows[np.argsort(rows[:, 0], kind="stable")]


def observe(
    video: Path, boxes: Array, embedder: str | None, cache: Path | None, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float32] | None]:
    """Camera motion of each frame and, with an embedder, the embedding of each box."""
    stored = None if cache is None else cache / f"{video.parent.name}_{name}.npz"
    if stored is not None and stored.is_file():
        content = np.load(stored)
        return content["motions"], content["embeddings"] if embedder else None
    network = load_embedder_file(embedder) if embedder else None
    looks = np.zeros((len(boxes), network.size if network else 0), np.float32)
    camera, motions = CameraMotion(), []
    with open_video(video) as frames:
        for frame in frames:
            rows = np.flatnonzero(boxes[:, 0] == frame.index + 1)
            corners = xywh_to_corners(boxes[rows, 2:6])
            motions.append(camera.estimate(frame.image, corners[boxes[rows, 6] >= 0.3]))
            if network is not None and len(rows):
                looks[rows] = network.embed(crop_people(frame.image, corners))
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        np.savez(stored, motions=np.array(motions), embeddings=looks)
    return np.array(motions), looks if network is not None else None


def track(clip: Clip, config: TrackerConfig) -> TrackTable:
    """What the tracker shows in each frame, under the ids it has then."""
    tracker = Tracker(config, frame_rate=FRAME_RATE, image_size=clip.size)
    shown = []
    for frame in range(clip.frames):
        rows = np.flatnonzero(clip.boxes[:, 0] == frame + 1)
        detections = Detections(
            xywh_to_corners(clip.boxes[rows, 2:6]),
            clip.boxes[rows, 6],
            None,
            None if clip.embeddings is None else clip.embeddings[rows],
        )
        motion = None if clip.motions is None else clip.motions[frame]
        shown.append((frame, frame / FRAME_RATE, tracker.update(detections, motion)))
    return TrackTable.from_frames(shown)


def fill(table: TrackTable, clip: Clip) -> TrackTable:
    """The table with short gaps interpolated."""
    times = np.arange(clip.frames) / FRAME_RATE
    settings = InterpolationConfig()
    return interpolate_gaps(table, times, settings, motions=clip.motions, picture_size=clip.size)


def score(python: str, clips: list[Clip], tables: list[TrackTable]) -> dict[str, Any]:
    """Scores by the other environment: means over the clips, sums of counts."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for clip, table in zip(clips, tables, strict=True):
            xywh = corners_to_xywh(table.boxes)
            rows = np.column_stack([table.frames + 1, table.ids, xywh])
            files.append(str(Path(folder, f"{clip.name}.npz")))
            np.savez(files[-1], truth=clip.truth[:, :6], tracks=rows)
        command = [python, str(SCORES_SCRIPT), *files]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    each = json.loads(answer.stdout.splitlines()[-1])
    means = {name: float(np.mean([one[name] for one in each])) for name in ("HOTA", "IDF1", "MOTA")}
    counts = ("IDSW", "ids", "kept", "new", "stolen")
    return means | {name: sum(one[name] for one in each) for name in counts}


def show(results: list[dict[str, Any]]) -> None:
    print(f"{'input':58s}{'preset':10s}{'boxes':8s}  HOTA   IDF1   MOTA  IDSW  kept/new/stolen")
    for row in results:
        returns = f"{row['kept']}/{row['new']}/{row['stolen']}"
        print(
            f"{row['input']:58s}{row['preset']:10s}{row['boxes']:8s}"
            f"{row['HOTA']:6.2f} {row['IDF1']:6.2f} {row['MOTA']:6.2f} {row['IDSW']:5d}  {returns}"
        )


if __name__ == "__main__":
    main()
