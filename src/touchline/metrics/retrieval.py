"""Person retrieval by embeddings: average precision and ranks, without sorting a list.

The protocol is that of Zheng et al., "Scalable Person Re-identification: A Benchmark", ICCV 2015
(Market-1501); the inverse negative penalty is from Ye et al., "Deep Learning for Person
Re-identification: A Survey and Outlook", TPAMI 2021.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from touchline.errors import InputError
from touchline.processors import usable_cores
from touchline.types import Ints

AnyFloats = NDArray[np.floating[Any]]
"""Float32 where vectors are, float64 elsewhere."""
Competes = Callable[[slice], NDArray[np.bool_]]
"""For a slice of queries, (n, G): which gallery items may count as wrong answers."""

_BLOCK_BYTES = 8 << 20
"""Approximate part of the queries x gallery matrix that each thread holds at a time."""

_FEW = 16
"""Values at or above a threshold are few below one in this many."""


@dataclass(frozen=True, slots=True)
class RetrievalLabels:
    """Identities and cameras of crops.

    identities: (N,) int64; below 0 a distractor, who is nobody's true match. cameras: (N,) int64.
    """

    identities: Ints
    cameras: Ints

    def __post_init__(self) -> None:
        if self.identities.ndim != 1 or self.identities.shape != self.cameras.shape:
            shapes = f"{self.identities.shape} and {self.cameras.shape}"
            raise InputError(f"identities and cameras have shapes {shapes}; (N,) twice is needed")

    def __len__(self) -> int:
        return len(self.identities)


@dataclass(frozen=True, slots=True)
class TrueMatches:
    """Every true match of every query, and how many wrong items come before it. Mask to select.

    query_identities: (Q,). queries, gallery: (P,) positions, ascending by query. scores: (P,)
    similarity. wrong: (P,) gallery items of other people that score as high or higher.
    """

    query_identities: Ints
    queries: Ints
    gallery: Ints
    scores: AnyFloats
    wrong: Ints

    def __len__(self) -> int:
        return len(self.queries)

    def __getitem__(self, rows: Any) -> TrueMatches:
        """Some of the true matches; the others count as neither right nor wrong."""
        return TrueMatches(
            self.query_identities,
            self.queries[rows],
            self.gallery[rows],
            self.scores[rows],
            self.wrong[rows],
        )


def rank_true_matches(
    query: AnyFloats,
    gallery: AnyFloats,
    query_labels: RetrievalLabels,
    gallery_labels: RetrievalLabels,
    competes: Competes | None = None,
) -> TrueMatches:
    """The true matches of unit vectors (Q, D) among unit vectors (G, D), ranked by cosine.

    Gallery items of the query's identity and camera are left out. ``competes`` may leave out
    wrong items besides. Similarities are float32, a block of queries at a time.

    Raises InputError for shapes that do not fit and for NaN or infinity.
    """
    if query.ndim != 2 or gallery.ndim != 2 or query.shape[1] != gallery.shape[1]:
        raise InputError(
            f"query {query.shape} and gallery {gallery.shape} must be (Q, D) and (G, D)"
        )
    _check(query, "query vectors")
    _check(gallery, "gallery vectors")
    first = query.astype(np.float32, copy=False)
    second = gallery.astype(np.float32, copy=False).T

    def fill(rows: slice, block: AnyFloats) -> None:
        np.matmul(first[rows], second, out=block)

    shape = (len(first), second.shape[1])
    return _rank(fill, shape, np.float32, query_labels, gallery_labels, competes)


def rank_by_distance(
    distances: AnyFloats,
    query_labels: RetrievalLabels,
    gallery_labels: RetrievalLabels,
    competes: Competes | None = None,
) -> TrueMatches:
    """As ``rank_true_matches``, from a matrix (Q, G) of distances; smaller is more alike."""
    if distances.ndim != 2:
        raise InputError(f"distances have shape {distances.shape}; (Q, G) is needed")
    _check(distances, "distances")

    def fill(rows: slice, block: AnyFloats) -> None:
        np.negative(distances[rows], out=block)

    shape = (len(distances), distances.shape[1])
    return _rank(fill, shape, distances.dtype, query_labels, gallery_labels, competes)


def _rank(
    fill: Callable[[slice, AnyFloats], None],
    shape: tuple[int, int],
    dtype: DTypeLike,
    query_labels: RetrievalLabels,
    gallery_labels: RetrievalLabels,
    competes: Competes | None,
) -> TrueMatches:
    if shape != (len(query_labels), len(gallery_labels)):
        labels = f"{len(query_labels)} and {len(gallery_labels)}"
        raise InputError(f"{shape[0]} queries and {shape[1]} gallery items have {labels} labels")
    queries, gallery = _same_identity(query_labels.identities, gallery_labels.identities)
    right = query_labels.cameras[queries] != gallery_labels.cameras[gallery]
    starts = np.searchsorted(queries, np.arange(shape[0] + 1))
    size = max(1, _BLOCK_BYTES // (4 * max(1, shape[1])))
    buffers = threading.local()  # one for all blocks of a thread: new pages are slow

    def rank_block(start: int) -> tuple[AnyFloats, Ints]:
        rows = slice(start, min(start + size, shape[0]))
        pairs = slice(starts[rows.start], starts[rows.stop])
        if not right[pairs].any():
            return np.empty(0, dtype), np.empty(0, np.int64)
        if not hasattr(buffers, "block"):
            buffers.block = np.empty((min(size, shape[0]), shape[1]), dtype)
        block = buffers.block[: rows.stop - rows.start]
        fill(rows, block)
        in_block = queries[pairs] - rows.start
        found = block[in_block, gallery[pairs]][right[pairs]]
        # Items that are no wrong answers must not be counted as such.
        block[in_block, gallery[pairs]] = -np.inf
        if competes is not None:
            block[~competes(rows)] = -np.inf
        return found, _count_at_or_above(block, in_block[right[pairs]], found)

    # numpy releases the GIL while it compares, so threads share the work.
    with ThreadPoolExecutor(usable_cores()) as threads:
        blocks = list(threads.map(rank_block, range(0, shape[0], size)))
    return TrueMatches(
        query_labels.identities,
        queries[right],
        gallery[right],
        np.concatenate([np.empty(0, np.float32), *(found for found, _ in blocks)]),
        np.concatenate([np.empty(0, np.int64), *(wrong for _, wrong in blocks)]),
    )


def _count_at_or_above(block: AnyFloats, rows: Ints, thresholds: AnyFloats) -> Ints:
    """(P,) how many values of its row of ``block`` are at least each threshold; rows ascend."""
    counts = np.empty(len(rows), np.int64)
    order = np.lexsort((thresholds, rows))
    rising = thresholds[order]
    present, starts = np.unique(rows, return_index=True)
    ends = np.append(starts[1:], len(rows))
    enough = np.empty(block.shape[1], np.bool_)
    for row, start, end in zip(present.tolist(), starts.tolist(), ends.tolist(), strict=True):
        values = block[row]
        for place in range(start, end):
            np.greater_equal(values, rising[place], out=enough)
            counts[place] = count = np.count_nonzero(enough)
            if count * _FEW < len(values):
                # Everything at or above the other thresholds is among these few.
                few = np.sort(values.take(np.flatnonzero(enough)))
                counts[place:end] = count - np.searchsorted(few, rising[place:end])
                break
    result = np.empty_like(counts)
    result[order] = counts
    return result


def _same_identity(query: Ints, gallery: Ints) -> tuple[Ints, Ints]:
    """All pairs (query, gallery item) of one identity from 0, ascending by query."""
    order = np.argsort(gallery, kind="stable")
    first = np.searchsorted(gallery, query, side="left", sorter=order)
    end = np.searchsorted(gallery, query, side="right", sorter=order)
    counts = np.where(query >= 0, end - first, 0)
    queries = np.repeat(np.arange(len(query)), counts)
    # The n-th pair of a query is the n-th item of its identity.
    place = np.arange(len(queries)) - np.repeat(np.cumsum(counts) - counts, counts)
    return queries, order[np.repeat(first, counts) + place]


def _check(array: AnyFloats, name: str) -> None:
    # Minimum and maximum are NaN where anything is; no array of marks is made.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InputError(f"{name}, row {row}: NaN or infinity cannot be ranked")
