"""All tracks of a clip as parallel arrays, one row a track."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from touchline.tracking.kalman import State
from touchline.types import Index

START, END = 0, 1
"""The two places in ``TrackRows.feet``."""

TENTATIVE, TRACKED, LOST, GONE = range(4)
"""Not confirmed yet; detected in this frame; motion may recover it; only appearance may."""


@dataclass(slots=True)
class TrackRows:
    """N tracks. The tracker that owns them is the only one to change them.

    state: (5, N, 4), see ``kalman``.
    keys: (N,) int64, ascending, never used twice: an id may go over to a later row.
    feet: (N, 2, 3) foot x, foot y and height of the first detection and, once lost, of the last,
    carried along by the camera and by the flow of play.
    ids: (N,) int64, 0 until confirmed.
    status: (N,) int8, TENTATIVE, TRACKED, LOST or GONE.
    placed: (N,) False where positions mean nothing any more: a shot cut came after them.
    undecided: (N,) whether re-entry may still find that this is somebody else.
    entered: (N,) whether the first detection lay at the image's border.
    born, seen: (N,) seconds of the first and of the last detection.
    boxes, scores: (N, 4) and (N,) of the last detection.
    detections: (N,) its row among the detections of its frame.
    votes: (N, R) sum of scores for each role.
    appearance: (N, D) float32 running mean of the embeddings, not of unit length.
    appearance_times, appearance_counts: (N,) when it last changed; embeddings in it, 0 for none.
    bin_sums, bin_counts: (N, D) float32 sum of the embeddings of the current bin, and how many.
    past, past_times, past_scores: (N, K, 4), (N, K) and (N, K) the last K boxes, the latest first,
    in this frame's pixels, their seconds and scores; NaN before there were any. K is 0 where nobody
    needs them.
    """

    state: State
    keys: NDArray[np.int64]
    feet: NDArray[np.float64]
    ids: NDArray[np.int64]
    status: NDArray[np.int8]
    placed: NDArray[np.bool_]
    undecided: NDArray[np.bool_]
    entered: NDArray[np.bool_]
    born: NDArray[np.float64]
    seen: NDArray[np.float64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    detections: NDArray[np.int64]
    votes: NDArray[np.float64]
    appearance: NDArray[np.float32]
    appearance_times: NDArray[np.float64]
    appearance_counts: NDArray[np.int64]
    bin_sums: NDArray[np.float32]
    bin_counts: NDArray[np.int64]
    past: NDArray[np.float64]
    past_times: NDArray[np.float64]
    past_scores: NDArray[np.float64]

    @classmethod
    def zeros(cls, count: int, roles: int, dimensions: int, past: int = 0) -> TrackRows:
        """``count`` rows of zeros, to be filled in. past: boxes that each remembers."""
        return cls(
            state=np.zeros((5, count, 4)),
            keys=np.zeros(count, np.int64),
            feet=np.zeros((count, 2, 3)),
            ids=np.zeros(count, np.int64),
            status=np.zeros(count, np.int8),
            placed=np.zeros(count, np.bool_),
            undecided=np.zeros(count, np.bool_),
            entered=np.zeros(count, np.bool_),
            born=np.zeros(count),
            seen=np.zeros(count),
            boxes=np.zeros((count, 4)),
            scores=np.zeros(count),
            detections=np.zeros(count, np.int64),
            votes=np.zeros((count, roles)),
            appearance=np.zeros((count, dimensions), np.float32),
            appearance_times=np.zeros(count),
            appearance_counts=np.zeros(count, np.int64),
            bin_sums=np.zeros((count, dimensions), np.float32),
            bin_counts=np.zeros(count, np.int64),
            past=np.full((count, past, 4), np.nan),
            past_times=np.full((count, past), np.nan),
            past_scores=np.full((count, past), np.nan),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def extend(self, other: TrackRows) -> None:
        """Append the rows of ``other``."""
        for name in _NAMES:
            axis = 1 if name == "state" else 0
            both = (getattr(self, name), getattr(other, name))
            setattr(self, name, np.concatenate(both, axis=axis))

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Drop the rows where ``mask`` is False."""
        for name in _NAMES:
            column = getattr(self, name)
            setattr(self, name, column[:, mask] if name == "state" else column[mask])

    def leave_shot(self) -> None:
        """Make every track one that only its appearance can bring back."""
        self.keep((self.status != TENTATIVE) & (self.appearance_counts > 0))
        self.status[:] = GONE
        self.placed[:] = False
        self.undecided[:] = False

    def join(self, old: Index, new: Index) -> None:
        """Let the rows ``new`` continue the identities of the rows ``old``, which go."""
        counts = self.appearance_counts[new] + self.appearance_counts[old]
        share = (self.appearance_counts[old] / np.maximum(counts, 1)).astype(np.float32)[:, None]
        self.appearance[new] += share * (self.appearance[old] - self.appearance[new])
        self.appearance_counts[new] = counts
        self.bin_sums[new] += self.bin_sums[old]
        self.bin_counts[new] += self.bin_counts[old]
        self.ids[new] = self.ids[old]
        self.votes[new] += self.votes[old]
        self.born[new] = self.born[old]
        self.undecided[new] = False
        keep = np.ones(len(self), np.bool_)
        keep[old] = False
        self.keep(keep)


_NAMES = [field.name for field in fields(TrackRows)]
