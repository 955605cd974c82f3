"""Who is where in a video, and is it the same person as before? Over the whole clip, without files.

    python examples/track_video.py VIDEO [SECONDS]

Uses the shipped networks; ``detector=`` and ``reid=`` take others.
"""

from __future__ import annotations

import sys

import touchline


def main() -> None:
    video = sys.argv[1]
    end = float(sys.argv[2]) if len(sys.argv) > 2 else None
    clip = touchline.link(touchline.observe_video(video, end=end))
    people = clip.identities
    for row, identity in enumerate(people.ids.tolist()):
        boxes = clip.tracks[clip.tracks.ids == identity]
        (x1, _, x2, y2), last = boxes.boxes[-1], boxes.times[-1]
        print(
            f"{people.label(row)}: seen for {people.seconds[row]:.1f} s, "
            f"last at {last:.1f} s, standing at ({(x1 + x2) / 2:.0f}, {y2:.0f})"
        )


if __name__ == "__main__":
    main()
