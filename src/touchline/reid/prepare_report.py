"""Counts of a data set of crops, and its flaws as a test set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from touchline.reid.manifest import Manifest
from touchline.reid.plan import VALIDATION, CropPlan


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """Counts of one split."""

    crops: int
    identities: int
    clips: int
    matches: int


@dataclass(frozen=True, slots=True)
class PrepareReport:
    """Counts of a data set.

    splits: by name. held_out: the matches of query and gallery. shared_matches: those that are in
    train as well. without_query: people held out who are in the gallery only, for others to be
    mistaken for. left_out: boxes, tracks and people that gave no crops, by reason.
    possible_duplicates: pairs of identities from different clips of one match that may be one
    person, as nothing tells them apart (ids mean nothing outside of their clip; two known teams
    do): both in train, both held out, and one in each.
    """

    splits: dict[str, SplitCounts]
    held_out: list[str]
    shared_matches: list[str]
    without_query: int
    possible_duplicates: dict[str, int]
    left_out: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def make_report(plan: CropPlan) -> PrepareReport:
    """Counts of everything that ``plan`` will write."""
    manifest = plan.manifest
    names = [name for name in ("train", *VALIDATION) if (manifest.splits == name).any()]
    held_out = manifest.in_split(*VALIDATION)
    gallery_only = set(held_out.identities.tolist()) - set(
        manifest.in_split("query").identities.tolist()
    )
    trained = set(manifest.in_split("train").matches.tolist())
    tested = set(held_out.matches.tolist())
    return PrepareReport(
        splits={name: _counts(manifest.in_split(name)) for name in names},
        held_out=sorted(tested),
        shared_matches=sorted(tested & trained),
        without_query=len(gallery_only),
        possible_duplicates=_possible_duplicates(plan),
        left_out={reason: count for reason, count in plan.left_out if count},
    )


def _counts(part: Manifest) -> SplitCounts:
    return SplitCounts(
        len(part),
        len(np.unique(part.identities)),
        len(np.unique(part.sequences)),
        len(np.unique(part.matches)),
    )


def _possible_duplicates(plan: CropPlan) -> dict[str, int]:
    """Pairs by the splits of the two, counted by group rather than pair by pair."""
    foreign = {clip.name for clip in plan.clips if not clip.same_ids}
    part = plan.manifest[: len(plan.cuts)]
    people = {
        (match, clip, split in VALIDATION, team, identity)
        for match, clip, split, team, identity in zip(
            part.matches.tolist(),
            part.sequences.tolist(),
            part.splits.tolist(),
            part.teams.tolist(),
            part.identities.tolist(),
            strict=True,
        )
        if clip in foreign
    }
    # For each match the people of each clip by team, in train and held out.
    groups: dict[str, dict[tuple[str, bool, str], int]] = defaultdict(lambda: defaultdict(int))
    for match, clip, held, team, _ in people:
        groups[match][clip, held, team] += 1
    pairs = {"train": 0, "held out": 0, "across": 0}
    for of_match in groups.values():
        for (one, count), (other, others) in combinations(of_match.items(), 2):
            if one[0] == other[0] or (one[2] and other[2] and one[2] != other[2]):
                continue
            where = "across" if one[1] != other[1] else "held out" if one[1] else "train"
            pairs[where] += count * others
    return pairs
