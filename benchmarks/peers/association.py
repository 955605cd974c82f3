"""Times other trackers on stored frames; runs in their environment, started by
../association.py.

    PYTHON peers/association.py WARM_UP FRAMES.npz ...

Prints {tracker: {number of boxes: milliseconds}}. Their camera motion is handed in ready-made, so
that none of them pays for measuring it.
"""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")

import supervision as sv  # noqa: E402
from pyxtrackers import BYTETracker, OCSort  # noqa: E402
from trackers import BoTSORTTracker, ByteTrackTracker  # noqa: E402

IMAGE = np.zeros((720, 1280, 3), np.uint8)


def roboflow_botsort(motion):
    tracker = BoTSORTTracker(frame_rate=25.0)
    tracker.cmc.estimate = lambda *_args, **_kwargs: motion
    return lambda boxes: tracker.update(as_supervision(boxes), IMAGE)


def roboflow_bytetrack(_motion):
    tracker = ByteTrackTracker(frame_rate=25.0)
    return lambda boxes: tracker.update(as_supervision(boxes))


def pyx_bytetrack(_motion):
    tracker = BYTETracker(frame_rate=25)
    return tracker.update


def pyx_ocsort(_motion):
    tracker = OCSort(det_thresh=0.6)
    return tracker.update


def as_supervision(boxes):
    return sv.Detections(
        xyxy=boxes[:, :4].astype(np.float32),
        confidence=boxes[:, 4].astype(np.float32),
        class_id=np.zeros(len(boxes), int),
    )


PEERS = {
    "trackers BoT-SORT, no appearance": roboflow_botsort,
    "trackers ByteTrack": roboflow_bytetrack,
    "pyxtrackers ByteTrack (compiled)": pyx_bytetrack,
    "pyxtrackers OC-SORT (compiled)": pyx_ocsort,
}


def median_ms(make, file, warm_up):
    stored = np.load(file)
    frames = np.split(stored["boxes"], np.cumsum(stored["lengths"])[:-1])
    update = make(stored["motion"])
    spent = []
    for boxes in frames:
        start = time.process_time_ns()
        update(boxes)
        spent.append(time.process_time_ns() - start)
    return float(np.median(spent[warm_up:]) / 1e6)


if __name__ == "__main__":
    warm_up = int(sys.argv[1])
    files = sys.argv[2:]
    print(
        json.dumps(
            {
                name: {Path(file).stem: median_ms(make, file, warm_up) for file in files}
                for name, make in PEERS.items()
            }
        )
    )
