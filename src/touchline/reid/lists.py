"""The text lists beside the crops, as training code for MSMT17-like data sets reads them."""

from __future__ import annotations

import json

import numpy as np

from touchline.reid.manifest import DISTRACTOR, Manifest

LISTS = {
    "list_train.txt": "train",
    "list_query_val.txt": "query",
    "list_gallery_val.txt": "gallery",
}
"""Name of the list of each split."""


def list_text(manifest: Manifest, split: str) -> str:
    """A line ``path identity camera`` for each crop of a split, in order.

    Identities in train count from 0, those of query and gallery from 0 as well, both together;
    distractors are -1.
    """
    first = 0 if split == "train" else _train_count(manifest)
    part = manifest.in_split(split)
    identities = np.where(part.identities == DISTRACTOR, DISTRACTOR, part.identities - first)
    columns = (part.paths.tolist(), identities.tolist(), part.cameras.tolist())
    return "".join(f"{path} {who} {camera}\n" for path, who, camera in zip(*columns, strict=True))


def gid2info_text(manifest: Manifest) -> str:
    """Match and clip of each identity in train, as JSON; of several clips the first in order."""
    train = manifest.in_split("train")
    columns = (train.identities.tolist(), train.matches.tolist(), train.sequences.tolist())
    found: dict[int, dict[str, str]] = {}
    for identity, match, clip in zip(*columns, strict=True):
        found.setdefault(identity, {"match": match, "clip": clip})
    return json.dumps({str(identity): found[identity] for identity in sorted(found)}, indent=2)


def _train_count(manifest: Manifest) -> int:
    """Number of identities in train; the held-out ones are numbered after them."""
    return 1 + max(manifest.in_split("train").identities.tolist(), default=-1)
