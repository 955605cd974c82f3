"""Follow everybody in a video, frame by frame while it is read, and say where they are.

    python examples/track_video.py VIDEO [SECONDS]

Uses the shipped networks; ``detector=`` and ``reid=`` take others.
"""

from __future__ import annotations

import sys

import touchline


def main() -> None:
    video = sys.argv[1]
    end = float(sys.argv[2]) if len(sys.argv) > 2 else None
    next_second = 0
    for frame, tracks in touchline.track(video, end=end):
        if frame.time < next_second:
            continue
        next_second += 1
        print(f"{frame.time:.1f} s: {len(tracks)} people")
        for track_id, role, (x1, _, x2, y2) in zip(
            tracks.ids, tracks.roles, tracks.boxes, strict=True
        ):
            print(f"  {role} {track_id} stands at ({(x1 + x2) / 2:.0f}, {y2:.0f})")


if __name__ == "__main__":
    main()
