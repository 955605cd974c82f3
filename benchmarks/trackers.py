"""Touchline and other trackers on identical boxes: HOTA, AssA, IDF1, switches, returns, time.

    OMP_NUM_THREADS=1 python benchmarks/trackers.py [--peers PYTHON] [--embedder FILE.onnx]
        [--cache DIR] [--json FILE] [--only WORD] [--whole]

PYTHON is the interpreter of an environment with Roboflow's ``trackers``. The data pack is found by
TOUCHLINE_DATA, and nothing is written into it. The boxes:

1. SNMOT-060: the true boxes at score 1; the true boxes as an imperfect detector would find them
   (``touchline.simulation``, preset "small", seed 0); and the given detections. There are
   images, so camera motion is estimated and appearance is looked at, by the peers too that do.
2. The ten sequences of snmot_test: ByteTrack's boxes with their scores, without its ids.
3. The fifteen football clips of SportsMOT: the true boxes, and the same through an imperfect
   detector (preset "large", seed 0). Neither 2 nor 3 has images.

Everybody reads the same boxes from the same file. "online" is what a tracker shows in each frame
under the ids it has then; "written" what ``tracks.txt`` of Touchline holds with ``link.method:
online``: returned players renamed from their return on, short gaps filled; "whole clip" (with
--whole) the same with ``link.method: global``, on the tracks of each preset. Truth is without the
ball. Scores are those of ``touchline evaluate``, combined over the sequences; times are CPU
milliseconds an update.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from touchline.boxes import corners_to_xywh
from touchline.formats.mot import DetectionTable, read_detections
from touchline.formats.sequences import TrackSequence, read_truth
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import follow, link_observations
from touchline.metrics.alignment import align
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.observations import Observation, ObservationStore
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.simulation.config import DetectorErrors
from touchline.simulation.detector_errors import imperfect_detections
from touchline.tracking.config import TrackerConfig
from touchline.tracking.presets import PRESETS
from touchline.tracking.tracker import Tracker
from touchline.types import PEOPLE, TrackTable, identity_motion

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
PEERS_SCRIPT = Path(__file__).parent / "peers" / "tracking.py"
BALL_HEIGHT = 25  # pixels; snmot_test does not say which track is the ball


@dataclass
class ClipEvidence:
    """Truth of one sequence in the pixels of its boxes, and a file of boxes to track."""

    truth: TrackSequence
    detections: Path
    video: Path | None = None
    table: DetectionTable = field(init=False)

    def __post_init__(self) -> None:
        self.table = read_detections(self.detections)

    @property
    def frame_count(self) -> int:
        return self.truth.frame_count or int(self.truth.tracks.frames.max()) + 1


@dataclass
class Tracked:
    """Tracks of one tracker on one clip."""

    tracks: TrackTable
    milliseconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="Python of an environment with trackers")
    parser.add_argument("--embedder", action="append", default=[], help="appearance network (ONNX)")
    parser.add_argument("--cache", type=Path, help="keep boxes and run folders here")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    parser.add_argument("--only", default="", help="only the inputs whose name contains this")
    parser.add_argument("--whole", action="store_true", help="link each preset over the whole clip")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name, clips in inputs(folder, options.only):
            print(
                f"\n{name}\n{'':34s} HOTA  AssA  IDF1  MOTA  IDSW  kept/new/stolen  ms", flush=True
            )
            for label, tracked in trackers(
                clips, options.embedder, options.peers, folder, whole=options.whole
            ):
                results.append({"input": name, "tracker": label, **scored(clips, tracked)})
                show(results[-1])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def inputs(folder: Path, only: str) -> Iterator[tuple[str, list[ClipEvidence]]]:
    """Name and clips of each part of the table."""
    makers: dict[str, Callable[[], list[ClipEvidence]]] = {
        "SNMOT-060, true boxes": lambda: [snmot_060(folder, "none")],
        "SNMOT-060, true boxes through a simulated detector": lambda: [snmot_060(folder, "small")],
        "SNMOT-060, given detections": lambda: [snmot_060(folder, None)],
        "snmot_test, boxes of ByteTrack": snmot_test,
        "SportsMOT football, true boxes": lambda: sportsmot(folder, "none"),
        "SportsMOT football, through a simulated detector": lambda: sportsmot(folder, "large"),
    }
    for name, make in makers.items():
        if only in name:
            yield name, make()


def snmot_060(folder: Path, errors: str | None) -> ClipEvidence:
    """The sequence with images, in their pixels; None: with the given detections."""
    place = DATA / "mot/SNMOT-060"
    truth = next(iter(read_truth(place).values()))
    tracks = truth.tracks[np.isin(truth.tracks.roles, PEOPLE)]
    small = TrackTable(
        tracks.frames,
        tracks.times,
        tracks.ids,
        tracks.boxes * (1280 / 1920),
        tracks.scores,
        tracks.roles,
        tracks.interpolated,
    )
    truth = TrackSequence(truth.name, small, truth.frame_rate, truth.frame_count, (1280, 720))
    file = place / "det_yolox_nano_1280.txt"
    if errors is not None:
        file = simulated(truth, errors, folder)
    return ClipEvidence(truth, file, place / "video_1280x720.mp4")


def snmot_test() -> list[ClipEvidence]:
    clips = []
    for name, truth in read_truth(DATA / "mot_gt_only/snmot_test").items():
        boxes = truth.tracks.boxes
        ids, rows = np.unique(truth.tracks.ids, return_inverse=True)
        heights = boxes[:, 3] - boxes[:, 1]
        small = [np.median(heights[rows == row]) < BALL_HEIGHT for row in range(len(ids))]
        people = truth.tracks[~np.array(small)[rows]]
        truth = TrackSequence(name, people, truth.frame_rate, truth.frame_count, truth.image_size)
        file = DATA / "mot_gt_only/snmot_test" / name / "trackers/bytetrack_yolox_x.txt"
        clips.append(ClipEvidence(truth, file))
    return clips


def sportsmot(folder: Path, errors: str) -> list[ClipEvidence]:
    truths = read_truth(DATA / "mot_gt_only/sportsmot_football")
    return [ClipEvidence(truth, simulated(truth, errors, folder)) for truth in truths.values()]


def simulated(truth: TrackSequence, preset: str, folder: Path, seed: int = 0) -> Path:
    """A file of what an imperfect detector finds; preset "none": the true boxes at score 1."""
    assert truth.image_size is not None, f"{truth.name}: the size of the image is unknown"
    file = folder / f"{truth.name}_{preset}.txt"
    if preset == "none":
        tracks = truth.tracks
        head = np.column_stack([tracks.frames + 1, np.full(len(tracks), -1)])
        every = np.column_stack([head, corners_to_xywh(tracks.boxes), np.ones(len(tracks))])
        np.savetxt(file, every, fmt="%.9g", delimiter=",")
        return file
    errors = DetectorErrors.model_validate({"preset": preset})
    rows = []
    for frame, found in imperfect_detections(
        truth.tracks,
        errors,
        image_size=truth.image_size,
        frame_rate=truth.frame_rate,
        seed=seed,
    ):
        seen = found.detections
        xywh = corners_to_xywh(seen.boxes)
        head = np.tile([frame + 1.0, -1.0], (len(seen), 1))
        rows.append(np.column_stack([head, xywh, seen.scores]))
    np.savetxt(file, np.concatenate(rows), fmt="%.9g", delimiter=",")
    return file


def trackers(
    clips: list[ClipEvidence],
    embedders: list[str],
    peers: str | None,
    folder: Path,
    *,
    whole: bool = False,
) -> Iterator[tuple[str, list[Tracked]]]:
    """Label and tracks of each tracker, ours first. whole: linked over the whole clip too."""
    looks = ["none", "colour", *embedders] if clips[0].video else ["none"]
    for look in looks:
        seen = [observed(clip, look, folder) for clip in clips]
        for preset in PRESETS:
            config = TrackerConfig.model_validate({"preset": preset})
            label = f"{preset}, {Path(look).stem if look != 'none' else 'motion only'}"
            pieces = [online(clip, see, config) for clip, see in zip(clips, seen, strict=True)]
            yield label, pieces
            pairs = list(zip(clips, seen, strict=True))
            if preset == "touchline":
                yield label + ", written", [written(*pair, config, "online") for pair in pairs]
            if whole:
                yield label + ", whole clip", [written(*pair, config, "global") for pair in pairs]
    if peers:
        by_name: dict[str, list[Tracked]] = {}
        for clip in clips:
            for name, tracked in peer_tracks(peers, clip).items():
                by_name.setdefault(f"Roboflow {name}", []).append(tracked)
        yield from by_name.items()


def observed(clip: ClipEvidence, look: str, folder: Path) -> Callable[[], Iterable[Observation]]:
    """Observations with these boxes: from the images, or from the boxes alone."""
    if clip.video is None:
        return lambda: boxes_only(clip)
    run = folder / f"{clip.detections.stem}_{Path(look).stem}"
    settings = {"models": {"detections": str(clip.detections), "reid": look}}
    request = RunRequest(str(clip.video), run, settings)
    observe_run(request, lambda _stage, _done, _total: None, lambda: False)
    with ObservationStore.open(run / "observations.sqlite") as store:
        observations = list(store)
    return lambda: observations


def boxes_only(clip: ClipEvidence) -> Iterator[Observation]:
    """Boxes as detections of a camera that stands still, without appearance."""
    for frame in range(clip.frame_count):
        time_ = frame / clip.truth.frame_rate
        looked = frame in clip.table.looked
        found = clip.table.at(frame)
        yield Observation(frame, time_, False, identity_motion(), found, looked=looked)


def online(
    clip: ClipEvidence, seen: Callable[[], Iterable[Observation]], config: TrackerConfig
) -> Tracked:
    """Online output of the tracker: each frame under the ids of that moment."""
    size = clip.truth.image_size or (1280, 720)
    tracker = Tracker(config, frame_rate=clip.truth.frame_rate, image_size=size)
    frames, seconds = [], 0.0
    for observation in seen():
        begun = time.process_time()
        tracks = follow(tracker, observation)
        seconds += time.process_time() - begun
        frames.append((observation.frame, observation.time, tracks))
    return Tracked(TrackTable.from_frames(frames), 1000 * seconds / len(frames))


def written(
    clip: ClipEvidence,
    seen: Callable[[], Iterable[Observation]],
    config: TrackerConfig,
    method: Literal["online", "global"] = "online",
) -> Tracked:
    """What the program writes at the end."""
    size = clip.truth.image_size or (1280, 720)
    begun = time.process_time()
    table = link_observations(
        seen(),
        config,
        LinkConfig(method=method),
        frame_rate=clip.truth.frame_rate,
        image_size=size,
    )
    return Tracked(table, 1000 * (time.process_time() - begun) / clip.frame_count)


def peer_tracks(python: str, clip: ClipEvidence) -> dict[str, Tracked]:
    """Tracks of each of the other environment's trackers on the same boxes."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "clip.npz"), Path(folder, "out.npz")
        np.savez(
            given,
            frames=clip.table.frames,
            boxes=clip.table.detections.boxes,
            scores=clip.table.detections.scores,
            frame_count=clip.frame_count,
            frame_rate=clip.truth.frame_rate,
            video=str(clip.video or ""),
        )
        command = [python, str(PEERS_SCRIPT), str(given), str(answer)]
        subprocess.run(command, check=True)
        with np.load(answer) as out:
            return {
                name: Tracked(as_table(out[name]), float(out[name + ".ms"]))
                for name in out.files
                if not name.endswith(".ms")
            }


