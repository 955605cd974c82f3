"""Plan of every crop of a data set: what it shows, where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.reid.manifest import DISTRACTOR, Manifest
from touchline.reid.truth import ClipTruth

PixelBox = tuple[int, int, int, int]
"""Corner pixels x1, y1, x2, y2; the last column and row are not part of it."""

VALIDATION = ("query", "gallery")
"""Splits of the identities that are held out; their crops lie in ``val``."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one crop is in the images of a clip; ``clip`` indexes ``CropPlan.clips``."""

    clip: int
    frame: int
    box: PixelBox


@dataclass(frozen=True, slots=True)
class CropPlan:
    """Contents of a data set to be made.

    manifest: a row for each crop, with the name it will have. Identities in ``train`` count from
    0, those held out follow on. cuts: where the first rows come from; copies: files that the rows
    after them are copied from. left_out: how many boxes, tracks or people are missing, by reason.
    """

    clips: tuple[ClipTruth, ...]
    manifest: Manifest
    cuts: tuple[Cut, ...]
    copies: tuple[Path, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()


NO_CROPS = CropPlan((), Manifest(Path(), (), ()), ())
"""A plan without any crops."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn row of a clip's truth, and its split."""

    clip: int
    row: int
    box: PixelBox
    identity: int
    number: int
    split: str


def make_plan(
    clips: Sequence[ClipTruth],
    drawn: Sequence[Drawn],
    left_out: Sequence[tuple[str, int]] = (),
) -> CropPlan:
    """The plan of the crops ``drawn``; identities count from 0 in train and in val separately.

    A crop's name is ``train/IDENTITY/img_NUMBER.jpg`` or ``val/...``, in the order given.
    """
    train = 1 + max((crop.identity for crop in drawn if crop.split == "train"), default=-1)
    rows = [(clips[crop.clip], crop) for crop in drawn]
    manifest = Manifest(
        Path(),
        [
            f"{'val' if crop.split in VALIDATION else 'train'}/{crop.identity}/"
            f"img_{crop.number:06d}.jpg"
            for crop in drawn
        ],
        [crop.identity + (train if crop.split in VALIDATION else 0) for crop in drawn],
        cameras=[int(crop.split == "query") for crop in drawn],
        sequences=[clip.name for clip, _ in rows],
        matches=[clip.match for clip, _ in rows],
        teams=[clip.teams.get(int(clip.ids[crop.row]), "") for clip, crop in rows],
        times=[clip.times[crop.row] for clip, crop in rows],
        heights=[float(crop.box[3] - crop.box[1]) for crop in drawn],
        splits=[crop.split for crop in drawn],
    )
    cuts = [Cut(crop.clip, int(clip.frames[crop.row]), crop.box) for clip, crop in rows]
    return CropPlan(tuple(clips), manifest, tuple(cuts), left_out=tuple(left_out))


def with_copies(plan: CropPlan, other: Manifest, name: str) -> CropPlan:
    """``plan`` with existing crops of other people added, to be copied.

    Beside crops of a plan only those for training are taken (split "train" or ""), as more people
    to tell apart; alone, all of them, but no distractors to train on. name: of the clip and the
    match where ``other`` says none.
    """
    splits = np.where(other.splits == "", "train", other.splits)
    trainable = (splits == "train") & (other.identities != DISTRACTOR)
    rows = np.flatnonzero(trainable | ((splits != "train") & (len(plan.manifest) == 0)))
    order = rows[np.lexsort((rows, other.identities[rows], splits[rows] != "train"))]
    added, splits = other[order], splits[order]
    own = plan.manifest
    trained, fresh = own.splits == "train", splits == "train"
    first = 1 + int(own.identities[trained].max(initial=-1))
    people = np.unique(added.identities[fresh])
    held = np.unique(added.identities[~fresh & (added.identities != DISTRACTOR)])
    numbers = first + np.searchsorted(people, added.identities)
    later = first + len(people) + np.searchsorted(held, added.identities)
    identities = np.where(fresh, numbers, later)
    identities[added.identities == DISTRACTOR] = DISTRACTOR
    paths = [
        f"{'train' if split == 'train' else 'val'}/{name}/{number:06d}{Path(path).suffix.lower()}"
        for number, (split, path) in enumerate(zip(splits, added.paths.tolist(), strict=True))
    ]
    joined = {
        column: np.concatenate([getattr(own, column), values])
        for column, values in {
            "paths": np.array(paths, np.str_),
            "identities": identities,
            "cameras": added.cameras,
            "sequences": np.where(added.sequences == "", name, added.sequences),
            "matches": np.where(added.matches == "", name, added.matches),
            "teams": added.teams,
            "times": added.times,
            "heights": added.heights,
            "splits": splits,
        }.items()
    }
    joined["identities"][: len(own)] += np.where(trained, 0, len(people))
    manifest = Manifest(own.root, joined.pop("paths"), joined.pop("identities"), **joined)
    copies = (*plan.copies, *(added.file(row) for row in range(len(added))))
    return replace(plan, manifest=manifest, copies=copies)


def pixel_boxes(clip: ClipTruth, margin: float = 0.0) -> NDArray[np.int64]:
    """(N, 4) whole pixels of each box, widened by ``margin``, inside the image; may be empty."""
    wider = margin * (clip.boxes[:, 2:] - clip.boxes[:, :2])
    corners = np.round(clip.boxes + np.column_stack([-wider, wider]))
    limits = [clip.width, clip.height, clip.width, clip.height]
    return np.clip(corners, 0, limits).astype(np.int64)


def pixel_box(box: NDArray[np.int64]) -> PixelBox:
    """One row of ``pixel_boxes`` as plain numbers."""
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2
