"""The people seen so far, absent ones among them, and who of the new tracks one of them is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.spread import SpreadMeter
from touchline.evidence.ways import at_border
from touchline.evidence.whitening import Vectors, Whitening
from touchline.tracking.appearance import Index
from touchline.tracking.clip_looks import ClipLooks
from touchline.tracking.config import ReentryConfig
from touchline.tracking.kalman import STEPS_PER_SECOND, scale_of
from touchline.tracking.pairing import are_balls
from touchline.tracking.reentry import Candidates, return_odds, sure_pairs
from touchline.tracking.rows import END, LOST, START, TRACKED, TrackRows
from touchline.types import Affine

_STILL = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

_FEW = 3.0
"""So many people weigh as much as none moving: a median of one is that one's own run."""

_ROUNDING = 1e-6  # seconds; frame times are sums of fractions


class Gallery:
    """Decides every half second who came back, by what the clip has shown until then.

    image_size: (width, height) in pixels; None: nobody is known to be at the border.
    """

    def __init__(self, config: ReentryConfig, image_size: tuple[int, int] | None) -> None:
        self._config, self._image_size = config, image_size
        self._looks = ClipLooks()
        self._spread = SpreadMeter()
        self._crowd = 0  # most people in one frame so far

    def look(self, keys: NDArray[np.int64], embeddings: Vectors) -> None:
        """Count ``embeddings`` (N, D) of the rows with these ``keys`` (N,) in this frame."""
        if self._config.enabled:
            self._looks.add(keys, embeddings)

    def gather(self, rows: TrackRows, time: float) -> bool:
        """Give the rows their looks of the half second that is over, if one is; whether it is.

        To be asked once a frame before ``look``.
        """
        if not (self._config.enabled and self._looks.is_over(time)):
            return False
        keys, looks = self._looks.close()
        if not len(keys):
            return True
        places = rows.keys.searchsorted(keys)
        there = places < len(rows)
        there[there] = rows.keys[places[there]] == keys[there]
        rows.bin_sums[places[there]] += looks[there]
        rows.bin_counts[places[there]] += 1
        return True

    def at_border(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) which boxes are at the border of the picture."""
        if self._image_size is None:
            return np.zeros(len(boxes), np.bool_)
        return at_border(boxes, self._image_size, self._config.border_widths)

    def move(self, rows: TrackRows, seconds: float, motion: Affine | None) -> None:
        """Carry the feet of all rows along so many ``seconds``: by the camera's motion, and by
        the common way of the others, for who is out of sight mostly moves with them.
        """
        if not self._config.enabled:
            return
        (a, b, right), (c, d, down) = _STILL if motion is None else motion.tolist()
        way = _common_way(rows.state[1, rows.status == TRACKED, :2], seconds)
        x, y = rows.feet[..., 0], rows.feet[..., 1]
        across = a * x + b * y + (right + way[0])
        rows.feet[..., 1] = c * x + d * y + (down + way[1])
        rows.feet[..., 0] = across
        if motion is not None:
            rows.feet[..., 2] *= scale_of(motion)

    def find_returns(self, rows: TrackRows, time: float) -> tuple[Index, Index]:
        """The absent rows that came back, and the young rows that they are."""
        tracked = rows.status == TRACKED
        self._spread.add(rows.boxes[tracked])
        self._crowd = max(self._crowd, int(tracked.sum()))
        age = time - rows.born
        rows.undecided &= age <= self._config.max_seconds + _ROUNDING
        people = ~are_balls(rows)
        old_enough = age >= self._config.min_seconds - _ROUNDING
        new = (rows.undecided & tracked & old_enough & people).nonzero()[0]
        absent = ((rows.status >= LOST) & people).nonzero()[0]
        if not len(new) or not len(absent):
            return absent[:0], new[:0]
        whitening, likeness = self._looks.model(time, self._crowd, rows.bin_sums.shape[1])
        odds = return_odds(
            self._absent(rows, absent, whitening),
            self._new(rows, new, whitening),
            likeness,
            self._spread.spread(),
            self._config,
        )
        pairs = sure_pairs(odds, self._config.min_margin)
        return absent[[row for row, _ in pairs]], new[[column for _, column in pairs]]

    def _absent(self, rows: TrackRows, chosen: Index, whitening: Whitening) -> Candidates:
        return Candidates(
            rows.feet[chosen, END],
            rows.seen[chosen],
            whitening.sums(rows.bin_sums[chosen], rows.bin_counts[chosen]),
            rows.bin_counts[chosen].astype(np.float64),
            rows.placed[chosen],
            self.at_border(rows.boxes[chosen]),
        )

    def _new(self, rows: TrackRows, chosen: Index, whitening: Whitening) -> Candidates:
        feet = rows.feet[chosen, START]
        feet[:, 2] = rows.state[0, chosen, 3]  # the very first box is often cut
        return Candidates(
            feet,
            rows.born[chosen],
            whitening.sums(rows.bin_sums[chosen], rows.bin_counts[chosen]),
            rows.bin_counts[chosen].astype(np.float64),
            rows.placed[chosen],
            rows.entered[chosen],
        )


def _common_way(speeds: NDArray[np.float64], seconds: float) -> list[float]:
    """Pixels across and down by which most people move in so long; speeds (N, 2) a step."""
    count = len(speeds)
    if not count:
        return [0.0, 0.0]
    ordered = np.sort(speeds, axis=0)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    way: list[float] = (median * (seconds * STEPS_PER_SECOND * count / (count + _FEW))).tolist()
    return way
