"""JSON Lines of tracks while a clip is looked at: a line a frame, each whole and on its way."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from touchline import __version__
from touchline.disk_files import is_written_in_place, open_in_place
from touchline.formats.frame_numbers import frame_number
from touchline.types import Tracks


class TrackLines:
    """Writes lines to a file, a pipe or a descriptor; none is lost in a buffer.

    Where it cannot be written any more (the reader went, the disk is full) the rest is left out
    and ``failure`` says so: whoever computes what the lines say need not stop.

    target: a file, made when the first line comes; or an open descriptor, as 1 is, which is not
    closed.
    """

    def __init__(self, target: Path | int) -> None:
        self.target = target
        self.count = 0
        self.failure: str | None = None
        self._text: IO[str] | None = None

    def video(self, source: str, size: tuple[int, int], fps: float, *, live: bool) -> None:
        """The first line: what the pixels and times of the others are of."""
        width, height = size
        self._write(
            {"type": "video", "touchline": __version__, "source": source}
            | {"width": width, "height": height, "fps": fps, "live": live}
        )

    def frame(
        self,
        index: int,
        time: float,
        tracks: Tracks,
        *,
        cut: bool,
        looked: bool,
        rejoined: list[tuple[int, int]],
    ) -> None:
        """The tracks of one frame under identities that only hold until the last line.

        rejoined: pairs of such an identity that is another from now on, and that other one.
        """
        rows = zip(
            tracks.ids.tolist(),
            tracks.boxes.round(2).tolist(),
            tracks.scores.round(4).tolist(),
            tracks.roles.tolist(),
            strict=True,
        )
        self._write(
            {
                "type": "frame",
                "frame": frame_number(index),
                "time": time,
                "cut": cut,
                "looked": looked,
                "tracks": [
                    {"provisional_identity": identity}
                    | dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
                    | {"score": score, "role": role}
                    for identity, box, score, role in rows
                ],
                "rejoined": [
                    {"provisional_identity": was, "is": becomes} for was, becomes in rejoined
                ],
            }
        )

    def identities(self, stretches: list[dict[str, Any]], *, complete: bool) -> None:
        """The last line: who the provisional identities of which frames are in the run's files.

        stretches: keys as in docs/formats.md, frames as indices. complete: the clip was looked at
        to its end.
        """
        named = [
            stretch | {name: frame_number(stretch[name]) for name in ("first_frame", "last_frame")}
            for stretch in stretches
        ]
        self._write({"type": "identities", "complete": complete, "stretches": named})

    def close(self) -> None:
        """No more lines."""
        if self._text is not None:
            with suppress(OSError):
                self._text.close()
            self._text = None

    def _write(self, content: dict[str, Any]) -> None:
        if self.failure is not None:
            return
        try:
            if self._text is None:
                self._text = self._opened()
            self._text.write(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")
            self._text.flush()
            self.count += 1
        except OSError as error:
            self.failure = (error.strerror or str(error)).lower()
            self.close()

    def _opened(self) -> IO[str]:
        if isinstance(self.target, int):
            # A copy of the descriptor: what a broken pipe leaves unwritten is not tried again.
            return os.fdopen(os.dup(self.target), "w", encoding="utf-8", newline="\n")
        if is_written_in_place(self.target):
            return open_in_place(self.target)
        return self.target.open("w", encoding="utf-8", newline="\n")
