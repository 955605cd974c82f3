"""A small data set in the layout of SportsMOT, with images drawn only where they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np

Row = tuple[int, int, int, int, int, int]
"""frame from 1, id, left, top, width, height"""


def walkers(people: int, frames: int, *, first_id: int = 0, hurry: int = 2) -> list[Row]:
    """People of 16x40 pixels who walk to the right in lanes of their own, in a 320x180 image."""
    return [
        (frame, first_id + who, 10 + who * 7 + hurry * (frame % 90), 5 + 42 * (who % 4), 16, 40)
        for frame in range(1, frames + 1)
        for who in range(people)
    ]


def write_sportsmot(
    root: Path,
    clips: Mapping[str, Iterable[Row]],
    *,
    test: Iterable[str] = (),
    val: Iterable[str] = (),
    draw: bool = True,
) -> Path:
    """Lists, truth and images of ``clips``; those named in ``test`` have no folder."""
    lists = root / "splits_txt"
    lists.mkdir(parents=True)
    names = {
        "football": [*clips, *test],
        "train": list(clips),
        "val": list(val),
        "test": list(test),
    }
    for name, lines in names.items():
        (lists / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    for name, rows in clips.items():
        folder = root / "dataset" / ("val" if name in val else "train") / name
        (folder / "gt").mkdir(parents=True)
        (folder / "img1").mkdir()
        by_frame: dict[int, list[Row]] = {}
        for row in rows:
            by_frame.setdefault(row[0], []).append(row)
        lines = [", ".join(map(str, (*row, 1, 1, 1))) for row in rows]
        (folder / "gt" / "gt.txt").write_text("\n".join(lines) + "\n")
        (folder / "seqinfo.ini").write_text(
            "[Sequence]\nname=x\nimDir=img1\nframeRate=25\nimWidth=320\nimHeight=180\nimExt=.jpg\n"
        )
        for frame, people in by_frame.items() if draw else ():
            image = np.full((180, 320, 3), (60, 140, 60), np.uint8)
            for _, who, left, top, width, height in people:
                colour = (who * 67 % 256, who * 131 % 256, who * 29 % 256)
                cv2.rectangle(image, (left, top), (left + width - 1, top + height - 1), colour, -1)
            cv2.imwrite(str(folder / "img1" / f"{frame:06d}.jpg"), image)
    return root
