"""Write a ground truth sequence folder: ``gt/gt.txt``, ``seqinfo.ini`` and ``roles.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_xywh
from touchline.errors import StoreError, one_line
from touchline.formats.atomic_text import atomic_text
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.roles_csv import write_roles_csv
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.types import TrackTable

TRUTH_FILES = ("gt/gt.txt", "seqinfo.ini", "roles.csv")
"""What is written into the folder."""


class TruthWriter:
    """Adds the true boxes of one frame after the other to ``gt/gt.txt``."""

    def __init__(self, write: IO[str]) -> None:
        self._text = write

    def add(self, frame: int, ids: NDArray[np.int64], boxes: Boxes) -> None:
        """The boxes (N, 4) of ``ids``, (N,), in ``frame`` (from 0); pixels with 2 decimals."""
        # Rounded as corners: the right edge is as exact as the left.
        rows = zip(ids.tolist(), *corners_to_xywh(np.round(boxes, 2) + 0.0).T.tolist(), strict=True)
        self._text.writelines(
            f"{frame + 1},{track},{x:.2f},{y:.2f},{width:.2f},{height:.2f},1,-1,-1,-1\n"
            for track, x, y, width, height in rows
        )


@contextmanager
def truth_writer(folder: Path) -> Iterator[TruthWriter]:
    """A writer of ``gt/gt.txt`` in ``folder``, which is there when the block has ended well."""
    file = folder / "gt" / "gt.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{file.parent} cannot be made: {error.strerror or error}") from None
    with atomic_text(file) as text:
        yield TruthWriter(text)


def write_seqinfo(
    folder: Path, *, name: str, frame_rate: float, frame_count: int, image_size: tuple[int, int]
) -> None:
    """``seqinfo.ini`` as MOTChallenge has it; image_size is (width, height)."""
    width, height = image_size
    with atomic_text(folder / "seqinfo.ini") as text:
        text.write(
            f"[Sequence]\nname={one_line(name)}\nimDir=img1\nframeRate={frame_rate:.15g}\n"
            f"seqLength={frame_count}\nimWidth={width}\nimHeight={height}\nimExt=.jpg\n"
        )


def write_truth(table: TrackTable, identities: Identities, clip: ClipFacts, folder: Path) -> None:
    """Writes tracks that somebody has looked through as the truth of a clip. Raises StoreError.

    ``touchline evaluate --truth`` and ``touchline reid prepare --truth`` read the folder.
    """
    table = table.sorted()
    with truth_writer(folder) as truth:
        starts = np.flatnonzero(np.diff(table.frames, prepend=-1))
        for start, end in pairwise([*starts.tolist(), len(table)]):
            truth.add(int(table.frames[start]), table.ids[start:end], table.boxes[start:end])
    write_seqinfo(
        folder,
        name=clip.name,
        frame_rate=clip.frame_rate,
        frame_count=clip.frame_count,
        image_size=(clip.width, clip.height),
    )
    teams = ["" if team == UNKNOWN else TEAMS[team] for team in identities.teams.tolist()]
    write_roles_csv(identities.ids.tolist(), identities.roles.tolist(), teams, folder / "roles.csv")
