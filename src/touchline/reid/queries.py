"""Choice of queries and gallery where the data does not define them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from touchline.errors import UsageError
from touchline.reid.manifest import Manifest


def query_and_gallery(
    manifest: Manifest, split: str | None = None, seed: int = 0
) -> tuple[Manifest, Manifest]:
    """The query crops, and the gallery they are searched in.

    As the data says where it has the splits "query" and "gallery" and no ``split`` is asked for;
    else ``choose_queries`` among the crops of ``split``, or among all. Raises UsageError for a
    split that is not there, for queries without a gallery or the reverse, and for data in which
    nobody appears twice.
    """
    if split is None:
        query, gallery = manifest.in_split("query"), manifest.in_split("gallery")
        if len(query) and len(gallery):
            return query, gallery
        if len(query) or len(gallery):
            there, missing = ("query", "gallery") if len(query) else ("gallery", "query")
            raise UsageError(
                f"{manifest.root} has crops in split {there!r} and none in {missing!r}: add them, "
                f"or let touchline reid evaluate --split {there} choose queries among one"
            )
        return choose_queries(manifest, seed)
    chosen = manifest.in_split(split)
    if not len(chosen):
        known = ", ".join(repr(name) for name in np.unique(manifest.splits).tolist()) or "none"
        raise UsageError(f"no crop is in split {split!r}; splits of {manifest.root}: {known}")
    return choose_queries(chosen, seed)


def choose_queries(manifest: Manifest, seed: int = 0) -> tuple[Manifest, Manifest]:
    """Queries drawn by ``seed``, and the gallery.

    With several cameras, as Market-1501 does it: one crop of each person in each camera, of those
    that several cameras saw; the gallery is everything, for a query's own camera is left out of
    its search anyway. With one camera, as CLIP-ReID's lists do it: one crop of each person who
    has two, under a camera number of its own, and the rest is the gallery.

    Raises UsageError where nobody can be searched for.
    """
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(manifest))
    shuffled = shuffled[manifest.identities[shuffled] >= 0]
    identities, cameras = manifest.identities[shuffled], manifest.cameras[shuffled]
    seen = np.unique(np.column_stack([identities, cameras]), axis=0)
    several = len(np.unique(cameras)) > 1
    # The first of each in shuffled order is a random pick.
    of_whom = np.column_stack([identities, cameras]) if several else identities[:, None]
    _, first = np.unique(of_whom, axis=0, return_index=True)
    people, counts = np.unique(seen[:, 0] if several else identities, return_counts=True)
    rows = np.sort(shuffled[first])
    rows = rows[np.isin(manifest.identities[rows], people[counts > 1])]
    if not len(rows):
        twice = "in two cameras" if several else "twice"
        raise UsageError(f"nobody in {manifest.root} is there {twice}: there is nothing to find")
    query = manifest[rows]
    if several:
        return query, manifest
    own = np.full(len(query), manifest.cameras.max() + 1)
    return replace(query, cameras=own), manifest[np.setdiff1d(np.arange(len(manifest)), rows)]
