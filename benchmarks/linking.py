"""Online and global identities, with and without each kind of evidence.

    OMP_NUM_THREADS=1 python -m benchmarks.linking [--embedder FILE.onnx] [--cache DIR]
        [--sequences SEQUENCES.yaml] [--json FILE] [--only WORD] [--variant NAME] [--mended]

The data pack is found by TOUCHLINE_DATA, and nothing is written into it. The inputs:

1. SNMOT-060 with its true boxes and with the given detections, and c003 of SportsMOT with its true
   boxes and with those of YOLOv8x, each with the built-in colours and with the embedder.
2. The four rendered clips of the pack, found by a simulated detector (preset "small", seeds 200
   and up), with the built-in colours.
3. The ten sequences of snmot_test: ByteTrack's boxes, no images.
4. The fifteen football clips of SportsMOT, by a simulated detector (preset "large"), no images.
5. With --sequences, a list as ``touchline tune`` takes: its validation part, and its train part.

With --mended SNMOT-060 is scored by its truth without the mix-ups of ``MIXED_UP``.

"online" is what ``tracks.txt`` holds with ``link.method: online``, "global" and "gta" the same with
these; "without ..." is global less one kind of evidence. Kinds that nothing was observed for change
nothing: teams and numbers need stores that hold shirts. Scores are those of
``touchline evaluate``, combined over the sequences of an input; identities are added up;
milliseconds are CPU time a frame of the whole step, tracking included. "joined" is the HOTA with
perfect joining of the tracklets, "boxes" that with perfect identities of the boxes, and purity the
share of the boxes on the person of their tracklet, as ``touchline evaluate`` has them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trackers import (
    DATA,
    ClipEvidence,
    observed,
    simulated,
    snmot_060,
    snmot_test,
    sportsmot,
)
from touchline.formats.links_json import TrackletSpans
from touchline.formats.mot import read_mot
from touchline.formats.sequences import TrackSequence, read_truth
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_clip
from touchline.metrics.alignment import align
from touchline.metrics.ceilings import Ceilings, ceilings
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.tuning.sequences import SequenceEntry, read_sequences
from touchline.tuning.stored import load_sequence
from touchline.types import TrackTable

VARIANTS: dict[str, dict[str, Any]] = {
    "online": {"method": "online"},
    "global": {"method": "global"},
    "gta": {"method": "gta"},
    "without appearance": {"method": "global", "whole": {"appearance": False}},
    "without motion": {"method": "global", "whole": {"motion": False}},
    "without splitting": {"method": "global", "whole": {"split": False, "max_gap_seconds": 10}},
    "without teams": {"method": "global", "whole": {"teams": False}},
    "without numbers": {"method": "global", "whole": {"numbers": False}},
}

MIXED_UP = ((619, 750, 19, 15), (656, 750, 15, 13), (737, 750, 13, 19), (682, 696, 21, 19))
"""People of SNMOT-060 whose ids the truth mixes up: first and last frame (from 1), the id there,
and whose it is. Who wears orange boots is 19 up to frame 467, 21 in 682 to 696 and 13 from 737 on;
who is 19 from 619 on wears white ones. That this is 15, and the later 15 is 13, is the likeliest of
what is left, by appearance and place."""


@dataclass
class Sequence:
    """Observations to link, and the truth in the same pixels."""

    truth: TrackTable
    frame_rate: float
    size: tuple[int, int]
    seen: Callable[[], Iterable[Observation]]
    clothed: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--embedder", action="append", default=[], help="appearance network (ONNX)")
    parser.add_argument("--cache", type=Path, help="keep boxes and run folders here")
    parser.add_argument("--sequences", type=Path, help="more sequences, as for touchline tune")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    parser.add_argument("--only", default="", help="only the inputs whose name contains this")
    parser.add_argument("--variant", choices=VARIANTS, help="only this row of each input")
    parser.add_argument("--mended", action="store_true", help="mend the truth of SNMOT-060")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in inputs(folder, options.embedder, options.sequences):
            if options.only not in name:
                continue
            sequences = make()
            if options.mended and name.startswith("SNMOT-060"):
                for sequence in sequences:
                    sequence.truth = mended(sequence.truth)
            clothed = any(sequence.clothed for sequence in sequences)
            print(
                f"\n{name}\n{'':22s} HOTA  AssA  IDF1  kept/new/stolen  ids of     ms"
                "  joined  boxes  purity",
                flush=True,
            )
            for label, settings in VARIANTS.items():
                if options.variant not in (None, label):
                    continue
                if clothed or label not in ("without teams", "without numbers"):
                    results.append({"input": name, "variant": label, **scored(sequences, settings)})
                    show(results[-1])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def inputs(
    folder: Path, embedders: list[str], listed: Path | None
) -> Iterator[tuple[str, Callable[[], list[Sequence]]]]:
    """Name and sequences of each part of the table."""
    for clip, make in (("SNMOT-060", snmot_060), ("c003", sportsmot_c003)):
        for boxes, errors in (("true boxes", "none"), ("given detections", None)):
            for look in ("colour", *embedders):
                name = f"{clip}, {boxes}, {Path(look).stem}"
                yield name, partial(one_clip, make, folder, errors, look)
    yield "rendered, colour", lambda: [watched(clip, "colour", folder) for clip in rendered(folder)]
    yield "snmot_test, motion only", lambda: [watched(c, "none", folder) for c in snmot_test()]
    yield (
        "SportsMOT football, motion only",
        lambda: [watched(c, "none", folder) for c in sportsmot(folder, "large")],
    )
    if listed is not None:
        parts = read_sequences(listed)
        yield "sequences, validation", lambda: [stored(entry) for entry in parts.validation]
        yield "sequences, train", lambda: [stored(entry) for entry in parts.train]


def one_clip(
    make: Callable[[Path, str | None], ClipEvidence], folder: Path, errors: str | None, look: str
) -> list[Sequence]:
    return [watched(make(folder, errors), look, folder)]


def mended(truth: TrackTable) -> TrackTable:
    """The truth of SNMOT-060 with one id for each person, see ``MIXED_UP``."""
    ids = truth.ids.copy()
    for first, last, wrong, right in MIXED_UP:
        there = (truth.frames >= first - 1) & (truth.frames < last)
        ids[there & (truth.ids == wrong)] = right
    return replace(truth, ids=ids).sorted()


def sportsmot_c003(folder: Path, errors: str | None) -> ClipEvidence:
    """The sequence with restored images; None: with the boxes of YOLOv8x, without their ids."""
    place = DATA / "mot/v_HdiyOtliFiw_c003"
    truth = next(iter(read_truth(place).values()))
    file = place / "trackers/deepsort_yolov8x.txt"
    if errors is not None:
        file = simulated(truth, errors, folder)
    return ClipEvidence(truth, file, place / "video_1280x720.mp4")


def rendered(folder: Path) -> Iterator[ClipEvidence]:
    for number, name in enumerate(("match2_a", "match3_a", "demo", "match2_b")):
        truth = TrackSequence(
            name, read_mot(DATA / f"rendered/{name}.gt.txt"), 25.0, None, (1280, 720)
        )
        file = simulated(truth, "small", folder, seed=200 + number)
        yield ClipEvidence(truth, file, DATA / f"rendered/{name}.mp4")


def watched(clip: ClipEvidence, look: str, folder: Path) -> Sequence:
    seen = observed(clip, look, folder)
    size = clip.truth.image_size or (1280, 720)
    return Sequence(clip.truth.tracks, clip.truth.frame_rate, size, seen, has_clothes(seen()))


def stored(entry: SequenceEntry) -> Sequence:
    sequence = load_sequence(entry)
    return Sequence(
        sequence.truth, sequence.frame_rate, sequence.image_size, lambda: sequence, False
    )


def has_clothes(observations: Iterable[Observation]) -> bool:
    return any(
        observation.detections.shirts is not None or observation.detections.numbers is not None
        for observation in observations
    )


def scored(sequences: list[Sequence], settings: dict[str, Any]) -> dict[str, Any]:
    """Every score of one variant, combined over the sequences."""
    link = LinkConfig.model_validate(settings)
    parts, seconds, frames, found, true = [], 0.0, 0, 0, 0
    highest: list[Ceilings] = []
    for one in sequences:
        begun = time.process_time()
        linked = link_clip(
            one.seen(), TrackerConfig(), link, frame_rate=one.frame_rate, image_size=one.size
        )
        seconds += time.process_time() - begun
        table = linked.table.sorted()
        frames += int(one.truth.frames.max()) + 1
        found += len(np.unique(table.ids))
        true += len(np.unique(one.truth.ids))
        alignment = align(one.truth, table, one.frame_rate)
        parts.append(score_tracks(alignment))
        if linked.links is not None:
            spans = TrackletSpans(linked.links.identities, *linked.links.frames.T)
            highest.append(ceilings(alignment, spans.of(table)))
    scores = TrackScores.combine(parts).as_json()
    best = Ceilings.combine(highest).as_json() if highest else None
    return {
        **scores,
        "ids": found,
        "people": true,
        "ms": 1000 * seconds / frames,
        "ceilings": best,
    }


def show(row: dict[str, Any]) -> None:
    returns = "/".join(str(row["reentry"][name]) for name in ("kept", "new", "stolen"))
    percent = "".join(f"{100 * row[name]:6.1f}" for name in ("HOTA", "AssA", "IDF1"))
    ids = f"{row['ids']}/{row['people']}"
    best = row["ceilings"]
    limits = ""
    if best is not None:
        joined, boxes = (best[name]["HOTA"] for name in ("perfect_joining", "perfect_identities"))
        limits = f"{100 * joined:8.1f}{100 * boxes:7.1f}{best['purity']:8.3f}"
    print(
        f"{row['variant']:21s}{percent}{returns:>17s}{ids:>10s}{row['ms']:7.2f}{limits}",
        flush=True,
    )


if __name__ == "__main__":
    main()
