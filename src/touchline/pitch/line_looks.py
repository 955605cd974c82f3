"""When the lines of the pitch are looked for in a clip, and what of them is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.clip_windows import ClipWindows
from touchline.pitch.config import LinesConfig
from touchline.pitch.line_masks import find_line_masks
from touchline.pitch.line_points import find_line_points
from touchline.seen_lines import SeenLines, pack_lines, unpack_lines
from touchline.types import TIME_TOLERANCE, Floats, Frame

_MOST_POINTS = 320
_GRASS_WIDTH = 120


class LineLooks:
    """Looks for lines in some frames of one clip, in order; the rhythm begins anew with a window.

    config: how often.
    """

    def __init__(self, config: LinesConfig) -> None:
        self._config = config
        self._windows = ClipWindows()
        self._due = -np.inf

    def look(
        self, frame: Frame, boxes: Floats, *, fresh: bool, seen: bool = True
    ) -> SeenLines | None:
        """The lines of a frame as they are stored; None where it is not its turn.

        Args:
            frame: the next of the clip.
            boxes: (N, 4) corner pixels of people, whose clothes are no lines.
            fresh: a shot begins with it, or is there again.
            seen: whether people were looked for; else its turn is that of the next with them.
        """
        if not self._config.every:
            return None
        if self._windows.enter(frame) or fresh:
            self._due = frame.time
        if not seen or frame.time < self._due - TIME_TOLERANCE:
            return None
        self._due = frame.time + self._config.every
        masks = find_line_masks(frame.image, boxes)
        if not masks.grass.any():
            return SeenLines()
        lines = find_line_points(masks)
        chosen = np.linspace(0, len(lines) - 1, min(len(lines), _MOST_POINTS)).round().astype(int)
        height = max(1, round(_GRASS_WIDTH * frame.image.shape[0] / frame.image.shape[1]))
        share = cv2.resize(
            masks.grass.astype(np.float32), (_GRASS_WIDTH, height), interpolation=cv2.INTER_AREA
        )
        found = SeenLines(lines.points[chosen], lines.angles[chosen], np.asarray(share > 0.5))
        # Rounded as it is stored, so that a run that links at once gives the same.
        return unpack_lines(pack_lines(found))

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers."""
        return {"due": np.array(self._due), "window": np.array(self._windows.number)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` returned."""
        if "due" in state:  # an older version did not look for lines
            self._due, self._windows.number = float(state["due"]), int(state["window"])
