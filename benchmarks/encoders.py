"""Compares re-ID encoders on retrieval of footballers and in the tracker.

    OMP_NUM_THREADS=1 python -m benchmarks.encoders --encoder FILE.onnx [--encoder FILE.onnx]
        [--data DIR] [--tracker] [--cache DIR] [--json FILE] [--only WORD]

The data pack is found by TOUCHLINE_DATA. mAP and rank 1 by cosine, in per cent, with the 95 %
interval of mAP and of how much mAP is above the colours' (people are drawn again, the same for
both). "+colour" has the built-in colours beside a network's vector, with equal weight. The sets:

- SNMOT-060: people cut from the true boxes, two images a second. Everybody is searched for among
  all the others; of the same person only crops at least a second away count. "team": within theirs.
- sportsmot: one crop a person of ``reid/sportsmot_football`` among the rest, without those of
  other clips of the match, which may be the same person.
- market1501: pedestrians, for comparison.
- every DIR: a folder of ``touchline reid prepare`` or a manifest, such as rendered clips.

With --tracker, SNMOT-060 is tracked with each encoder, on true boxes and on the given detections:
IDF1 and what became of people who return (``trackers.py`` has more).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.trackers import DATA, observed, online, scored, snmot_060, written
from touchline.boxes import xywh_to_corners
from touchline.evaluation.reid import evaluate_reid
from touchline.metrics.retrieval import RetrievalLabels, TrueMatches, rank_true_matches
from touchline.metrics.retrieval_scores import RESAMPLES, Retrieval, score_queries
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import crop_people
from touchline.perception.embedder import load_embedder_file
from touchline.protocols import Embedder
from touchline.reid.folders import read_reid_data
from touchline.reid.manifest import Manifest
from touchline.tracking.config import TrackerConfig
from touchline.types import Image
from touchline.video.reader import open_video

COLOUR = "colour"
EVERY_SECONDS = 0.5
MIN_GAP = 1.0
GAPS = ((1.0, 2.0), (2.0, 5.0), (5.0, np.inf))


@dataclass
class Beside:
    """Concatenated vectors of two embedders, with equal weight."""

    first: Embedder
    second: Embedder

    @property
    def size(self) -> int:
        return self.first.size + self.second.size

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        both = [self.first.embed(crops), self.second.embed(crops)]
        return np.concatenate(both, axis=1) / np.float32(np.sqrt(2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", action="append", default=[], help="network (ONNX)")
    parser.add_argument(
        "--data", type=Path, action="append", default=[], help="folder of crops, or manifest"
    )
    parser.add_argument("--tracker", action="store_true", help="track SNMOT-060 too")
    parser.add_argument("--cache", type=Path, help="keep boxes and run folders here")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    parser.add_argument("--only", default="", help="only the sets whose name contains this")
    options = parser.parse_args()
    embedders = load(options.encoder)
    result: dict[str, Any] = {"time": times(embedders), "retrieval": {}, "tracking": []}
    for name, milliseconds in result["time"].items():
        print(f"{name}: {embedders[name].size} numbers, {milliseconds:.2f} ms a crop")
    print(f"\n{'':30}{'':26}{'mAP':>6}{'':14}{'above colour':>14}{'rank 1':>9}")
    for name, scored_sets in sets(embedders, options.data, options.only):
        result["retrieval"][name] = compare(name, scored_sets)
    if options.tracker:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.cache or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            result["tracking"] = track(folder, [COLOUR, *options.encoder])
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def load(files: Sequence[str]) -> dict[str, Embedder]:
    """The colours, each network, and each network beside the colours."""
    colour = load_embedder_file(COLOUR)
    networks: dict[str, Embedder] = {
        Path(file).stem: load_embedder_file(file, EmbedderConfig(device="cpu", threads=2))
        for file in files
    }
    both = {f"{name} + {COLOUR}": Beside(network, colour) for name, network in networks.items()}
    return {COLOUR: colour, **networks, **both}


def times(embedders: dict[str, Embedder]) -> dict[str, float]:
    """Milliseconds a crop on two threads, resizing included; the best of five batches of 32."""
    crops = list(np.random.default_rng(0).integers(0, 256, (32, 90, 40, 3), np.uint8))
    found = {}
    for name, embedder in embedders.items():
        spent = []
        for _ in range(5):
            begun = time.perf_counter()
            embedder.embed(crops)
            spent.append(1000 * (time.perf_counter() - begun) / len(crops))
        found[name] = min(spent)
    return found


def sets(
    embedders: dict[str, Embedder], more: Sequence[Path], only: str
) -> Iterator[tuple[str, dict[str, Retrieval]]]:
    """Name and scores by encoder of each set."""
    if "SNMOT" in only or not only:
        yield from snmot(embedders)
    data: dict[str, Callable[[], Manifest]] = {
        "sportsmot": lambda: read_reid_data(DATA / "reid" / "sportsmot_football"),
        "market1501": lambda: read_reid_data(DATA / "reid" / "market1501_subset"),
    }
    for folder in more:
        data[folder.stem] = partial(read_reid_data, folder)
    for name, read in data.items():
        if only in name:
            manifest = read()
            found = {
                label: evaluate_reid(manifest, embedder, variants={})
                for label, embedder in embedders.items()
            }
            yield (
                name,
                {label: one.one_clip_a_match or one.original for label, one in found.items()},
            )


def snmot(embedders: dict[str, Embedder]) -> Iterator[tuple[str, dict[str, Retrieval]]]:
    """Everybody among all others, among their own team, and by the time between two crops."""
    crops, ids, seconds, teams = snmot_crops()
    labels = RetrievalLabels(ids, np.arange(len(ids)))
    players = teams >= 0
    of_players = RetrievalLabels(ids[players], np.flatnonzero(players))

    def same_team(rows: slice) -> NDArray[np.bool_]:
        return np.equal(teams[players][rows, None], teams[players])

    everybody: dict[str, TrueMatches] = {}
    team_mates: dict[str, TrueMatches] = {}
    for name, embedder in embedders.items():
        vectors = embedder.embed(crops)
        everybody[name] = rank_true_matches(vectors, vectors, labels, labels)
        own = vectors[players]
        team_mates[name] = rank_true_matches(own, own, of_players, of_players, same_team)
    for name, found, when in (
        ("SNMOT-060", everybody, seconds),
        ("SNMOT-060, team", team_mates, seconds[players]),
    ):
        for low, high in ((MIN_GAP, np.inf), *GAPS):
            text = f", {low:g} s and more" if np.isinf(high) else f", {low:g} to {high:g} s"
            scores = {}
            for label, matches in found.items():
                gap = np.abs(when[matches.queries] - when[matches.gallery])
                scores[label] = score_queries(matches[(gap >= low) & (gap < high)])
            yield name + text, scores


def snmot_crops() -> tuple[list[Image], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Crops, their identity, time, and team 0 or 1 (-1: neither's player)."""
    place = DATA / "mot" / "SNMOT-060"
    rows = np.loadtxt(place / "gt" / "gt.txt", delimiter=",")
    with (place / "roles.csv").open() as text:
        people = [line.strip().split(",") for line in text][1:]
    named = sorted({team for _, role, team in people if role == "player"})
    team_of = {int(one): named.index(team) for one, role, team in people if role == "player"}
    ball = [int(one) for one, role, _ in people if role == "ball"]
    rows = rows[~np.isin(rows[:, 1], ball)]
    boxes = xywh_to_corners(rows[:, 2:6] * (1280 / 1920))
    crops: list[Image] = []
    ids: list[int] = []
    seconds: list[float] = []
    step = None
    with open_video(place / "video_1280x720.mp4") as video:
        for frame in video:
            step = step or round(EVERY_SECONDS * 25)
            if frame.index % step:
                continue
            seen = rows[:, 0] == frame.index + 1
            for crop, one in zip(crop_people(frame.image, boxes[seen]), rows[seen, 1], strict=True):
                if crop.size:
                    crops.append(np.array(crop))
                    ids.append(int(one))
                    seconds.append(frame.time)
    teams = np.array([team_of.get(one, -1) for one in ids])
    return crops, np.array(ids), np.array(seconds), teams


