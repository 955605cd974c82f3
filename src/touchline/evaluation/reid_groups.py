"""Retrieval scores by group: by height, by time gap, within a team, within a clip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from touchline.metrics.retrieval import Competes, RetrievalLabels, TrueMatches, rank_true_matches
from touchline.metrics.retrieval_scores import Retrieval, score_queries
from touchline.reid.manifest import DISTRACTOR, Manifest

HEIGHT_LIMITS = (48, 64, 96, 128)
"""Limits of the height groups, in pixels of the query crop."""

GAP_LIMITS = (1, 5, 15)
"""Limits of the gap groups, in seconds between query and true match."""


@dataclass(frozen=True, slots=True)
class Search:
    """Queries and gallery with their (Q, D) and (G, D) unit vectors."""

    query: Manifest
    gallery: Manifest
    query_vectors: NDArray[np.float32]
    gallery_vectors: NDArray[np.float32]

    def labels(self) -> tuple[RetrievalLabels, RetrievalLabels]:
        """Identities and cameras of queries and gallery."""
        return (
            RetrievalLabels(self.query.identities, self.query.cameras),
            RetrievalLabels(self.gallery.identities, self.gallery.cameras),
        )

    def rank(self, competes: Competes | None = None) -> TrueMatches:
        """The true matches ranked by cosine, as in tracking."""
        return rank_true_matches(
            self.query_vectors, self.gallery_vectors, *self.labels(), competes=competes
        )


def by_height(scored: Retrieval, heights: NDArray[np.float64]) -> dict[str, Retrieval]:
    """The queries of each group of heights, by name. heights: (Q,) pixels of all queries."""
    group = np.digitize(heights[scored.queries], HEIGHT_LIMITS)
    names = enumerate(_group_names(HEIGHT_LIMITS, "px"))
    return {name: scored[group == n] for n, name in names if (group == n).any()}


def by_gap(matches: TrueMatches, query: Manifest, gallery: Manifest) -> dict[str, Retrieval]:
    """The queries that have a true match within each time gap, by name of the gap.

    Only true matches in the query's own sequence are judged, for the times of two sequences have
    no common beginning; those outside of the gap count neither as right nor as wrong.
    """
    first, second = matches.queries, matches.gallery
    together = query.sequences[first] == gallery.sequences[second]
    together &= query.matches[first] == gallery.matches[second]
    gaps = np.abs(query.times[first] - gallery.times[second])
    group = np.where(together & ~np.isnan(gaps), np.digitize(gaps, GAP_LIMITS), -1)
    names = enumerate(_group_names(GAP_LIMITS, "s"))
    return {
        name: replace(score_queries(matches[group == n]), left_out=0)
        for n, name in names
        if (group == n).any()
    }


def within_team(search: Search) -> Retrieval | None:
    """Scores where only the query's team competes: the same shirt does not help.

    Queries of unknown team are left out; None where that is all of them.
    """
    query, gallery = search.query, search.gallery
    known = query.teams != ""
    if not known.any():
        return None
    own, other = _codes([query.matches, query.teams], [gallery.matches, gallery.teams])
    scored = score_queries(search.rank(lambda rows: own[rows, None] == other))
    return scored[known[scored.queries]]


def one_clip_a_match(search: Search) -> Retrieval | None:
    """Scores where crops of other clips of the query's match do not compete.

    Identities restart in every clip, so those may show the very person under another identity:
    finding them is no mistake. Where identities are known across clips (rendered matches), people
    who are seen in one clip together are different ones, and compete in the others too. None
    where no match has two clips.
    """
    query, gallery = search.query, search.gallery
    match, other_match = _codes([query.matches], [gallery.matches])
    clip, other_clip = _codes(
        [query.matches, query.sequences], [gallery.matches, gallery.sequences]
    )
    known = (query.matches != "") & (query.sequences != "")
    other_known = (gallery.matches != "") & (gallery.sequences != "")
    clips = np.unique(np.append(clip[known], other_clip[other_known]))
    matches = np.unique(np.append(match[known], other_match[other_known]))
    if len(clips) == len(matches):
        return None

    # (people, clips): who is seen where; distractors are left out.
    identities = np.append(query.identities, gallery.identities)
    people, person = np.unique(identities, return_inverse=True)
    seen = np.zeros((len(people), int(max(clip.max(), other_clip.max())) + 1), np.float32)
    named = np.append(known, other_known) & (identities != DISTRACTOR)
    seen[person[named], np.append(clip, other_clip)[named]] = 1.0
    own, other = person[: len(query)], person[len(query) :]

    def competes(rows: slice) -> NDArray[np.bool_]:
        doubtful: NDArray[np.bool_] = match[rows, None] == other_match
        doubtful &= clip[rows, None] != other_clip
        doubtful &= known[rows, None] & other_known
        doubtful &= (seen[own[rows]] @ seen.T == 0)[:, other]
        return np.logical_not(doubtful, out=doubtful)

    return score_queries(search.rank(competes))


def _codes(
    query: list[NDArray[np.str_]], gallery: list[NDArray[np.str_]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers that are equal where all names are: (Q,) and (G,)."""
    count = len(query[0])
    codes = np.zeros(count + len(gallery[0]), np.int64)
    for first, second in zip(query, gallery, strict=True):
        names, rows = np.unique(np.concatenate([first, second]), return_inverse=True)
        codes = codes * len(names) + rows
    return codes[:count], codes[count:]


def _group_names(limits: tuple[int, ...], unit: str) -> list[str]:
    between = [f"{low}-{high} {unit}" for low, high in pairwise(limits)]
    return [f"under {limits[0]} {unit}", *between, f"{limits[-1]} {unit} or more"]
