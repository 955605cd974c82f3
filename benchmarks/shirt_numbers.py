"""Shirt numbers read right, wrong and not at all: on crops of numbers, and on people in videos.

    python -m benchmarks.shirt_numbers [--crops FOLDER] [--people VIDEO ...] [--out DIR]
        [--reader FILE.onnx]

FOLDER holds labels.csv with the columns path, tracklet and number, and the images. Of a VIDEO the
true boxes lie beside it, as ``gt/gt.txt`` or NAME.gt.txt, and the numbers as ``roles.csv`` (columns
track_id and number) or NAME.people.csv (id and number), as in the data pack and as render.py
writes them. People are read as a run reads them, on their true boxes.

Prints single readings by score and height, and tracklets at the default settings. --out: keeps
what was read on people, as NAME.npz, for studies of the vote.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.digit_reader import DigitReader
from touchline.clothes.numbers import NumberTable, vote_numbers
from touchline.formats.mot import read_mot
from touchline.identities import UNKNOWN
from touchline.perception.camera import CameraMotion
from touchline.perception.config import CameraConfig, NumbersConfig
from touchline.perception.number_reader import NumberReader, open_number_reader
from touchline.perception.shirt_numbers import ShirtNumbers
from touchline.video.reader import open_video

HEIGHTS = (40.0, 60.0, 70.0, 100.0, np.inf)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--crops", type=Path)
    parser.add_argument("--people", type=Path, nargs="*", default=[])
    parser.add_argument("--reader", type=Path, help="of train_number_reader.py")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args(arguments)
    config = NumbersConfig(read="always", threads=options.threads)
    reader: NumberReader | None
    reader = DigitReader(options.reader, config) if options.reader else open_number_reader(config)
    assert reader is not None
    if options.crops is not None:
        on_crops(reader, options.crops, config.min_score)
    for video in options.people:
        on_people(reader, video, config, options.out)


def on_crops(reader: NumberReader, folder: Path, min_score: float) -> None:
    """Read every crop by itself, then vote."""
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    crops = [cv2.imread(str(folder / row["path"])) for row in rows]
    truth = np.array([int(row["number"]) for row in rows])
    tracklets = np.array([int(row["tracklet"]) for row in rows])
    started = time.process_time()
    read = reader.read([np.asarray(crop, np.uint8) for crop in crops])
    milliseconds = (time.process_time() - started) / len(rows) * 1000
    print(f"{len(rows)} crops, {milliseconds:.1f} ms of processor time each, {reader.name}")
    best, scores = read.argmax(axis=1), read.max(axis=1)
    for score in (min_score, 0.5, 0.7, 0.9):
        known = scores >= score
        right = (best == truth)[known].mean()
        print(f"score {score}: {known.mean():.1%} of crops read, {right:.1%} of those right")
    numbers = np.where(scores >= min_score, best, UNKNOWN)
    scores = scores.astype(np.float16).astype(np.float64)
    table = vote_numbers(tracklets, numbers, scores)
    worn = np.array([truth[tracklets == track_id][0] for track_id in table.track_ids])
    print(f"{len(table)} tracklets: {told(table, worn)}")


def on_people(reader: NumberReader, video: Path, config: NumbersConfig, out: Path | None) -> None:
    """Read the people of a video on their true boxes, as a run does, then vote."""
    truth_file, worn_by = beside(video)
    watch, camera = ShirtNumbers(reader, config), CameraMotion(CameraConfig())
    rows = [np.empty((5, 0))]
    spent = 0.0
    with open_video(str(video)) as source:
        info = source.info
        truth = read_mot(truth_file, frames_per_second=info.fps, seventh="anything")
        scale = info.width / 1920 if truth.boxes[:, 2].max() > 1.2 * info.width else 1.0
        seconds = 0.0
        for number, frame in enumerate(source, start=1):
            here = truth.frames == number
            boxes, ids = truth.boxes[here] * scale, truth.ids[here]
            motion = camera.estimate(frame.image, boxes)
            started = time.process_time()
            read = watch.look(frame.image, boxes, np.ones(len(ids)), motion, frame.time)
            spent += time.process_time() - started
            seconds = frame.time
            if read is not None:
                some = np.flatnonzero(read[0] != UNKNOWN)
                heights = boxes[some, 3] - boxes[some, 1]
                times = np.full(len(some), frame.time)
                rows.append(np.stack([ids[some], *(one[some] for one in read), times, heights]))
    columns = np.hstack(rows)
    track_ids, numbers = columns[0].astype(np.int64), columns[1].astype(np.int64)
    print(f"{video.stem}: {spent / max(seconds, 1.0):.3f} s of processor time a second")
    worn = np.array([worn_by.get(track_id, UNKNOWN) for track_id in track_ids.tolist()], np.int64)
    for low, high in pairwise(HEIGHTS):
        tall = (columns[4] >= low) & (columns[4] < high) & (worn != UNKNOWN)
        for score in (config.min_score, 0.5, 0.7):
            known = tall & (columns[2] >= score)
            right = int((numbers == worn)[known].sum())
            wrong = int(known.sum()) - right
            print(f"  {low:g} to {high:g} px, score {score}: {right} right, {wrong} wrong")
    table = vote_numbers(track_ids, numbers, columns[2])
    worn = np.array([worn_by.get(track_id, UNKNOWN) for track_id in table.track_ids.tolist()])
    print(f"  {len(worn_by)} people with a known number: {told(table, worn)}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        np.savez(out / f"{video.stem}.npz", readings=columns, worn=np.array(list(worn_by.items())))


def beside(video: Path) -> tuple[Path, dict[int, int]]:
    """The file of true boxes, and who wears which number."""
    listed = video.with_name(f"{video.stem}.people.csv")
    if not listed.is_file():
        listed = video.parent / "roles.csv"
    truth = video.with_name(f"{video.stem}.gt.txt")
    worn_by: dict[int, int] = {}
    if listed.is_file():
        with listed.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row.get("number"):
                    worn_by[int(row.get("track_id") or row["id"])] = int(row["number"])
    return truth if truth.is_file() else video.parent / "gt" / "gt.txt", worn_by


def told(table: NumberTable, worn: NDArray[np.int64]) -> str:
    """How many tracklets have the right number, a wrong one, and none."""
    known = table.numbers != UNKNOWN
    right = int((known & (table.numbers == worn)).sum())
    doubted = [
        f"{t}:{n}({w})"
        for t, n, w in zip(table.track_ids, table.numbers, worn, strict=True)
        if n not in (UNKNOWN, w)
    ]
    wrong = int((known & (table.numbers != worn) & (worn != UNKNOWN)).sum())
    other = int(known.sum()) - right - wrong
    text = f"{right} right, {wrong} wrong, {int((~known).sum())} not read"
    text += f", {other} whose number is not known" if other else ""
    return text + (f"; track:read(worn) {' '.join(doubted)}" if doubted else "")


if __name__ == "__main__":
    main()
