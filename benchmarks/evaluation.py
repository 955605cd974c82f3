"""Time from files to scores compared with TrackEval, and the largest difference of any score.

    OMP_NUM_THREADS=1 python benchmarks/evaluation.py [--peers PYTHON] [--data FOLDER] [--json FILE]

PYTHON is the interpreter of an environment with ``trackeval`` 1.3.0; without it
only ours is timed. FOLDER holds
SEQUENCE/gt/gt.txt, SEQUENCE/seqinfo.ini and SEQUENCE/trackers/TRACKER.txt (the data pack's
``mot_gt_only/snmot_test``: ten sequences of 750 frames, two trackers). Both read the same files
and compute HOTA, CLEAR and Identity on one core; Touchline also judges returns and lists mistakes.
TrackEval's preprocessing, tables and plots are off. Times are CPU seconds without imports, the
least of ``--rounds`` runs, taken in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from touchline.evaluation.tracks import TrackEvaluation, evaluate_tracks

PEERS_SCRIPT = Path(__file__).parent / "peers" / "evaluation.py"
DATA = Path(os.environ.get("TOUCHLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))

Scores = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="Python of the environment with TrackEval")
    parser.add_argument("--data", type=Path, default=DATA / "mot_gt_only" / "snmot_test")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the outcome to this file too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        trackers = lay_out(options.data, Path(name))
        ours_seconds, theirs_seconds = [], []
        for _ in range(options.rounds):
            seconds, ours = time_ours(options.data, trackers)
            ours_seconds.append(seconds)
            if options.peers:
                seconds, theirs = time_theirs(options.peers, options.data, trackers)
                theirs_seconds.append(seconds)
    outcome = {"touchline_seconds": min(ours_seconds)}
    print(f"ours {outcome['touchline_seconds']:.2f} s")
    if options.peers:
        outcome |= {
            "trackeval_seconds": min(theirs_seconds),
            "ratio": min(theirs_seconds) / min(ours_seconds),
            "largest_difference": largest_difference(ours, theirs),
        }
        print(f"TrackEval {outcome['trackeval_seconds']:.2f} s, ratio {outcome['ratio']:.1f}")
        print(f"largest difference {outcome['largest_difference']:.1e}")
    if options.json:
        options.json.write_text(json.dumps(outcome, indent=1) + "\n")


def lay_out(data: Path, folder: Path) -> Path:
    """Copies results to TRACKER/data/SEQUENCE.txt, as TrackEval wants them."""
    for file in sorted(data.glob("*/trackers/*.txt")):
        target = folder / file.stem / "data" / f"{file.parts[-3]}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


def time_ours(truth: Path, trackers: Path) -> tuple[float, Scores]:
    names = sorted(folder.name for folder in trackers.iterdir())
    start = time.process_time()
    evaluations = {name: evaluate_tracks(truth, trackers / name / "data") for name in names}
    seconds = time.process_time() - start
    return seconds, {name: by_sequence(one) for name, one in evaluations.items()}


def by_sequence(evaluation: TrackEvaluation) -> Scores:
    scores = evaluation.as_json()
    return {**scores["sequences"], "combined": scores["combined"]}


def time_theirs(python: str, truth: Path, trackers: Path) -> tuple[float, Scores]:
    answer = subprocess.run(
        [python, str(PEERS_SCRIPT), str(truth), str(trackers)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    parsed = json.loads(answer.stdout.splitlines()[-1])
    return parsed["seconds"], parsed["scores"]


def largest_difference(ours: Any, theirs: Any) -> float:
    """Largest difference over all scores that TrackEval gives."""
    if isinstance(theirs, dict):
        return max(largest_difference(ours[name], value) for name, value in theirs.items())
    return float(np.abs(np.subtract(ours, theirs)).max())


if __name__ == "__main__":
    main()