def compare(name: str, found: dict[str, Retrieval]) -> dict[str, Any]:
    """Prints a row per encoder; returns the numbers."""
    result: dict[str, Any] = {}
    for label, scores in found.items():
        mean, (low, high) = scores.scores(), scores.intervals()["mAP"]
        least, most = difference(scores, found[COLOUR])
        result[label] = {**mean, "interval": [low, high], "above_colour": [least, most]}
        print(
            f"{name:30}{label:26}{100 * mean['mAP']:6.1f} ({100 * low:4.1f} to {100 * high:4.1f})"
            f"{100 * least:+7.1f} to {100 * most:+5.1f}{100 * mean['rank1']:8.1f}",
            flush=True,
        )
        name = ""
    return result


def difference(scores: Retrieval, other: Retrieval) -> tuple[float, float]:
    """The 95 % interval of the first's gain in mAP, by drawing the same people for both."""
    apart = scores.average_precision - other.average_precision
    people, rows = np.unique(scores.identities, return_inverse=True)
    sums, counts = np.bincount(rows, apart), np.bincount(rows)
    drawn = np.random.default_rng(0).integers(0, len(people), (RESAMPLES, len(people)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def track(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """IDF1 and what became of those who returned, as written at the end and frame by frame."""
    result = []
    config = TrackerConfig()
    for boxes, errors in (("true boxes", "none"), ("given detections", None)):
        clip = snmot_060(folder, errors)
        print(f"\nSNMOT-060, {boxes:24}  HOTA  IDF1  kept/new/stolen")
        for name in names:
            seen = observed(clip, name, folder)
            for kind, made in (("online", online), ("written", written)):
                scores = scored([clip], [made(clip, seen, config)])
                returns = [scores["reentry"][key] for key in ("kept", "new", "stolen")]
                row = {"boxes": boxes, "encoder": Path(name).stem, "kind": kind, **scores}
                result.append(row)
                print(
                    f"{row['encoder'] + ', ' + kind:35}{100 * scores['HOTA']:6.1f}"
                    f"{100 * scores['IDF1']:6.1f}{'/'.join(map(str, returns)):>17}",
                    flush=True,
                )
    return result


if __name__ == "__main__":
    main()
