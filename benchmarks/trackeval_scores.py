"""Scores stored tracks with TrackEval; runs in its environment, started by accuracy.py.

    PYTHON trackeval_scores.py CLIP.npz ...

Each file holds ``truth`` and ``tracks``: rows of frame, id, x, y, w, h. The last line of the output
is a JSON list of one object a file. Boxes of the truth count whatever they cover, as with
DO_PREPROC False.
"""

# mypy: ignore-errors
from __future__ import annotations

import itertools
import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment
from trackeval.metrics import CLEAR, HOTA, Identity

LONG_ABSENCE = 25  # frames: one second of the clips that are scored
SETTLED = 50  # frames after a return in which an id may still change to the right one


def overlaps(a, b):
    """(N, M) intersection over union of x, y, w, h."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    return shared / (np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1) - shared)


def as_trackeval(truth, tracks):
    frames = int(max(truth[:, 0].max(), tracks[:, 0].max() if len(tracks) else 0))
    true_ids, true_numbers = np.unique(truth[:, 1], return_inverse=True)
    ids, numbers = np.unique(tracks[:, 1], return_inverse=True)
    data = {
        "num_timesteps": frames,
        "num_gt_ids": len(true_ids),
        "num_tracker_ids": len(ids),
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(tracks),
        "gt_ids": [],
        "tracker_ids": [],
        "similarity_scores": [],
    }
    for frame in range(1, frames + 1):
        here, there = truth[:, 0] == frame, tracks[:, 0] == frame
        data["gt_ids"].append(true_numbers[here])
        data["tracker_ids"].append(numbers[there])
        data["similarity_scores"].append(overlaps(truth[here, 2:6], tracks[there, 2:6]))
    return data


def ids_by_frame(data):
    """For each frame the id under which each true person is shown, where their boxes agree."""
    shown = []
    for people, ids, similarity in zip(
        data["gt_ids"], data["tracker_ids"], data["similarity_scores"], strict=True
    ):
        rows, columns = linear_sum_assignment(-similarity)
        good = similarity[rows, columns] >= 0.5
        rows, columns = rows[good], columns[good]
        shown.append(dict(zip(people[rows].tolist(), ids[columns].tolist(), strict=True)))
    return shown


def count_returns(data):
    """People absent for long: the last id before beside the last within two seconds after."""
    shown = ids_by_frame(data)
    present = {}
    for frame, people in enumerate(data["gt_ids"]):
        for person in people.tolist():
            present.setdefault(person, []).append(frame)
    counts = {"kept": 0, "new": 0, "stolen": 0}
    for person, frames in present.items():
        for left, back in itertools.pairwise(frames):
            if back - left <= LONG_ABSENCE:
                continue
            before = [s[person] for s in shown[max(0, left - SETTLED) : left + 1] if person in s]
            after = [s[person] for s in shown[back : back + SETTLED] if person in s]
            if not before or not after:
                continue
            if before[-1] == after[-1]:
                counts["kept"] += 1
            else:
                known = any(after[-1] in s.values() for s in shown[:back])
                counts["stolen" if known else "new"] += 1
    return counts


def score(file):
    stored = np.load(file)
    data = as_trackeval(stored["truth"], stored["tracks"])
    hota = HOTA().eval_sequence(data)
    identity = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    clear = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    return {
        "HOTA": 100 * float(np.mean(hota["HOTA"])),
        "IDF1": 100 * float(identity["IDF1"]),
        "MOTA": 100 * float(clear["MOTA"]),
        "IDSW": int(clear["IDSW"]),
        "ids": data["num_tracker_ids"],
        **count_returns(data),
    }


if __name__ == "__main__":
    print(json.dumps([score(file) for file in sys.argv[1:]]))
