"""Accuracy of a gallery in recognising the people of one clip in another clip of the match.

    python benchmarks/gallery.py RUN_A TRUTH_A RUN_B TRUTH_B [--scale 0.6667] [--true-tracks]

Both runs are finished run folders of ``touchline track``, the truths MOTChallenge text whose ids
agree between the clips. Everybody of RUN_A is added to a gallery, RUN_B is matched. An identity is
who most of its boxes are. --true-tracks: the identities of both clips are the true ones, which
leaves the gallery's own mistakes. --roster known: nobody new comes in.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from touchline.boxes import iou_matrix
from touchline.clothes.collection import ClothesCollector
from touchline.formats.mot import read_mot
from touchline.formats.table import read_csv
from touchline.gallery.config import GalleryConfig
from touchline.gallery.runs import add_run, match_run
from touchline.observations import ObservationStore
from touchline.people_facts import people_found
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.made import as_made
from touchline.run.tables import write_tables
from touchline.types import TrackTable

SAME_BOX = 0.7
"""IoU from which a true box and a detection are one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("run_a", "truth_a", "run_b", "truth_b"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the truth's pixels")
    parser.add_argument("--ball", type=int, default=-1, help="id of the ball in the truth")
    parser.add_argument("--true-tracks", action="store_true")
    parser.add_argument("--roster", choices=["known"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        runs, people = [], []
        for name in ("a", "b"):
            run = Path(temporary) / name
            shutil.copytree(getattr(arguments, f"run_{name}"), run)
            truth = read_truth(getattr(arguments, f"truth_{name}"), arguments.scale, arguments.ball)
            table = read_csv(run / "tracks.csv")
            if arguments.true_tracks:
                frames = (truth.frames >= table.frames.min()) & (truth.frames <= table.frames.max())
                table = truth[frames]
                put_in_place_of_tracks(run, table)
            runs.append(run)
            people.append(who_is_who(table, truth))
        gallery, config = Path(temporary) / "gallery", GalleryConfig(min_seconds=0.0)
        added = add_run(runs[0], gallery, config)
        persons = {row.person: people[0].get(row.identity) for row in added}
        there = set(persons.values())
        counts: Counter[str] = Counter()
        boxes: Counter[str] = Counter()
        closed = arguments.roster == "known"
        for row in match_run(runs[1], gallery, config, closed=closed):
            true = people[1].get(row.identity)
            guess = persons.get(row.person) if row.person is not None else None
            right = guess == true if row.person is not None else true not in there
            name = f"{row.state}, {'right' if right else 'wrong'}"
            counts[name] += 1
            boxes[name] += round(100 * row.seconds)
        print(f"{len(there)} people kept; {sum(counts.values())} identities in the second clip")
        for name in sorted(counts):
            share = boxes[name] / sum(boxes.values())
            print(f"{name:16} {counts[name]:4} identities, {share:6.1%} of the boxes")


def read_truth(file: Path, scale: float, ball: int) -> TrackTable:
    truth = read_mot(file, seventh="anything")
    truth = truth[truth.ids != ball]
    return replace(truth, boxes=truth.boxes * scale)


def put_in_place_of_tracks(run: Path, truth: TrackTable) -> None:
    """The true tracks as those of the run, with the detections and the clothes that they show."""
    folder, rows, clothes = RunFolder.existing(run), np.full(len(truth), -1), ClothesCollector()
    table = replace(truth, rows=rows)
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        facts = RunFacts.of(store)
        for seen in store:
            here = table.rows_at(seen.frame)
            overlaps = iou_matrix(table.boxes[here], seen.detections.boxes)
            if overlaps.size:
                shown = overlaps.max(axis=1) >= SAME_BOX
                rows[here] = np.where(shown, overlaps.argmax(axis=1), -1)
            clothes.add(seen.time, table.at(seen.frame), seen.detections)
        identities = clothes.clothes().identities(table, 1.0 / facts.video.fps)
        write_tables(folder, table, identities)
        store.keep_track_rows(rows)
        made = as_made("true tracks", [folder.tracks_csv, folder.players])
        replace(facts, tracks_made=made, people=people_found(identities)).commit(store, facts)


def who_is_who(table: TrackTable, truth: TrackTable) -> dict[int, int]:
    """The true id that most boxes of each identity overlap with."""
    votes: dict[int, Counter[int]] = {}
    for frame in np.unique(table.frames).tolist():
        ours, theirs = table.at(frame), truth.at(frame)
        if not len(ours) or not len(theirs):
            continue
        overlaps = iou_matrix(ours.boxes, theirs.boxes)
        best = overlaps.argmax(axis=1)
        for row in np.flatnonzero(overlaps.max(axis=1) >= 0.5).tolist():
            votes.setdefault(int(ours.ids[row]), Counter())[int(theirs.ids[best[row]])] += 1
    return {track_id: counter.most_common(1)[0][0] for track_id, counter in votes.items()}


if __name__ == "__main__":
    main()
