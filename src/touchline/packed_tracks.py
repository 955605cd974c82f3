"""The tracks of a clip as bytes, which are read in a moment however long the clip is."""

from __future__ import annotations

import numpy as np

from touchline.role_codes import ROLE_NAMES, role_codes
from touchline.types import TrackTable

_ROW = np.dtype(
    [
        ("frame", "<i4"),
        ("identity", "<i4"),
        ("role", "u1"),
        ("interpolated", "?"),
        ("time", "<f8"),
        ("box", "<f8", 4),
        ("score", "<f8"),
        ("confidence", "<f8"),  # NaN in all rows: nobody said how sure it is
    ]
)


def pack_tracks(table: TrackTable) -> memoryview:
    """All columns but ``rows``, bit for bit."""
    packed = np.empty(len(table), _ROW)
    packed["frame"], packed["identity"], packed["time"] = table.frames, table.ids, table.times
    packed["box"], packed["score"] = table.boxes, table.scores
    packed["interpolated"] = table.interpolated
    packed["confidence"] = np.nan if table.confidences is None else table.confidences
    packed["role"] = role_codes(table.roles)
    return packed.view(np.uint8).data  # of a long clip no second copy


def unpack_tracks(data: bytes | memoryview) -> TrackTable:
    """The table that ``pack_tracks`` was given.

    Raises ValueError, IndexError or InputError for what it did not make.
    """
    packed = np.frombuffer(data, _ROW)
    sure = packed["confidence"]
    return TrackTable(
        packed["frame"].astype(np.int64),
        packed["time"].copy(),
        packed["identity"].astype(np.int64),
        packed["box"].copy(),
        packed["score"].copy(),
        ROLE_NAMES[packed["role"]],
        packed["interpolated"].copy(),
        None if len(sure) and np.isnan(sure).all() else sure.copy(),
    )
