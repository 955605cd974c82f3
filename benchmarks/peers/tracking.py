"""Tracks stored boxes with the trackers of Roboflow's ``trackers``; started by
../trackers.py.

    PYTHON peers/tracking.py CLIP.npz OUT.npz

Runs in an environment with ``trackers`` (pip install trackers). CLIP.npz holds frames (from 0),
boxes (corner pixels), scores, frame_count, frame_rate, video (a path, or empty). OUT.npz gets, for
each tracker, NAME (rows of frame, id, x1, y1, x2, y2) and NAME.ms (mean CPU ms of an update).
Every tracker has its defaults and is told the frame rate; trackers that estimate the camera's
motion see the images where there are some.
"""

# mypy: ignore-errors
from __future__ import annotations

import sys
import time

import cv2
import numpy as np
import supervision as sv
import trackers

PEERS = {
    "SORT": (trackers.SORTTracker, False),
    "ByteTrack": (trackers.ByteTrackTracker, False),
    "OC-SORT": (trackers.OCSORTTracker, False),
    "C-BIoU": (trackers.CBIoUTracker, False),
    "BoT-SORT": (trackers.BoTSORTTracker, True),
    "McByte": (trackers.McByteTracker, True),
}


def main() -> None:
    clip = np.load(sys.argv[1])
    out = {}
    for name, (kind, sees) in PEERS.items():
        video = str(clip["video"]) if sees else ""
        options = {"enable_cmc": bool(video)} if sees else {}
        tracker = kind(frame_rate=float(clip["frame_rate"]), **options)
        out[name], out[name + ".ms"] = follow(tracker, clip, video)
    np.savez(sys.argv[2], **out)


def follow(tracker, clip, video):
    frame_count = int(clip["frame_count"])
    starts = np.searchsorted(clip["frames"], np.arange(frame_count + 1))
    capture = cv2.VideoCapture(video) if video else None
    rows, seconds = [np.empty((0, 6))], 0.0
    for frame in range(frame_count):
        part = slice(starts[frame], starts[frame + 1])
        boxes, scores = clip["boxes"][part], clip["scores"][part]
        found = sv.Detections(boxes, confidence=scores, class_id=np.zeros(len(boxes), int))
        image = capture.read()[1] if capture else None
        begun = time.process_time()
        tracked = tracker.update(found, frame=image) if capture else tracker.update(found)
        seconds += time.process_time() - begun
        ids = tracked.tracker_id if tracked.tracker_id is not None else np.empty(0)
        kept = np.flatnonzero(np.asarray(ids) >= 0)
        columns = [np.full(len(kept), frame), np.asarray(ids)[kept], tracked.xyxy[kept]]
        rows.append(np.column_stack(columns))
    return np.concatenate(rows), 1000 * seconds / frame_count


if __name__ == "__main__":
    main()
