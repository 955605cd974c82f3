"""Accuracy of the tracker, by TrackEval: HOTA, IDF1, MOTA, and who returns as himself.

    python benchmarks/accuracy.py --peers PYTHON [--embedder FILE.onnx] [--cache DIR] [--json FILE]

PYTHON is the interpreter of an environment with ``trackeval`` (pip install trackeval). The data
pack is found by TOUCHLINE_DATA, and nothing is written into it.

1. SNMOT-060 with its true boxes at score 1, and with its given detections, observed as
   ``touchline observe --detections`` does it; appearance: none, the built-in colours, and the
   network of --embedder. --cache keeps the run folders.
2. The ten sequences of snmot_test with the boxes of a real tracker as detections, and the clips of
   SportsMOT with true boxes: motion only, and without camera motion, for there are no pictures.

Each is scored "online" (what the tracker shows in each frame, under the ids it has then) and
"written" (what tracks.txt holds: returned players renamed from their return on, short gaps filled).
Truth is without the ball. A return is a person absent for a second or more: kept under his id,
given a new one, or "stolen": given the id of somebody else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import corners_to_xywh, xywh_to_corners
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import follow, link_observations
from touchline.observations import Observation, ObservationStore
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections, TrackTable, identity_motion

Array = NDArray[np.float64]
DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SCORES_SCRIPT = Path(__file__).with_name("trackeval_scores.py")
FRAME_RATE = 25.0
PRESETS = ("touchline", "botsort")


@dataclass
class Clip:
    """Truth of one clip as rows of frame (from 1), id, x, y, w, h, score; and what was seen."""

    name: str
    truth: Array
    observations: Callable[[], Iterable[Observation]]
    size: tuple[int, int] = (1280, 720)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="Python of an environment with trackeval")
    parser.add_argument("--embedder", action="append", default=[], help="appearance network (ONNX)")
    parser.add_argument("--cache", type=Path, help="keep the run folders here")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for label, clips in inputs(options.embedder, options.cache or Path(folder)):
            for preset in PRESETS:
                config = TrackerConfig(preset=preset)
                for kind, track in (("online", online), ("written", written)):
                    tables = [track(clip, config) for clip in clips]
                    scores = score(options.peers, clips, tables)
                    results.append({"input": label, "preset": preset, "tracks": kind, **scores})
                    show(results[-1])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def inputs(embedders: list[str], folder: Path) -> Iterator[tuple[str, list[Clip]]]:
    """Label and clips of each row of the table."""
    truth = read(DATA / "mot/SNMOT-060/gt/gt.txt", 2 / 3)
    truth = truth[truth[:, 1] != 18]  # the ball
    true_boxes = folder / "true_boxes.txt"
    folder.mkdir(parents=True, exist_ok=True)
    np.savetxt(true_boxes, truth, fmt="%.9g", delimiter=",")
    given = DATA / "mot/SNMOT-060/det_yolox_nano_1280.txt"
    for kind, detections in (("true boxes", true_boxes), ("detections", given)):
        for reid in ("none", "color", *embedders):
            name = Path(reid).stem
            observations = observed(detections, reid, folder / f"{kind.split()[0]}_{name}")
            clip = Clip("SNMOT-060", truth, observations)
            yield f"SNMOT-060 {kind}, appearance {name}", [clip]
    yield "snmot_test detections, motion only", list(snmot_test())
    clips = sorted((DATA / "mot_gt_only/sportsmot_football/dataset/train").iterdir())
    truths = {clip.name: read(clip / "gt/gt.txt", 1.0) for clip in clips}
    yield (
        "SportsMOT football true boxes, motion only",
        [Clip(name, rows, boxes_only(rows)) for name, rows in truths.items()],
    )


def snmot_test() -> Iterator[Clip]:
    for folder in sorted((DATA / "mot_gt_only/snmot_test").glob("SNMOT-*")):
        truth = read(folder / "gt/gt.txt", 1.0)
        ids = np.unique(truth[:, 1])
        heights = np.array([np.median(truth[truth[:, 1] == one, 5]) for one in ids])
        truth = truth[~np.isin(truth[:, 1], ids[heights < 25])]  # the ball, or two
        boxes = read(folder / "trackers/bytetrack_yolox_x.txt", 1.0)
        yield Clip(folder.name, truth, boxes_only(boxes), size=(1920, 1080))


def read(file: Path, scale: float) -> Array:
    """Rows of frame, id, x, y, w, h, score."""
    rows = np.loadtxt(file, delimiter=",", usecols=range(7))
    rows[:, 2:6] *= scale
    return rows[np.argsort(rows[:, 0], kind="stable")]


def observed(detections: Path, reid: str, run: Path) -> Callable[[], Iterable[Observation]]:
    """What the program sees in SNMOT-060 with these boxes and this appearance."""
    settings = {"models": {"detections": str(detections), "reid": reid}}
    video = str(DATA / "mot/SNMOT-060/video_1280x720.mp4")
    observe_run(RunRequest(video, run, settings), lambda _s, _d, _t: None, lambda: False)

    def read_back() -> Iterator[Observation]:
        with ObservationStore.open(run / "observations.sqlite") as store:
            yield from store

    return read_back


def boxes_only(rows: Array) -> Callable[[], Iterable[Observation]]:
    """Boxes as detections of a camera that stands still, without appearance."""
    frames = range(int(rows[:, 0].max()))

    def make() -> Iterator[Observation]:
        for frame in frames:
            here = rows[rows[:, 0] == frame + 1]
            found = Detections(xywh_to_corners(here[:, 2:6]), here[:, 6])
            yield Observation(frame, frame / FRAME_RATE, False, identity_motion(), found)

    return make


def online(clip: Clip, config: TrackerConfig) -> TrackTable:
    """What the tracker shows in each frame, under the ids it has then."""
    tracker = Tracker(config, frame_rate=FRAME_RATE, image_size=clip.size)
    return TrackTable.from_frames(
        [(seen.frame, seen.time, follow(tracker, seen)) for seen in clip.observations()]
    )


def written(clip: Clip, config: TrackerConfig) -> TrackTable:
    """What the program writes at the end."""
    seen = clip.observations()
    return link_observations(
        seen, config, LinkConfig(), frame_rate=FRAME_RATE, image_size=clip.size
    )


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


def show(row: dict[str, Any]) -> None:
    returns = f"{row['kept']}/{row['new']}/{row['stolen']}"
    print(
        f"{row['input']:54s} {row['preset']:10s}{row['tracks']:8s} HOTA {row['HOTA']:5.2f}  "
        f"IDF1 {row['IDF1']:5.2f}  MOTA {row['MOTA']:6.2f}  IDSW {row['IDSW']:4d}  "
        f"kept/new/stolen {returns}",
        flush=True,
    )


if __name__ == "__main__":
    main()
