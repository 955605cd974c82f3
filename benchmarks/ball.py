"""The ball's path against single frames: what is found of a true ball, and what is guessed right.

    python benchmarks/ball.py [RUN TRUTH ...] [--track 18] [--scale 1.5]

RUN: folders of touchline track or observe, whose detector finds balls. TRUTH: NAME.ball.txt of the
rendering kit (frame from 1, x, y, w, h, visibility, ...), or a gt.txt with --track, the id of its
ball; --scale multiplies the run's pixels to give the truth's. Without a pair: SNMOT-060 of the data
pack (TOUCHLINE_DATA), observed here. A ball is found where the centre is within 1.5 sizes of the
true one (the root of width times height), and within 5 pixels in any case. One line each for the
best ball of every frame, for those of a score of 0.3 and more, for the path and for what of it is
sure: precision, recall over all frames with a true ball, average precision, how many places are
bridged and how many of these are right, milliseconds of one core a frame.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from touchline.ball_track import BallTrack
from touchline.linking.ball.tracker import BallTracker
from touchline.linking.config import BallConfig
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.types import Floats

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SIZES = 1.5
LEAST_PIXELS = 5.0
TrueBalls = Mapping[int, Floats]
"""x, y, w, h by frame, from 0."""


@dataclass(frozen=True)
class Scores:
    """Shares of places and of true balls, and how many places are bridged."""

    precision: float
    recall: float
    average_precision: float
    bridged: int
    bridged_right: float


def true_balls(file: Path, track: int) -> TrueBalls:
    """The balls of a kit's NAME.ball.txt, else those rows of a gt.txt with the id ``track``."""
    rows = np.loadtxt(file, delimiter=",", ndmin=2)
    if file.name.endswith(".ball.txt"):
        return {int(row[0]) - 1: row[1:5] for row in rows if row[5] > 0}
    return {int(row[0]) - 1: row[2:6] for row in rows if row[1] == track}


def is_right(box: Floats, ball: Floats | None) -> bool:
    if ball is None:
        return False
    away = np.hypot(*((box[:2] + box[2:]) / 2 - ball[:2] - ball[2:] / 2))
    return bool(away <= max(SIZES * np.sqrt(ball[2] * ball[3]), LEAST_PIXELS))


def scored(track: BallTrack, truth: TrueBalls, scale: float, least: float = 0.0) -> Scores:
    keep = track.confidences >= least
    right = np.array(
        [
            is_right(box * scale, truth.get(frame))
            for frame, box in zip(track.frames[keep].tolist(), track.boxes[keep], strict=True)
        ],
        np.bool_,
    )
    hits = np.cumsum(right[np.argsort(-track.confidences[keep], kind="stable")])
    precisions = hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precisions[::-1])[::-1]
    steps = np.diff(hits, prepend=0) / max(len(truth), 1)
    bridged = track.bridged[keep]
    return Scores(
        float(right.mean()) if len(right) else 0.0,
        float(right.sum() / max(len(truth), 1)),
        float((best * steps).sum()),
        int(bridged.sum()),
        float(right[bridged].mean()) if bridged.any() else 0.0,
    )


def best_of_frames(observations: list[Observation]) -> BallTrack:
    """The ball of the best score in every frame, as sure as its score."""
    frames, boxes, scores = [], [], []
    for one in observations:
        balls = one.detections[one.detections.roles == "ball"]
        if len(balls):
            row = int(balls.scores.argmax())
            frames.append(one.frame)
            boxes.append(balls.boxes[row])
            scores.append(balls.scores[row])
    return BallTrack(
        np.array(frames, np.int64),
        np.array(boxes).reshape(-1, 4),
        np.array(scores),
        np.zeros(len(frames), np.bool_),
    )


def missing(observations: list[Observation], truth: TrueBalls, scale: float) -> float:
    """Share of true balls that no candidate shows: no path over candidates sees them."""
    shown = 0
    for one in observations:
        balls = one.detections.boxes[one.detections.roles == "ball"]
        shown += any(is_right(box * scale, truth.get(one.frame)) for box in balls)
    return 1 - shown / max(len(truth), 1)


def report(run: Path, truth: TrueBalls, scale: float) -> None:
    with closing(ObservationStore.open(RunFolder.existing(run).observations)) as store:
        video, observations = RunFacts.of(store).video, list(store)
    size = (video.width, video.height)
    began = process_time()
    tracker = BallTracker(BallConfig(), frame_rate=video.fps, image_size=size)
    for one in observations:
        tracker.add(one)
    path = tracker.track()
    milliseconds = 1000 * (process_time() - began) / max(len(observations), 1)
    print(f"{video.name}: {len(truth)} of {len(observations)} frames have a true ball, of which "
          f"{missing(observations, truth, scale):.1%} are no candidate")  # fmt: skip
    print(f"{'':24s}{'P':>7s}{'R':>7s}{'AP':>7s}  bridged, right")
    single = best_of_frames(observations)
    rows = (("best of each frame", single, 0.0), ("of score 0.3", single, 0.3))
    for name, track, least in (*rows, ("path", path, 0.0), ("path, sure", path, 0.5)):
        found = scored(track, truth, scale, least)
        print(
            f"{name:24s}{100 * found.precision:7.1f}{100 * found.recall:7.1f}"
            f"{100 * found.average_precision:7.1f}{found.bridged:9d}"
            f"{100 * found.bridged_right:7.1f}"
        )
    print(f"{milliseconds:.2f} ms a frame", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", type=Path, metavar="RUN TRUTH")
    parser.add_argument("--track", type=int, default=18, help="id of the ball in a gt.txt")
    parser.add_argument("--scale", type=float, default=1.0, help="the truth's pixels by the run's")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("give a truth with each run")
    for run, file in zip(options.pairs[::2], options.pairs[1::2], strict=True):
        report(run, true_balls(file, options.track), options.scale)
    if not options.pairs:
        folder = DATA / "mot" / "SNMOT-060"
        with tempfile.TemporaryDirectory() as out:
            settings = {"models": {"reid": "none"}, "numbers": {"read": "never"}}
            request = RunRequest(str(folder / "video_1280x720.mp4"), Path(out) / "run", settings)
            observe_run(request, lambda _stage, _done, _total: None, lambda: False)
            report(Path(out) / "run", true_balls(folder / "gt" / "gt.txt", 18), 1.5)


if __name__ == "__main__":
    main()
