"""Crops to train on, and crops to validate on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from touchline.errors import UsageError
from touchline.reid.manifest import DISTRACTOR, Manifest
from touchline.reid.queries import choose_queries, query_and_gallery
from touchline.training.reid.config import ValidationConfig
from touchline.training.reid.rules import BatchLabels


@dataclass(frozen=True)
class TrainData:
    """train: labelled crops. labels: of these. query, gallery: for validation, None without.

    held_out: the match that was taken out of training for validation, "" where none was.
    left_out: distractors in train, of which nothing can be learned.
    """

    train: Manifest
    labels: BatchLabels
    query: Manifest | None
    gallery: Manifest | None
    held_out: str
    left_out: int

    def fingerprint(self) -> str:
        """Hex digest of the rows to train on; the same for the same crops."""
        rows = (self.train.paths, self.train.identities, self.train.sequences, self.train.matches)
        digest = hashlib.sha256()
        for column in rows:
            digest.update("\n".join(map(str, column.tolist())).encode())
        return digest.hexdigest()


def divide(manifest: Manifest, config: ValidationConfig, seed: int) -> TrainData:
    """The crops of split "train" (of all, where no crop has a split) and those for validation.

    Query and gallery are those of the data, as far as it has any and no match is asked for; else
    a match is taken out of training. Without another match there is no validation. Raises
    UsageError where nothing is there to train on, for fewer than two people, for an unknown
    match, and for one in which nobody can be searched for.
    """
    if not len(manifest):
        raise UsageError(f"{manifest.root}: the manifest has no crops")
    train = manifest.in_split("train") if (manifest.splits != "").any() else manifest
    if not len(train):
        known = ", ".join(repr(name) for name in np.unique(manifest.splits).tolist())
        raise UsageError(f"no crop of {manifest.root} is in split 'train'; its splits: {known}")
    labelled = train.identities != DISTRACTOR
    left_out = int((~labelled).sum())
    train, held_out = train[labelled], ""
    query = gallery = None
    if config.every:
        has_own = {"query", "gallery"} <= set(np.unique(manifest.splits).tolist())
        if has_own and not config.match:
            query, gallery = query_and_gallery(manifest)
        else:
            held_out = config.match or _drawn_match(train, seed)
        if held_out:
            own = train.matches == held_out
            if not own.any():
                known = ", ".join(np.unique(train.matches).tolist())
                raise UsageError(
                    f"no crop to train on belongs to match {held_out!r}; there are {known}"
                )
            query, gallery = choose_queries(train[own], seed)
            train = train[~own]
    people = len(np.unique(train.identities))
    if people < 2:
        raise UsageError(
            f"{manifest.root} has {people} identities to train on: there is nobody to tell apart"
        )
    return TrainData(train, BatchLabels.from_manifest(train), query, gallery, held_out, left_out)


def _drawn_match(train: Manifest, seed: int) -> str:
    """One of the matches, drawn from the seed; "" where fewer than two are known."""
    matches = np.unique(train.matches[train.matches != ""])
    if len(matches) < 2:
        return ""
    return str(np.random.default_rng(seed).choice(matches))
