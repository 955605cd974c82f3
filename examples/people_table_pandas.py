"""Who was seen for how long, how surely and how large, from a run folder, with pandas.

touchline demo --out runs/demo
python examples/people_table_pandas.py runs/demo
"""

from __future__ import annotations

import sys

import touchline


def main() -> None:
    run = touchline.open_run(sys.argv[1])
    people = run.identities.to_pandas().set_index("identity")
    tracks = run.tracks.to_pandas()
    tracks["height"] = tracks["y2"] - tracks["y1"]

    boxes = tracks.groupby("identity")
    people["sure"] = boxes["confidence"].mean()
    people["filled in"] = boxes["interpolated"].mean()
    people["height"] = boxes["height"].median()
    shown = ["role", "team", "number", "name", "seconds", "sure", "filled in", "height"]
    print(people[shown].sort_values("seconds", ascending=False).round(2).to_string())

    print(f"\nof {len(people)} people in {run.report.source}:")
    print(people.groupby("team")["seconds"].agg(["count", "mean"]).round(1).to_string())


if __name__ == "__main__":
    main()