def as_table(rows: np.ndarray[Any, np.dtype[np.float64]]) -> TrackTable:
    """Rows of frame, id, x1, y1, x2, y2."""
    count = len(rows)
    return TrackTable(
        rows[:, 0].astype(np.int64),
        np.zeros(count),
        rows[:, 1].astype(np.int64),
        rows[:, 2:6],
        np.ones(count),
        np.full(count, "person", TrackTable.empty().roles.dtype),
        np.zeros(count, np.bool_),
    ).sorted()


def scored(clips: list[ClipEvidence], tracked: list[Tracked]) -> dict[str, Any]:
    """Every score, combined over the clips, and the mean time of a frame."""
    scores = [
        score_tracks(align(clip.truth.tracks, one.tracks, clip.truth.frame_rate))
        for clip, one in zip(clips, tracked, strict=True)
    ]
    frames = [clip.frame_count for clip in clips]
    mean = float(np.average([one.milliseconds for one in tracked], weights=frames))
    return {**TrackScores.combine(scores).as_json(), "ms": mean}


def show(row: dict[str, Any]) -> None:
    returns = "/".join(str(row["reentry"][name]) for name in ("kept", "new", "stolen"))
    percent = "".join(f"{100 * row[name]:6.1f}" for name in ("HOTA", "AssA", "IDF1", "MOTA"))
    print(
        f"{row['tracker']:33s}{percent}{row['IDSW']:6d}{returns:>17s}{row['ms']:6.2f}", flush=True
    )


if __name__ == "__main__":
    main()
