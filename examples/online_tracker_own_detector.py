"""Track with a detector of your own: anything that gives boxes and scores will do.

    python examples/online_tracker_own_detector.py VIDEO [SECONDS]

The detector here is forty years old: what stands upright on the grass and is not green is a person.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from numpy.typing import NDArray

import touchline


def people_on_grass(image: NDArray[np.uint8]) -> touchline.Detections:
    """Boxes around upright blobs that are not green; the score is how much of a box is filled."""
    hue, saturation, _ = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2HSV))
    grass = ((hue > 30) & (hue < 90) & (saturation > 60)).astype(np.uint8)
    pitch = cv2.morphologyEx(grass, cv2.MORPH_CLOSE, np.ones((61, 61), np.uint8))
    blobs = cv2.morphologyEx(cv2.subtract(pitch, grass), cv2.MORPH_CLOSE, np.ones((7, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(blobs)
    x, y, width, height, area = stats[1:].T.astype(float)  # the first is the background
    upright = (height > 25) & (height < 150) & (height > 1.3 * width) & (width > 8)
    boxes = np.column_stack([x, y, x + width, y + height])
    return touchline.Detections(boxes[upright], (area / (width * height))[upright])


def main() -> None:
    video_file = sys.argv[1]
    end = float(sys.argv[2]) if len(sys.argv) > 2 else None
    config = touchline.TrackerConfig(min_high_score=0.4, min_new_score=0.5)
    with touchline.open_video(video_file, end=end) as video:
        tracker = touchline.Tracker(config, frame_rate=video.info.fps)
        seconds: dict[int, float] = {}
        for frame in video:
            tracks = tracker.update(people_on_grass(frame.image), time=frame.time)
            for track_id in tracks.ids.tolist():
                seconds[track_id] = seconds.get(track_id, 0.0) + 1 / video.info.fps
    for track_id, seen in sorted(seconds.items(), key=lambda item: -item[1])[:10]:
        print(f"track {track_id}: {seen:.1f} s")


if __name__ == "__main__":
    main()
