"""Tracks and looks of people who walk straight on, cut into pieces where a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.identities import ClipEvidence
from touchline.types import TrackTable

FPS = 25
SIZE = (1280, 720)
_DIMENSIONS = 16


class Piece(NamedTuple):
    """A person in view from ``start`` to ``end`` seconds, who walks from x to x_end at height y."""

    person: int
    start: float
    end: float
    x: float = 600.0
    x_end: float | None = None
    y: float = 300.0


def tracks(pieces: Sequence[Piece]) -> TrackTable:
    """A track for each piece, numbered from 1."""
    parts = []
    for number, piece in enumerate(pieces, 1):
        frames = np.arange(round(piece.start * FPS), round(piece.end * FPS))
        last = piece.x if piece.x_end is None else piece.x_end
        left = np.linspace(piece.x, last, len(frames))
        top = np.full(len(frames), piece.y)
        parts.append(
            TrackTable(
                frames,
                frames / FPS,
                np.full(len(frames), number),
                np.column_stack([left, top, left + 25, top + 60]),
                np.ones(len(frames)),
                np.full(len(frames), "person", "<U10"),
                np.zeros(len(frames), np.bool_),
            )
        )
    return TrackTable.concatenate(parts)


def faces(count: int) -> NDArray[np.float32]:
    """(count, D) what people look like, each unlike all others."""
    return np.eye(_DIMENSIONS, dtype=np.float32)[:count]


def bins_of_pieces(
    pieces: Sequence[Piece], noise: float = 0.1, seed: int = 0, who: Sequence[int] | None = None
) -> AppearanceBins:
    """Half-second looks of each piece's person, or of ``who``, with noise of this length."""
    generator = np.random.default_rng(seed)
    ids, times, vectors = [], [], []
    for number, piece in enumerate(pieces, 1):
        person = piece.person if who is None else who[number - 1]
        for moment in np.arange(piece.start + 0.2, piece.end, 0.5).tolist():
            chance = generator.standard_normal(_DIMENSIONS) * noise / np.sqrt(_DIMENSIONS)
            ids.append(number)
            times.append(moment)
            vectors.append(faces(_DIMENSIONS)[person % _DIMENSIONS] + chance)
    return AppearanceBins(
        np.array(ids, np.int64),
        np.array(times, np.float64),
        np.full(len(ids), 3),
        np.array(vectors, np.float32).reshape(len(ids), _DIMENSIONS),
    )


def clip_of(table: TrackTable, bins: AppearanceBins, cuts: Sequence[int] = ()) -> ClipEvidence:
    """A clip of a camera that stands still."""
    frames = int(table.frames.max(initial=-1)) + 1
    return ClipEvidence(np.tile(np.eye(2, 3), (frames, 1, 1)), cuts, SIZE, bins)


def crowd(count: int = 6, seconds: float = 20.0) -> list[Piece]:
    """People 2 to ``count + 1``, in view all the time side by side: they make the clip's pairs."""
    return [
        Piece(person, 0.0, seconds, 60.0 * person, y=100.0 + 40.0 * (person % 5))
        for person in range(2, count + 2)
    ]
