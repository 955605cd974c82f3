"""The sampling of the original project, draw by draw, which reproduces its published lists.

One generator, seeded once, feeds in turn: the identities held out; for each track, in the order
in which tracks appear, one box of each of its time bins; one query for each identity held out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from touchline.errors import UsageError
from touchline.formats.frame_numbers import frame_number
from touchline.reid.plan import CropPlan, Drawn, make_plan, pixel_box, pixel_boxes
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.truth import ClipTruth, check_names


def time_bins(count: int, config: PrepareConfig) -> list[range]:
    """Bounds of the time bins of a track of ``count`` boxes (at least 1).

    Bins are shorter than their step where that is no whole number: some boxes are in no bin.
    In a track of fewer boxes than bins, bins repeat.
    """
    bins = min(config.max_bins, max(config.min_bins, round(count / config.boxes_per_bin)))
    step = count / bins
    starts = [int(place * step) for place in range(bins)]
    return [range(start, start + max(1, int(step))) for start in starts]


def draw_held_out(count: int, holdout: float, generator: random.Random) -> set[int]:
    """The global ids held out of ``count`` (at least 1): a share, but at least one."""
    return set(generator.sample(range(count), max(1, int(count * holdout))))


def draw_boxes(count: int, generator: random.Random, config: PrepareConfig) -> list[int]:
    """One of a track's boxes, 0 to ``count`` - 1, for each of its time bins."""
    return [generator.choice(bin_) for bin_ in time_bins(count, config)]


def identity_split(clips: Sequence[ClipTruth], config: PrepareConfig) -> CropPlan:
    """The crops the original project draws from ``clips``, in their order.

    A track is an identity. A share ``config.holdout`` of all identities is held out, from clips
    and matches that are trained on: fine for reproducing numbers, too kind for judging a network.

    Raises UsageError where there are no tracks, two clips have one name, or a drawn box has no
    pixel inside its image.
    """
    check_names(clips)
    tracks = {
        (clip.name, track_id): (number, rows)
        for number, clip in enumerate(clips)
        for track_id, rows in clip.tracks().items()
    }
    if not tracks:
        raise UsageError("the given truth has no track of a person")
    generator = random.Random(config.seed)
    keys = sorted(tracks)
    chosen = draw_held_out(len(keys), config.holdout, generator)
    held_out = [key for place, key in enumerate(keys) if place in chosen]
    trained = [key for place, key in enumerate(keys) if place not in chosen]
    held_keys = set(held_out)
    identities = {key: place for part in (trained, held_out) for place, key in enumerate(part)}
    boxes = [pixel_boxes(clip) for clip in clips]
    drawn: dict[tuple[str, int], list[Drawn]] = {}
    for key, (number, rows) in tracks.items():
        split = "gallery" if key in held_keys else "train"
        chosen_rows = [int(rows[box]) for box in draw_boxes(len(rows), generator, config)]
        drawn[key] = [
            Drawn(number, row, pixel_box(boxes[number][row]), identities[key], place, split)
            for place, row in enumerate(chosen_rows)
        ]
    for key in drawn:
        if key in held_keys:
            query = generator.choice(range(len(drawn[key])))
            drawn[key][query] = replace(drawn[key][query], split="query")
    crops = [crop for of_track in drawn.values() for crop in of_track]
    for crop in crops:
        _refuse_outside(clips[crop.clip], crop)
    return make_plan(clips, crops)


def _refuse_outside(clip: ClipTruth, crop: Drawn) -> None:
    x1, y1, x2, y2 = crop.box
    if x1 >= x2 or y1 >= y2:
        raise UsageError(
            f"clip {clip.name}, frame {frame_number(int(clip.frames[crop.row]))}: the box of id "
            f"{clip.ids[crop.row]} has no pixel inside the {clip.width}x{clip.height} image; "
            "the match split leaves such boxes out"
        )
