"""What whole-clip identities add to the tracks of other programs (``track --tracks``).

    OMP_NUM_THREADS=1 python -m benchmarks.given_tracks [--cache DIR] [--json FILE] [--only WORD]

The data pack is found by TOUCHLINE_DATA, and nothing is written into it. It holds what trackers
wrote:

1. ByteTrack (YOLOX-X), Deep-OC-SORT and BoT-SORT (YOLO11, tuned on football) for the ten sequences
   of snmot_test, and DeepSORT (YOLOv8x) for twelve football clips of SportsMOT: no images, so
   motion alone says who is who.
2. BoT-SORT (YOLOv8x) on SNMOT-060, and DeepSORT on the one clip of SportsMOT with images: with the
   shipped encoder and the colours of shirts.

"as given" are their files, "linked" what ``tracks.txt`` holds. Truth is without the ball. Scores
are those of ``touchline evaluate``, combined over the sequences.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.trackers import DATA, snmot_060, snmot_test
from touchline.errors import UsageError
from touchline.formats.mot import read_detections
from touchline.formats.sequences import TrackSequence, read_result_sequence, read_truth
from touchline.formats.track_files import read_tracks
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_observations
from touchline.metrics.alignment import align
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.observations import Observation
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.tracking.config import TrackerConfig
from touchline.types import TrackTable, identity_motion


@dataclass
class GivenClip:
    """Truth of one sequence in the pixels of ``tracks``, a tracker's file, and its video.

    video: None where there are no images. scale: from the pixels of the file to those of the video.
    """

    truth: TrackSequence
    tracks: Path
    video: Path | None = None
    scale: float = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, help="keep run folders here")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    parser.add_argument("--only", default="", help="only the inputs whose name contains this")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        for name, clips in inputs(options.only):
            print(f"\n{name}\n{'':12s}  HOTA  AssA  IDF1  IDSW  kept/new/stolen  ids of people")
            for label, made in (("as given", as_given), ("linked", linked)):
                scores = TrackScores.combine([scored(clip, made(clip, folder)) for clip in clips])
                results.append({"input": name, "tracks": label, **scores.as_json()})
                show(results[-1])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def inputs(only: str) -> Iterator[tuple[str, list[GivenClip]]]:
    """Name and clips of each tracker's output."""
    tuned = "given_boxes/snmot_botsort_yolo11_tuned/{}.txt"
    makers: dict[str, Callable[[], list[GivenClip]]] = {
        "snmot_test, ByteTrack": lambda: without_images("{}/trackers/bytetrack_yolox_x.txt"),
        "snmot_test, Deep-OC-SORT": lambda: without_images("{}/trackers/deepocsort_post.txt"),
        "snmot_test, BoT-SORT": lambda: without_images(f"../../{tuned}"),
        "SportsMOT football, DeepSORT": sportsmot,
        "SNMOT-060 with images, BoT-SORT": botsort_060,
        "v_HdiyOtliFiw_c003 with images, DeepSORT": deepsort_c003,
    }
    for name, make in makers.items():
        if only in name:
            yield name, make()


def without_images(file: str) -> list[GivenClip]:
    """The sequences of snmot_test, and the ``file`` with the name of each."""
    place = DATA / "mot_gt_only/snmot_test"
    return [GivenClip(one.truth, place / file.format(one.truth.name)) for one in snmot_test()]


def sportsmot() -> list[GivenClip]:
    place = DATA / "given_boxes/sportsmot_football"
    truths = read_truth(DATA / "mot_gt_only/sportsmot_football").values()
    files = [(truth, place / f"{truth.name}.txt") for truth in truths]
    return [GivenClip(truth, file) for truth, file in files if file.is_file()]


def botsort_060() -> list[GivenClip]:
    """Its boxes are in 1920x1080, those of the truth here in the pixels of the video."""
    clip = snmot_060(Path(), None)
    boxes = clip.truth.tracks.boxes * 1.5
    truth = replace(clip.truth, tracks=replace(clip.truth.tracks, boxes=boxes))
    file = DATA / "given_boxes/SNMOT-060_botsort_yolov8x.txt"
    return [GivenClip(truth, file, clip.video, 2 / 3)]


def deepsort_c003() -> list[GivenClip]:
    place = DATA / "mot/v_HdiyOtliFiw_c003"
    (truth,) = read_truth(place).values()
    file = place / "trackers/deepsort_yolov8x.txt"
    return [GivenClip(truth, file, place / "video_1280x720.mp4")]


def as_given(clip: GivenClip, _folder: Path) -> TrackTable:
    rate = clip.truth.frame_rate
    return read_result_sequence(clip.truth.name, clip.tracks, frame_rate=rate).tracks


def linked(clip: GivenClip, folder: Path) -> TrackTable:
    """What the program makes of them: a run where there are images, else from the boxes alone."""
    if clip.video is not None:
        models = {"tracks": str(clip.tracks), "detections_scale": clip.scale}
        run = folder / f"{clip.truth.name}_{clip.tracks.stem}"
        request = RunRequest(str(clip.video), run, {"models": models}, draw_video=False)
        track_run(request, lambda _stage, _done, _total: None, lambda: False)
        tracks = read_tracks(run / "tracks.csv")
        return replace(tracks, boxes=tracks.boxes / clip.scale)
    return link_observations(
        boxes_only(clip),
        TrackerConfig(),
        LinkConfig(),
        frame_rate=clip.truth.frame_rate,
        image_size=clip.truth.image_size or (1280, 720),
    )


def boxes_only(clip: GivenClip) -> Iterator[Observation]:
    """The tracks as observations of a camera that stands still, without appearance."""
    table = read_detections(clip.tracks, tracked=True)
    if not len(table):
        raise UsageError(f"{clip.tracks} holds no tracks")
    last = max(int(table.frames[-1]), int(clip.truth.tracks.frames.max(initial=0)))
    for frame in range(clip.truth.frame_count or last + 1):
        time, looked = frame / clip.truth.frame_rate, frame in table.looked
        yield Observation(frame, time, False, identity_motion(), table.at(frame), looked=looked)


def scored(clip: GivenClip, tracks: TrackTable) -> TrackScores:
    return score_tracks(align(clip.truth.tracks, tracks, clip.truth.frame_rate))


def show(row: dict[str, Any]) -> None:
    percent = "".join(f"{100 * row[name]:6.1f}" for name in ("HOTA", "AssA", "IDF1"))
    returns = "/".join(str(row["reentry"][name]) for name in ("kept", "new", "stolen"))
    people = f"{row['result_ids']} of {row['truth_ids']}"
    print(f"{row['tracks']:12s}{percent}{row['IDSW']:6d}{returns:>17s}{people:>15s}", flush=True)


if __name__ == "__main__":
    main()
