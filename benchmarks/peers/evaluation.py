"""Scores a folder of tracks with TrackEval; runs in its environment, started by
../evaluation.py.

    PYTHON peers/evaluation.py TRUTH TRACKERS

TRUTH holds SEQUENCE/gt/gt.txt and SEQUENCE/seqinfo.ini, TRACKERS holds TRACKER/data/SEQUENCE.txt.
The last line of the output is a JSON object: ``seconds`` of CPU time from files to scores, and
``scores``, which for each tracker and sequence (and ``combined``) gives TrackEval's numbers under
the names that ``touchline.metrics.scores`` uses. Its preprocessing by class is off.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from trackeval import Evaluator
from trackeval.datasets import MotChallenge2DBox
from trackeval.metrics import CLEAR, HOTA, Identity

PER_ALPHA = {
    **{name: name for name in ["HOTA", "DetA", "AssA", "LocA", "DetRe", "DetPr", "AssRe", "AssPr"]},
    "TP": "HOTA_TP",
    "FN": "HOTA_FN",
    "FP": "HOTA_FP",
}
CLEAR_NAMES = {
    **{name: name for name in ["MOTA", "MOTP", "MODA", "sMOTA", "IDSW", "Frag", "MT", "PT", "ML"]},
    "TP": "CLR_TP",
    "FN": "CLR_FN",
    "FP": "CLR_FP",
}
IDENTITY_NAMES = ("IDF1", "IDP", "IDR", "IDTP", "IDFP", "IDFN")
QUIET = {"PRINT_CONFIG": False}


def evaluate(truth: Path, trackers: Path):
    """TrackEval's own result: {tracker: {sequence: {class: {metric: {field: value}}}}}."""
    names = sorted(file.parent.name for file in truth.glob("*/seqinfo.ini"))
    evaluator = Evaluator(
        QUIET
        | {
            "PRINT_RESULTS": False,
            "TIME_PROGRESS": False,
            "OUTPUT_SUMMARY": False,
            "OUTPUT_DETAILED": False,
            "PLOT_CURVES": False,
        }
    )
    dataset = MotChallenge2DBox(
        QUIET
        | {
            "GT_FOLDER": str(truth),
            "TRACKERS_FOLDER": str(trackers),
            "SEQ_INFO": dict.fromkeys(names),
            "SKIP_SPLIT_FOL": True,
            "DO_PREPROC": False,
        }
    )
    results, _ = evaluator.evaluate([dataset], [HOTA(), CLEAR(QUIET), Identity(QUIET)])
    return results["MotChallenge2DBox"]


def as_json(result):
    hota, clear, identity = result["HOTA"], result["CLEAR"], result["Identity"]
    per_alpha = {ours: np.asarray(hota[theirs]).tolist() for ours, theirs in PER_ALPHA.items()}
    return {
        **{name: float(np.mean(hota[name])) for name in list(PER_ALPHA)[:8]},
        **{ours: float(clear[theirs]) for ours, theirs in CLEAR_NAMES.items()},
        **{name: float(identity[name]) for name in IDENTITY_NAMES},
        "per_alpha": per_alpha,
    }


def main(truth: Path, trackers: Path) -> None:
    start = time.process_time()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        results = evaluate(truth, trackers)
    seconds = time.process_time() - start
    scores = {
        tracker: {
            name.replace("COMBINED_SEQ", "combined"): as_json(classes["pedestrian"])
            for name, classes in sequences.items()
        }
        for tracker, sequences in results.items()
    }
    print(json.dumps({"seconds": seconds, "scores": scores}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
