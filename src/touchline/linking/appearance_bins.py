"""Appearance of every tracklet over time: mean embeddings of half-second bins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.errors import InputError
from touchline.observations import Observation
from touchline.types import Detections, Tracks, TrackTable

BIN_SECONDS = 0.5
"""Length of a bin: people turn and move in it, but their identity rarely switches."""


@dataclass(frozen=True, slots=True)
class AppearanceBins:
    """Mean embeddings of tracks, one row per track and bin in which it was embedded.

    track_ids: (L,) int64, ascending. times: (L,) float64 seconds, mean of those embeddings,
    ascending within a track. counts: (L,) int64, how many embeddings the mean is of.
    embeddings: (L, D) float32, means of unit vectors, so not of unit length; (0, 0) for none.
    """

    track_ids: NDArray[np.int64]
    times: NDArray[np.float64]
    counts: NDArray[np.int64]
    embeddings: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.track_ids)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> AppearanceBins:
        return AppearanceBins(
            self.track_ids[rows], self.times[rows], self.counts[rows], self.embeddings[rows]
        )

    @classmethod
    def empty(cls) -> AppearanceBins:
        """No bins at all."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0),
            np.empty(0, np.int64),
            np.empty((0, 0), np.float32),
        )


class AppearanceCollector:
    """Builds ``AppearanceBins`` frame by frame; keeps single embeddings for the open bin only."""

    def __init__(self, bin_seconds: float = BIN_SECONDS) -> None:
        self._bin_seconds = bin_seconds
        self._bin = 0
        self._open: list[tuple[float, NDArray[np.int64], NDArray[np.float32]]] = []
        self._closed: list[AppearanceBins] = []

    def add(self, time: float, tracks: Tracks, detections: Detections) -> None:
        """Add one frame: its ``tracks``, made from its ``detections``.

        time: seconds, not before that of the frame before.
        """
        if detections.embeddings is None or not len(tracks):
            return
        number = int(time // self._bin_seconds)
        if number != self._bin:
            self._close()
            self._bin = number
        ids, rows = tracks.ids, tracks.rows
        if rows.min() < 0:
            ids, rows = ids[rows >= 0], rows[rows >= 0]
        vectors = detections.embeddings[rows]
        kept = vectors.any(axis=1)
        if kept.any():
            self._open.append((time, ids[kept], vectors[kept]))

    def bins(self) -> AppearanceBins:
        """Everything added so far, sorted by track and then time."""
        self._close()
        if not self._closed:
            return AppearanceBins.empty()
        parts, self._closed = self._closed, []
        ids = np.concatenate([part.track_ids for part in parts])
        times = np.concatenate([part.times for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        order = np.lexsort((times, ids))
        places = np.empty(len(order), np.intp)
        places[order] = np.arange(len(order))
        # Part by part, so that the embeddings of a long clip are never there twice.
        embeddings = np.empty((len(order), parts[0].embeddings.shape[1]), np.float32)
        begin = len(order)
        while parts:
            last = parts.pop().embeddings
            begin -= len(last)
            embeddings[places[begin : begin + len(last)]] = last
        self._closed = [AppearanceBins(ids[order], times[order], counts[order], embeddings)]
        return self._closed[0]

    def _close(self) -> None:
        """Replace the embeddings of the open bin with their means."""
        if not self._open:
            return
        every = np.concatenate([ids for _, ids, _ in self._open])
        times = np.repeat(
            [time for time, _, _ in self._open], [len(ids) for _, ids, _ in self._open]
        )
        ids, rows, counts = np.unique(every, return_inverse=True, return_counts=True)
        vectors = np.concatenate([vectors for _, _, vectors in self._open])
        order = np.argsort(rows, kind="stable")
        firsts = np.cumsum(counts) - counts
        sums = np.add.reduceat(vectors[order], firsts, dtype=np.float64)
        self._open = []
        self._closed.append(
            AppearanceBins(
                ids,
                np.bincount(rows, times) / counts,
                counts.astype(np.int64),
                (sums / counts[:, None]).astype(np.float32),
            )
        )


def collect_appearance(
    observations: Iterable[Observation], table: TrackTable, bin_seconds: float = BIN_SECONDS
) -> AppearanceBins:
    """The appearance bins of the tracks of ``table``, from ``observations`` of the same clip.

    Boxes that are no detection have none. Both use the frame numbers of the video. Raises
    InputError for a table that does not know its detections.
    """
    if table.rows is None:
        raise InputError("these tracks do not know which detections they are: set TrackTable.rows")
    collector = AppearanceCollector(bin_seconds)
    for observation in observations:
        collector.add(observation.time, table.at(observation.frame), observation.detections)
    return collector.bins()
