"""Time and memory to link a 45-minute half with thousands of tracklets.

    OMP_NUM_THREADS=1 python -m benchmarks.long_clip [--minutes 45] [--simulated FOLDER]
    OMP_NUM_THREADS=1 python -m benchmarks.long_clip [--minutes 45] --repeated RUN FOLDER

With --repeated the observations of a run are played forwards and backwards until they are that
long, with people away for some seconds now and then; it is kept in FOLDER. Timed is all of
``touchline link``, from the store to the files.

With --simulated the scene of ``touchline simulate`` of that length, with its false alarms and
misses, is tracked and linked; it is made in FOLDER where it is not there. Printed are the seconds
of the tracker and of all, and of up to 10 minutes the scores. Without it, 22 made-up people walk
about on a strip twice as wide as the image, are hidden for a moment every ten seconds, and have a
noisy embedding every half second (256 numbers). The online tracker is left out: people are one
track for as long as they are in sight. What is timed is ``find_identities``, from tracks to
identities.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from benchmarks.repeated_clip import repeated_run
from touchline.formats.links_json import read_tracklet_spans
from touchline.formats.mot import read_mot
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.config import GlobalLinkConfig, LinkConfig
from touchline.linking.identities import ClipEvidence, find_identities
from touchline.linking.pipeline import link_clip
from touchline.metrics.alignment import align
from touchline.metrics.scores import score_tracks
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.simulate import SimulateRequest, simulate_run
from touchline.tracking.config import TrackerConfig
from touchline.types import TrackTable

_SCORED_MINUTES = 10

FPS, SIZE, DIMENSIONS, PEOPLE = 25, (1280, 720), 256, 22


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--simulated", type=Path, help="folder of simulated scenes")
    parser.add_argument("--repeated", type=Path, nargs=2, metavar=("RUN", "FOLDER"))
    options = parser.parse_args()
    if options.repeated is not None:
        source, folder = options.repeated
        repeated(source, folder, options.minutes)
        return
    if options.simulated is not None:
        simulated(options.simulated, options.minutes)
        return
    table, who, looks = made_up(options.minutes * 60)
    frames = int(table.frames.max()) + 1
    clip = ClipEvidence(np.tile(np.eye(2, 3), (frames, 1, 1)), (), SIZE, looks)
    begun, cpu = time.perf_counter(), time.process_time()
    people = find_identities(table, clip, GlobalLinkConfig())
    seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    pairs = np.unique(np.stack([people.identities, who]), axis=1)
    print(f"{options.minutes:g} minutes, {len(np.unique(table.ids))} tracklets, {len(table)} boxes")
    print(f"{seconds:.1f} s by the clock, {busy:.1f} s of processors")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")
    print(f"{people.links.identities.max()} identities of {PEOPLE} people; {pairs.shape[1]} pairs")


def repeated(source: Path, folder: Path, minutes: float) -> None:
    """Link a clip made of the observations of another run."""
    run = folder / f"{source.name}-{minutes:g}"
    if not run.exists():
        repeated_run(source, run, minutes)
    (run / "tracks.csv").unlink(missing_ok=True)  # what is there would stay
    settings, begun = stored_settings(run), time.process_time()
    link_run(run, settings, lambda *_: None)
    busy = time.process_time() - begun
    tracklets = len(read_tracklet_spans(run / "links.json").first)
    print(f"{minutes:g} minutes of {source.name}, {tracklets} tracklets")
    print(f"{busy:.1f} s of processors")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


def simulated(folder: Path, minutes: float) -> None:
    """Track and link a simulated scene."""
    run = folder / f"simulated-{minutes:g}"
    if not run.exists():
        simulate_run(SimulateRequest(run, {"seconds": minutes * 60}), lambda *_: None)
    with closing(ObservationStore.open(run / "observations.sqlite")) as store:
        video, begun, tracked = RunFacts.of(store).video, time.process_time(), 0.0

        def each() -> Iterator[Observation]:
            nonlocal tracked
            yield from store
            tracked = time.process_time() - begun

        linked = link_clip(
            each(),
            TrackerConfig(),
            LinkConfig(),
            frame_rate=video.fps,
            image_size=(video.width, video.height),
        )
    seconds = time.process_time() - begun
    assert linked.links is not None
    print(f"{minutes:g} simulated minutes, {len(linked.links.identities)} tracklets")
    print(f"{seconds:.1f} s of processors, of which the tracker {tracked:.1f}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")
    print(f"{linked.links.identities.max()} identities")
    if minutes <= _SCORED_MINUTES:
        truth = read_mot(run / "gt" / "gt.txt")
        scores = score_tracks(align(truth, linked.table, video.fps)).as_json()
        returns = "/".join(str(scores["reentry"][name]) for name in ("kept", "new", "stolen"))
        print(f"HOTA {100 * scores['HOTA']:.1f}, IDF1 {100 * scores['IDF1']:.1f}, {returns}")


def made_up(seconds: float) -> tuple[TrackTable, np.ndarray, AppearanceBins]:
    """Tracks, the true person of each row, and appearance bins, the same every time."""
    random = np.random.default_rng(0)
    faces = random.standard_normal((PEOPLE, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    count = round(seconds * FPS)
    tables, people, look_ids, appearance_times, vectors = [], [], [], [], []
    number = 0
    for person in range(PEOPLE):
        left, top = walk(random, count), float(random.uniform(100, 560))
        height = float(random.uniform(65, 85))
        runs = np.flatnonzero(np.diff(np.pad(in_sight(random, left), 1).astype(np.int8)))
        for start, end in runs.reshape(-1, 2).tolist():
            frames = np.arange(start, end)
            number += 1
            tables.append(track(number, frames, left[start:end], top, height))
            people.append(np.full(len(frames), person))
            bins = np.arange(start / FPS + 0.2, end / FPS, 0.5)
            noise = 0.9 * random.standard_normal((len(bins), DIMENSIONS)) / np.sqrt(DIMENSIONS)
            look_ids.append(np.full(len(bins), number))
            appearance_times.append(bins)
            vectors.append((faces[person] + noise).astype(np.float32))
    ids = np.concatenate(look_ids)
    looks = AppearanceBins(
        ids, np.concatenate(appearance_times), np.full(len(ids), 3), np.concatenate(vectors)
    )
    table = TrackTable.concatenate(tables)
    who = np.array([rows[0] for rows in people])[table.ids - 1]
    return table, who, looks


def walk(random: np.random.Generator, count: int) -> np.ndarray:
    """(count,) pixels across: a speed that changes in a few seconds, thrown back at the ends."""
    keep = np.exp(-1 / (3 * FPS))
    push = 90 / FPS * np.sqrt(1 - keep**2) * random.standard_normal(count)
    speeds = lfilter([1.0], [1.0, -keep], push)
    width = 2 * SIZE[0]
    folded = np.mod(random.uniform(0, 2 * width) + np.cumsum(speeds), 2 * width)
    return np.where(folded < width, folded, 2 * width - folded) - SIZE[0] / 2


def in_sight(random: np.random.Generator, left: np.ndarray) -> np.ndarray:
    """(count,) whether in the image and not occluded."""
    seen = (left > 0) & (left < SIZE[0] - 30)
    for start in np.flatnonzero(random.random(len(left)) < 1 / (10 * FPS)).tolist():
        seen[start : start + round(FPS * random.exponential(0.7)) + 1] = False
    return seen


def track(
    number: int, frames: np.ndarray, left: np.ndarray, top: float, height: float
) -> TrackTable:
    count = len(frames)
    tops = np.full(count, top)
    boxes = np.column_stack([left, tops, left + 30, tops + height])
    return TrackTable(
        frames,
        frames / FPS,
        np.full(count, number),
        boxes,
        np.ones(count),
        np.full(count, "person", "<U10"),
        np.zeros(count, np.bool_),
    )


if __name__ == "__main__":
    main()
