"""Writes the detections that ship beside the demo clip, and how good they are.

    python benchmarks/make_demo_detections.py YOLOX.onnx [--truth demo.gt.txt] [--out FILE]

The network is COCO YOLOX-nano, exported with a dynamic input size (``docs/detectors.md``).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from touchline.boxes import areas, clip_to_image, iou_matrix
from touchline.demo import DETECTIONS, VIDEO
from touchline.formats.mot import DetectionTable, read_detections, read_tracks, write_tracks
from touchline.perception.detector import load_detector_file
from touchline.perception.detector_config import DetectorConfig
from touchline.types import PEOPLE, Tracks, TrackTable
from touchline.video.reader import open_video

SIZE = 1280  # longer side of the network's picture
NO_ID = -1
MIN_IOU = 0.5
MIN_VISIBLE = 0.3  # a person hidden or cut off more than this need not be found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detector", type=Path)
    parser.add_argument("--truth", type=Path, help="MOT truth with the visible part in column 9")
    parser.add_argument("--out", type=Path, default=DETECTIONS)
    arguments = parser.parse_args()
    write_tracks(detect(arguments.detector), arguments.out)
    if arguments.truth:
        found = read_detections(arguments.out)
        for min_score in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
            recall, precision = compare(found, arguments.truth, min_score)
            print(f"score >= {min_score}: recall {recall:.3f}, precision {precision:.3f}")


def detect(model: Path) -> TrackTable:
    """The people in the demo clip, one row a box, without identities."""
    detector = load_detector_file(model, DetectorConfig(size=SIZE, min_score=0.1))
    rows = []
    with open_video(str(VIDEO)) as video:
        for frame in video:
            [found] = detector.detect([frame.image])
            people = found[np.isin(found.roles, PEOPLE)]
            nobody = np.full(len(people), NO_ID, np.int64)
            tracks = Tracks(nobody, people.boxes, people.scores, people.roles)
            rows.append((frame.index, frame.time, tracks))
    return TrackTable.from_frames(rows)


def compare(found: DetectionTable, truth: Path, min_score: float) -> tuple[float, float]:
    """Recall over the people who can be seen, and precision over everybody."""
    people = read_tracks(truth)
    visible = np.loadtxt(truth, delimiter=",")
    visible = visible[np.lexsort((visible[:, 1], visible[:, 0])), 8]
    inside = clip_to_image(people.boxes, 1280, 720)
    to_find = (visible >= MIN_VISIBLE) & (areas(inside) >= MIN_VISIBLE * areas(people.boxes))
    wanted = hits = right = boxes = 0
    for frame in np.unique(people.frames).tolist():
        rows = people.frames == frame
        detections = found.at(frame)
        detections = detections[detections.scores >= min_score]
        overlap = iou_matrix(inside[rows], detections.boxes)
        person, box = linear_sum_assignment(overlap, maximize=True)
        matched = person[overlap[person, box] >= MIN_IOU]
        wanted += int(to_find[rows].sum())
        hits += int(to_find[rows][matched].sum())
        right += len(matched)
        boxes += len(detections)
    return hits / wanted, right / max(boxes, 1)


if __name__ == "__main__":
    main()
