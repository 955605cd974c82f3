"""Writes golden/tracks.json: TrackEval's numbers for made-up sequences.

    python tests/metrics/write_tracks_golden.py PYTHON

PYTHON is the interpreter of an environment with trackeval 1.3.0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from random_tracks import Row, random_rows

SEEDS = (0, 1, 2, 4, 7, 8, 9, 12, 18, 22, 376)
"""Among them: equal overlaps, boxes without area, a single frame, an empty truth and result."""

GOLDEN = Path(__file__).with_name("golden") / "tracks.json"
PEERS_SCRIPT = Path(__file__).parents[2] / "benchmarks" / "peers" / "evaluation.py"


def text(rows: Sequence[Row]) -> str:
    return "".join(",".join(map(repr, row)) + ",1,1,1\n" for row in rows)


def main(python: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        truth_folder, result_folder = Path(name, "truth"), Path(name, "trackers", "t", "data")
        result_folder.mkdir(parents=True)
        for seed in SEEDS:
            truth, result = random_rows(seed)
            sequence = truth_folder / str(seed)
            (sequence / "gt").mkdir(parents=True)
            (sequence / "gt" / "gt.txt").write_text(text(truth))
            (sequence / "seqinfo.ini").write_text("[Sequence]\nseqLength=40\n")
            (result_folder / f"{seed}.txt").write_text(text(result))
        command = [python, str(PEERS_SCRIPT), str(truth_folder), str(result_folder.parents[1])]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    scores = json.loads(answer.splitlines()[-1])["scores"]["t"]
    lines = (f"{json.dumps(name)}: {json.dumps(score)}" for name, score in scores.items())
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
