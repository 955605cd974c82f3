"""How well detectors find people, style by style.

    python benchmarks/detector_styles.py --data FOLDER/validation DETECTOR.onnx [DETECTOR.onnx ...]

FOLDER is what ``benchmarks/detector_data.py`` laid out; images of one folder are a style. With the
pack (TOUCHLINE_DATA) SNMOT-060 and two rendered matches are styles too. For each detector and
style, people as one class at the size that ``auto`` chooses for each image: AP50, recall at
precision 0.9, the same of people who stand free, touch and crowd (where there are ten of them), and
double boxes a person; at the end mean and worst of the styles of at least ``--least`` true people.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from touchline.evaluation.detector import DetectorEvaluation, evaluate_detector
from touchline.evaluation.true_images import LabelledTruth, TrackedTruth, open_truth
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import load_detector_file

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
LOWEST_SCORE = 0.03
FEWEST = 10
SEQUENCE_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("detectors", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--least", type=int, default=200, help="true people that a style needs")
    arguments = parser.parse_args()
    for file in arguments.detectors:
        print(f"{file}\n{'style':22} people  AP50  R@P.9  free touch crowd  doubles")
        judged = []
        for name, truth in styles(arguments.data):
            found = score(file, truth)
            people = found.groups["person"]
            if not people.true_boxes:
                continue
            print(line(name, found), flush=True)
            if people.true_boxes >= arguments.least:
                recall = 0.0 if people.chosen is None else people.chosen.recall
                judged.append((people.ap50, recall))
        mean, worst = np.mean(judged, axis=0), np.min(judged, axis=0)
        for what, (ap50, recall) in (("mean", mean), ("worst", worst)):
            print(f"{what:22} {'':6} {100 * ap50:5.1f}  {100 * recall:5.1f}")


def styles(folder: Path) -> Iterator[tuple[str, LabelledTruth | TrackedTruth]]:
    """Every style by its name."""
    for place in sorted(folder.iterdir()):
        if not place.name.startswith("ball_"):  # whose people nobody labelled
            yield place.name, LabelledTruth(place)
    sequence = DATA / "mot" / "SNMOT-060"
    if sequence.is_dir():
        video = sequence / "video_1280x720.mp4"
        yield "SNMOT-060", open_truth(sequence, video=video, seconds=SEQUENCE_SECONDS)
    for name in ("match2_a", "match3_a"):
        file = DATA / "rendered" / f"{name}.gt.txt"
        if file.is_file():
            video = file.with_name(f"{name}.mp4")
            yield f"rendered {name}", open_truth(file, video=video, seconds=2 * SEQUENCE_SECONDS)


def score(file: Path, truth: LabelledTruth | TrackedTruth) -> DetectorEvaluation:
    detector = load_detector_file(file, DetectorConfig(min_score=LOWEST_SCORE, tiles="off"))
    return evaluate_detector(
        detector, truth, true_roles=truth.roles, found_roles=detector.roles, precision=0.9
    )


def line(name: str, found: DetectorEvaluation) -> str:
    people = found.groups["person"]
    recall = 0.0 if people.chosen is None else people.chosen.recall
    cells = " ".join(
        f"{100 * part.recall:5.0f}" if part.true_boxes >= FEWEST and people.chosen else "    -"
        for part in found.standing.values()
    )
    return (
        f"{name:22} {people.true_boxes:6} {100 * people.ap50:5.1f}  {100 * recall:5.1f} "
        f"{cells}  {found.doubles:7.3f}"
    )


if __name__ == "__main__":
    main()
