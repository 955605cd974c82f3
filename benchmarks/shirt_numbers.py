"""Shirt numbers read right, wrong and not at all from crops, by tracklet.

    python benchmarks/shirt_numbers.py FOLDER [--threads 1]

FOLDER holds labels.csv with the columns path, tracklet and number, and the images. Needs the
extra ``ocr``. Prints single crops by score, and tracklets at the default settings.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import cv2
import numpy as np

from touchline.clothes.numbers import vote_numbers
from touchline.identities import UNKNOWN
from touchline.perception.config import NumbersConfig
from touchline.perception.number_reader import open_number_reader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    config = NumbersConfig(read="always", threads=options.threads)
    reader = open_number_reader(config)
    assert reader is not None
    with (options.folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    crops = [cv2.imread(str(options.folder / row["path"])) for row in rows]
    truth = np.array([int(row["number"]) for row in rows])
    tracklets = np.array([int(row["tracklet"]) for row in rows])

    started = time.process_time()
    read = reader.read([np.asarray(crop, np.uint8) for crop in crops])
    milliseconds = (time.process_time() - started) / len(rows) * 1000
    print(f"{len(rows)} crops, {milliseconds:.1f} ms of processor time each, {reader.name}")
    best, scores = read.argmax(axis=1), read.max(axis=1)
    for score in (config.min_score, 0.5, 0.7, 0.9):
        known = scores >= score
        right = (best == truth)[known].mean()
        print(f"score {score}: {known.mean():.1%} of crops read, {right:.1%} of those right")

    numbers = np.where(scores >= config.min_score, best, UNKNOWN)
    table = vote_numbers(tracklets, numbers, scores.astype(np.float16).astype(np.float64))
    worn = np.array([truth[tracklets == track_id][0] for track_id in table.track_ids])
    known = table.numbers != UNKNOWN
    right = int((table.numbers == worn).sum())
    print(
        f"{len(table)} tracklets: {right} right, {int(known.sum()) - right} wrong, "
        f"{int((~known).sum())} not read"
    )


if __name__ == "__main__":
    main()
