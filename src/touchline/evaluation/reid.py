"""Retrieval scores of an embedder on crops of known identities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.evaluation.reid_groups import (
    Search,
    by_gap,
    by_height,
    one_clip_a_match,
    within_team,
)
from touchline.metrics.reranking import rerank
from touchline.metrics.retrieval import rank_by_distance
from touchline.metrics.retrieval_scores import Retrieval, score_queries
from touchline.protocols import Embedder
from touchline.reid.crops import VARIANTS, Variant, change, read_crops
from touchline.reid.manifest import Manifest
from touchline.reid.queries import query_and_gallery

OnProgress = Callable[[int, int], None]
"""Called with the crops done and the crops in all."""

_ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class ReidEvaluation:
    """Scores of an embedder on queries and a gallery.

    original: on the crops as they are. variants: with queries and gallery changed alike, by name.
    by_height: by pixels of the query. by_gap: by seconds between query and true match, counting
    matches in the query's sequence only. reranked: after k-reciprocal re-ranking.
    within_team: searched among the query's own team. one_clip_a_match: searched without the other
    clips of the query's match, in which the same person may have another identity.
    None, or no group, where the data or the request has nothing to tell.
    """

    query: Manifest
    gallery: Manifest
    original: Retrieval
    variants: Mapping[str, Retrieval]
    by_height: Mapping[str, Retrieval]
    by_gap: Mapping[str, Retrieval]
    reranked: Retrieval | None
    within_team: Retrieval | None
    one_clip_a_match: Retrieval | None

    def as_json(self) -> dict[str, Any]:
        """Every number as plain values: shares are 0..1, those of the original on top."""
        single = {
            "reranked": self.reranked,
            "within_team": self.within_team,
            "one_clip_a_match": self.one_clip_a_match,
        }
        several = {
            "robustness": self.variants,
            "by_height": self.by_height,
            "by_gap": self.by_gap,
        }
        return {
            **self.original.as_json(),
            "gallery": len(self.gallery),
            **{name: None if one is None else one.as_json() for name, one in single.items()},
            **{
                name: {group: scored.as_json() for group, scored in groups.items()}
                for name, groups in several.items()
            },
        }


def evaluate_reid(
    manifest: Manifest,
    embedder: Embedder,
    *,
    split: str | None = None,
    variants: Mapping[str, Variant] = VARIANTS,
    reranking: bool = False,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> ReidEvaluation:
    """Scores of ``embedder`` on the crops of ``manifest``.

    split: queries are drawn among these crops; None: as the data says (``query_and_gallery``).
    variants: what the crops are changed by to see what the embedder relies on. Queries *and*
    gallery are changed, each crop by its own chance: what is then lost is the information itself.
    With the gallery as it was, an embedder would also fail because two kinds of image are
    strange to each other, which says little about how much of its work shirt colour did.

    Raises UsageError where there is nothing to search, VideoError for a crop that is missing or
    broken, ModelError where the embedder fails.
    """
    query, gallery = query_and_gallery(manifest, split, seed)
    # A query may stand in the gallery too; nothing is read or embedded twice.
    paths, rows = np.unique(np.concatenate([query.paths, gallery.paths]), return_inverse=True)
    every = Manifest(manifest.root, paths, np.zeros(len(paths), np.int64))
    vectors, pixels = _embed(every, embedder, variants, seed, on_progress)
    of_query, of_gallery = rows[: len(query)], rows[len(query) :]

    def search(name: str) -> Search:
        return Search(query, gallery, vectors[name][of_query], vectors[name][of_gallery])

    whole = search(_ORIGINAL)
    matches = whole.rank()
    original = score_queries(matches)
    reranked = None
    if reranking:
        distances = rerank(whole.query_vectors, whole.gallery_vectors)
        reranked = score_queries(rank_by_distance(distances, *whole.labels()))
    heights = np.where(np.isnan(query.heights), pixels[of_query], query.heights)
    return ReidEvaluation(
        query,
        gallery,
        original,
        {name: score_queries(search(name).rank()) for name in variants},
        by_height(original, heights),
        by_gap(matches, query, gallery),
        reranked,
        within_team(whole),
        one_clip_a_match(whole),
    )


def _embed(
    manifest: Manifest,
    embedder: Embedder,
    variants: Mapping[str, Variant],
    seed: int,
    on_progress: OnProgress | None,
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float64]]:
    """(N, D) vectors by variant, ``original`` included, and (N,) heights in pixels."""
    shape = (len(manifest), embedder.size)
    vectors = {name: np.empty(shape, np.float32) for name in (_ORIGINAL, *variants)}
    heights = np.empty(len(manifest))
    for rows, crops in read_crops(manifest):
        heights[rows] = [len(crop) for crop in crops]
        vectors[_ORIGINAL][rows] = embedder.embed(crops)
        for name, variant in variants.items():
            vectors[name][rows] = embedder.embed(change(variant, crops, rows.start, seed))
        if on_progress is not None:
            on_progress(rows.stop, len(manifest))
    return vectors, heights
