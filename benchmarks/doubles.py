"""Counts duplicate boxes on one person, and identities that change role, in finished runs.

    python -m benchmarks.doubles RUN [RUN ...] [--truth TRUTH]

RUN is a run folder, or its tracks.csv. A frame holds a double where more than 0.7 of one person's
box lies in another's of the frame, heads or feet level to a quarter of the smaller height: mostly
two boxes of one person, at times two people of whom one hides the other. ``--truth`` counts the
same in true boxes (a sequence's folder or a MOTChallenge text), which says how many of the latter
there are. "filled": the
frames of them in which one of the two boxes is interpolated. Role changes: from one box of an
identity to its next, also in the detected boxes alone.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchline.formats.sequences import read_truth
from touchline.formats.table import read_csv
from touchline.linking.overlaps import are_level, boxes_inside
from touchline.types import TrackTable

INSIDE = 0.7


@dataclass
class Counts:
    """frames: with any box. doubles: with a double; filled: of them, with an interpolated box in
    it. role_changes, in how many identities. rowless: identities without a row in players.csv.
    """

    frames: int
    doubles: int
    filled: int
    identities: int
    role_changes: int
    changing: int
    rowless: int | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, help="run folders, or files tracks.csv")
    parser.add_argument("--truth", action="append", default=[], type=Path, help="true boxes too")
    options = parser.parse_args()
    print(f"{'':34s}frames doubles filled  ids  role changes (of)  without a row")
    for run in options.runs:
        file = run / "tracks.csv" if run.is_dir() else run
        show(str(run), counted(read_csv(file), file.with_name("players.csv")))
    for file in options.truth:
        for sequence in read_truth(file).values():
            show(f"{sequence.name} (truth)", counted(sequence.tracks, None))


def counted(table: TrackTable, players: Path | None) -> Counts:
    """Duplicates and role changes in one table."""
    table = table[table.roles != "ball"].sorted()
    inner, outer = boxes_inside(table.frames, table.boxes, INSIDE)
    level = are_level(table.boxes[inner], table.boxes[outer])
    inner, outer = inner[level], outer[level]
    filled = table.interpolated[inner] | table.interpolated[outer]
    order = np.lexsort((table.frames, table.ids))
    same = np.diff(table.ids[order]) == 0
    changes = same & (table.roles[order][1:] != table.roles[order][:-1])
    ids = np.unique(table.ids)
    rowless = None
    if players is not None and players.is_file():
        with players.open(encoding="utf-8", newline="") as text:
            rows = {int(row["identity"]) for row in csv.DictReader(text)}
        rowless = len(set(ids.tolist()) - rows)
    return Counts(
        len(np.unique(table.frames)),
        len(np.unique(table.frames[inner])),
        len(np.unique(table.frames[inner[filled]])),
        len(ids),
        int(changes.sum()),
        len(np.unique(table.ids[order][1:][changes])),
        rowless,
    )


def show(name: str, counts: Counts) -> None:
    name = name if len(name) <= 33 else "..." + name[-30:]
    changes = f"{counts.role_changes} ({counts.changing})"
    rowless = "" if counts.rowless is None else counts.rowless
    print(
        f"{name:34s}{counts.frames:6d}{counts.doubles:8d}{counts.filled:7d}"
        f"{counts.identities:5d}{changes:>19s}{rowless!s:>15s}",
        flush=True,
    )


if __name__ == "__main__":
    main()
