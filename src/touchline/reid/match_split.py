"""The default split: whole matches are held out; query and gallery come from different times.

Neighbouring frames are near-copies, and clips of one match show the same people under other ids:
a network that has seen either is not being tested.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.reid.plan import CropPlan, Drawn, PixelBox, make_plan, pixel_box, pixel_boxes
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.truth import ClipTruth, check_names
from touchline.reid.visibility import visible_shares

Person = tuple[str, str, int]
"""Match, clip ("" where ids are the same in every clip of the match), id."""

Place = tuple[int, int, PixelBox]
"""A box that was drawn: clip, row of its truth, pixels."""


def match_split(clips: Sequence[ClipTruth], config: PrepareConfig) -> CropPlan:
    """Crops of ``clips``, with whole matches held out for query and gallery.

    The same seed draws the same boxes of a track, whatever other clips there are.

    Raises UsageError where nothing is left to draw, a match to hold out is unknown, or there is
    only one match and a part of it would have to be held out.
    """
    check_names(clips)
    left_out: Counter[str] = Counter()
    people: dict[Person, list[Place]] = {}
    for number, clip in enumerate(clips):
        for person, places in _draw(number, clip, config, left_out):
            people.setdefault(person, []).extend(places)
    few = [person for person, places in people.items() if len(places) < config.min_crops]
    left_out["people with too few crops"] = len(few)
    for person in few:
        del people[person]
    if not people:
        raise UsageError(
            "no crop is left: check min_height, min_width, min_visible and min_crops, and that "
            "truth and images have the same scale"
        )
    held_out = _matches_held_out(sorted({match for match, _, _ in people}), config)
    drawn: list[Drawn] = []
    counted = {"train": 0, "val": 0}
    for person in sorted(people):
        part = "val" if person[0] in held_out else "train"
        splits = ["train"] * len(people[person])
        if part == "val":
            splits = _splits_by_time(clips, people[person], config.min_gap_seconds)
        kept = [at for at in zip(people[person], splits, strict=True) if at[1]]
        left_out["crops between query and gallery"] += len(splits) - len(kept)
        drawn += [
            Drawn(*place, counted[part], count, split) for count, (place, split) in enumerate(kept)
        ]
        counted[part] += 1
    return make_plan(clips, drawn, sorted(left_out.items()))


def _draw(
    number: int, clip: ClipTruth, config: PrepareConfig, left_out: Counter[str]
) -> Iterator[tuple[Person, list[Place]]]:
    """For each person of a clip the boxes drawn, in order of time."""
    boxes = pixel_boxes(clip, config.margin)
    small = (boxes[:, 2] - boxes[:, 0] < config.min_width) | (
        boxes[:, 3] - boxes[:, 1] < config.min_height
    )
    hidden = ~small & (visible_shares(clip) < config.min_visible)
    left_out["boxes too small"] += int(small.sum())
    left_out["boxes hidden"] += int(hidden.sum())
    usable = ~(small | hidden)
    for track_id, track_rows in clip.tracks().items():
        rows = track_rows[usable[track_rows]]
        rows = rows[np.argsort(clip.frames[rows], kind="stable")]
        left_out["tracks without a usable box"] += not len(rows)
        generator = random.Random(f"{config.seed} {clip.name} {track_id}")
        chosen = [
            int(generator.choice(part))
            for part in np.array_split(rows, min(config.crops_per_track, len(rows)) or 1)
            if len(part)
        ]
        person = (clip.match, "" if clip.same_ids else clip.name, track_id)
        if chosen:
            yield person, [(number, row, pixel_box(boxes[row])) for row in chosen]


def _matches_held_out(matches: list[str], config: PrepareConfig) -> set[str]:
    """Matches named, or a share of all: at least one, and never all unless asked for."""
    unknown = [name for name in config.holdout_matches if name not in matches]
    if unknown:
        raise UsageError(f"match {unknown[0]!r} does not exist; matches are {', '.join(matches)}")
    if config.holdout_matches or config.holdout in (0, 1):
        return set(config.holdout_matches or (matches if config.holdout else ()))
    if len(matches) == 1:
        raise UsageError(
            f"there is only one match ({matches[0]}), and whole matches are held out: use holdout "
            "0 (all for training) or 1 (all for evaluation), or add clips of another match"
        )
    count = min(max(1, round(len(matches) * config.holdout)), len(matches) - 1)
    return set(random.Random(config.seed).sample(matches, count))


def _splits_by_time(
    clips: Sequence[ClipTruth], places: Sequence[Place], min_gap_seconds: float
) -> list[str]:
    """ "gallery" for a person's earlier crops, "query" for later ones, "" for those between.

    As when a player returns: who are they (the query), of those seen before (the gallery)? Of
    several clips the earlier half by name is the gallery; there is a gap between clips anyway.
    A person who is not seen long enough for both is only in the gallery, for others to be
    mistaken for.
    """
    names = sorted({clips[clip].name for clip, _, _ in places})
    if len(names) > 1:
        early = set(names[: (len(names) + 1) // 2])
        return ["gallery" if clips[clip].name in early else "query" for clip, _, _ in places]
    times: NDArray[np.float64] = np.array([clips[clip].times[row] for clip, row, _ in places])
    if np.ptp(times) < min_gap_seconds or np.ptp(times) == 0:
        return ["gallery"] * len(places)
    middle = (times.min() + times.max()) / 2
    gallery = times <= middle - min_gap_seconds / 2
    query = times >= middle + min_gap_seconds / 2
    return [str(split) for split in np.select([gallery, query], ["gallery", "query"], "")]
