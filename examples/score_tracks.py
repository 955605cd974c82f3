"""Score tracks against the truth, and say where they go wrong.

    python examples/score_tracks.py VIDEO TRUTH [SECONDS]

Tracks the video first. Scores tracks that are there already, too: any run folder, ``tracks.csv`` or
MOTChallenge text in place of ``result``.
"""

from __future__ import annotations

import sys

import touchline


def main() -> None:
    video, truth_file = sys.argv[1:3]
    end = float(sys.argv[3]) if len(sys.argv) > 3 else None
    result = touchline.link(touchline.observe_video(video, end=end)).tracks
    truth = touchline.read_tracks(truth_file, frame_rate=25)
    truth = truth[truth.frames <= result.frames.max()]

    evaluation = touchline.evaluate_tracks(truth, result)
    scores = evaluation.combined
    print(f"HOTA {scores.hota.overall:.3f}, IDF1 {scores.identity.idf1:.3f}")
    back = scores.reentry
    print(f"came back: {back.kept} as themselves, {back.new} as new, {back.stolen} as others")
    for _, mistake in evaluation.mistakes[:3]:
        print(f"{mistake.time:.1f} s: {mistake.kind} of person {mistake.identity}")


if __name__ == "__main__":
    main()
