"""Detection at fixed sizes of the network's input, and at the size that follows people (auto).

    python benchmarks/input_sizes.py [TRUTH ...] [--detector FILE.onnx] [--sizes 640,1280]
        [--every 25] [--threads 1]

TRUTH: folders of labelled pictures, sequence folders, or text files of true tracks with their video
beside them, as ``touchline detector evaluate`` takes them; without any, the sets of the data pack
(TOUCHLINE_DATA) whose styles the shipped detector never saw, and some that it did. One line a set
and size: AP50 of all people, recall at precision 0.9, boxes of a score above 0.4 on somebody who
has one already (per person), milliseconds a picture. Auto decides picture by picture; over a clip
it decides once a shot (docs/detectors.md).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from touchline.boxes import iou_matrix
from touchline.evaluation.detector import evaluate_detector
from touchline.evaluation.true_images import TrueImage, open_truth
from touchline.models.shipped import DETECTOR, model_file
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import load_detector_file
from touchline.types import PEOPLE, Detections, Image

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SETS = (
    "train/det/ballgame3",
    "train/det/futbol_players",
    "train/det/soccertrack_v2",
    "train/det/dfl_0b1495",
    "train/det/coco_people",
    "mot/SNMOT-060",
    "det/dfl_players",
    "rendered/demo.gt.txt",
    "rendered/match3_a.gt.txt",
)
CERTAIN = 0.4


class Remembering:
    """A detector that keeps what it found."""

    def __init__(self, file: Path, size: int | str, threads: int) -> None:
        self._detector = load_detector_file(
            file, DetectorConfig.model_validate({"size": size, "threads": threads})
        )
        self.roles = self._detector.roles
        self.found: list[Detections] = []

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        found = self._detector.detect(images)
        self.found += found
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("truth", nargs="*", type=Path)
    parser.add_argument("--detector", type=Path, default=model_file(DETECTOR))
    parser.add_argument("--sizes", default="320,640,960,1280,1920", help="beside auto")
    parser.add_argument("--every", type=int, default=1, help="take one picture of so many")
    parser.add_argument("--seconds", type=float, default=1.0, help="between frames of clips")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    sizes: list[int | str] = ["auto", *map(int, options.sizes.split(","))]
    print(f"{'':24s}{'size':>6s}  AP50  recall  doubles     ms")
    for place in options.truth or [DATA / name for name in SETS]:
        truth = open_truth(place, video=video_of(place), seconds=options.seconds)
        images = [image for row, image in enumerate(truth) if row % options.every == 0]
        for size in sizes:
            detector = Remembering(options.detector, size, options.threads)
            scores = evaluate_detector(
                detector, images, true_roles=truth.roles, found_roles=detector.roles
            )
            people = scores.groups["person"]
            recall = 0.0 if people.chosen is None else people.chosen.recall
            print(
                f"{place.stem if place.suffix else place.name:24s}{size!s:>6s}"
                f"{100 * people.ap50:6.1f}{100 * recall:8.1f}"
                f"{doubles(images, detector.found[1:]):9.3f}{scores.milliseconds:7.1f}",
                flush=True,
            )


def video_of(place: Path) -> Path | None:
    """The video of a text file of true tracks; None: the truth knows."""
    return place.with_name(place.name.split(".")[0] + ".mp4") if place.suffix == ".txt" else None


def doubles(images: Sequence[TrueImage], found: Sequence[Detections]) -> float:
    """Certain boxes beyond the first on a person, per person."""
    extra, people = 0, 0
    for boxes, detections in certain_people(images, found):
        on = (iou_matrix(boxes, detections.boxes) > 0.5).sum(axis=1)
        extra += int(np.maximum(on - 1, 0).sum())
        people += len(boxes)
    return extra / max(people, 1)


def certain_people(
    images: Sequence[TrueImage], found: Sequence[Detections]
) -> Iterator[tuple[np.ndarray, Detections]]:
    for image, detections in zip(images, found, strict=True):
        keep = np.isin(detections.roles, PEOPLE) & (detections.scores > CERTAIN)
        yield image.boxes[np.isin(image.roles, PEOPLE)], detections[keep]


if __name__ == "__main__":
    main()
