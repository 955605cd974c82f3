"""Everybody seen so far, absent people included, and which new tracks are one of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.motion import at_border
from touchline.evidence.population import PopulationScaleMeter
from touchline.evidence.whitening import Vectors, Whitening
from touchline.tracking.clip_appearance import ClipAppearance
from touchline.tracking.config import ReentryConfig
from touchline.tracking.kalman import STEPS_PER_SECOND, scale_of
from touchline.tracking.reentry import (
    LogOdds,
    ReturnCandidates,
    above_cosine,
    confident_pairs,
    return_log_odds,
)
from touchline.tracking.rows import END, LOST, START, TRACKED, TrackRows
from touchline.tracking.seen import are_balls
from touchline.types import TIME_TOLERANCE, Affine, Index

_NONE: Index = np.empty(0, np.intp)

_STILL = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

_PIECE_SECONDS = 0.04
"""The appearance model is learned by a piece in each, ten of them before a first decision."""

_FEW = 3.0
"""Shrinkage: acts like so many people standing still, so that one runner is not the flow."""


class ReturnFinder:
    """Decides which new tracks are returning people, from the clip so far: when a track is old
    enough, and then every half second while undecided, as bins come in.

    image_size: (width, height) in pixels; None: nobody is known to be at the border.
    """

    def __init__(self, config: ReentryConfig, image_size: tuple[int, int] | None) -> None:
        self._config, self._image_size = config, image_size
        self._appearance = ClipAppearance()
        self._population = PopulationScaleMeter()
        self._max_people = 0  # most people in one frame so far
        self._time = self._elapsed = 0.0  # of this frame, and since the frame before
        self._gathered = False  # whether this frame ended a half second
        self._waits = False  # for the first model, with a decision

    def add_embeddings(self, keys: NDArray[np.int64], embeddings: Vectors) -> None:
        """Count ``embeddings`` (N, D) of the rows with these ``keys`` (N,) in this frame."""
        if self._config.enabled:
            self._appearance.add(keys, embeddings)

    def gather(self, rows: TrackRows, time: float) -> None:
        """Begin a frame at ``time``: give the rows their bins of a finished half second.

        To be called once a frame, before ``add_embeddings``.
        """
        if not self._config.enabled:
            return
        self._time, self._elapsed = time, time - self._time
        self._gathered = self._appearance.is_over(time)
        if self._gathered:
            tracked = rows.status == TRACKED
            self._population.add(rows.boxes[tracked])
            self._max_people = max(self._max_people, int(tracked.sum()))
            _give(*self._appearance.close(), rows.keys, rows.bin_sums, rows.bin_counts)

    def at_border(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) which boxes are at the border of the image."""
        if self._image_size is None:
            return np.zeros(len(boxes), np.bool_)
        return at_border(boxes, self._image_size, self._config.border_widths)

    def move(self, rows: TrackRows, seconds: float, motion: Affine | None) -> None:
        """Move the feet of all rows on by ``seconds``: with the camera's motion, and with the
        common displacement of the others, since whoever is out of sight mostly moves with them.
        """
        if not self._config.enabled:
            return
        (a, b, right), (c, d, down) = _STILL if motion is None else motion.tolist()
        displacement = _common_displacement(rows.state[1, rows.status == TRACKED, :2], seconds)
        x, y = rows.feet[..., 0], rows.feet[..., 1]
        across = a * x + b * y + (right + displacement[0])
        rows.feet[..., 1] = c * x + d * y + (down + displacement[1])
        rows.feet[..., 0] = across
        if motion is not None:
            rows.feet[..., 2] *= scale_of(motion)

    def find_returns(self, rows: TrackRows) -> tuple[Index, Index]:
        """The absent rows that came back, and the young rows that they are."""
        config, undecided = self._config, rows.undecided
        somebody = bool(undecided.any())
        away = rows.status >= LOST
        learns = somebody and config.min_cosine is None and bool(away.any())
        if self._appearance.is_learning or learns:
            pieces = max(1, round(self._elapsed / _PIECE_SECONDS))
            self._appearance.learn(*self._now(rows), pieces=pieces)
        if not somebody:
            self._waits = False
            return _NONE, _NONE
        age = self._time - rows.born
        old_enough = undecided & (age >= config.min_seconds - TIME_TOLERANCE)
        just_so = old_enough & (age - self._elapsed < config.min_seconds - TIME_TOLERANCE)
        if not (self._gathered or self._waits or just_so.any()):
            return _NONE, _NONE
        rows.undecided = undecided & (age <= config.max_seconds + TIME_TOLERANCE)
        old_enough &= rows.undecided
        people = ~are_balls(rows)
        new = (old_enough & (rows.status == TRACKED) & people).nonzero()[0]
        absent = (away & people).nonzero()[0]
        if not len(new) or not len(absent):
            return _NONE, _NONE
        if config.min_cosine is not None:
            gaps = rows.born[new] - rows.seen[absent][:, None]
            log_odds = above_cosine(*self._means(rows, absent, new), gaps, config)
            pairs = confident_pairs(log_odds, 0.0)
        else:
            weighed = self._weighed(rows, absent, new)
            self._waits = weighed is None
            if weighed is None:
                return _NONE, _NONE
            pairs = confident_pairs(weighed, config.min_margin)
        return absent[[row for row, _ in pairs]], new[[column for _, column in pairs]]

    def _means(self, rows: TrackRows, absent: Index, new: Index) -> tuple[Vectors, Vectors]:
        """Mean appearance of both; zeros where there is none."""
        seen = (rows.appearance_counts > 0)[:, None]
        means = rows.appearance * seen
        return means[absent], means[new]

    def _weighed(self, rows: TrackRows, absent: Index, new: Index) -> LogOdds | None:
        """Log odds that these are the same; None while the first model is being learned."""
        learned = self._appearance.model(*self._now(rows))
        if learned is None:
            return None
        whitening, model = learned
        returning = rows.feet[new, START]
        returning[:, 2] = rows.state[0, new, 3]  # the very first box is often cut
        return return_log_odds(
            ReturnCandidates(
                rows.feet[absent, END],
                rows.seen[absent],
                *self._whitened(rows, absent, whitening),
                rows.placed[absent],
                self.at_border(rows.boxes[absent]),
            ),
            ReturnCandidates(
                returning,
                rows.born[new],
                *self._whitened(rows, new, whitening),
                rows.placed[new],
                rows.entered[new],
            ),
            model,
            self._population.scale(),
            self._config,
        )

    def _whitened(
        self, rows: TrackRows, chosen: Index, whitening: Whitening
    ) -> tuple[Vectors, NDArray[np.float64]]:
        """(N, D) sums of whitened bins of these rows, and (N,) how many each has.

        A track younger than half a second contributes its unfinished bin.
        """
        sums, counts = rows.bin_sums[chosen], rows.bin_counts[chosen]
        unseen = (counts == 0).nonzero()[0]
        if len(unseen):
            first, of_first = sums[unseen], counts[unseen]
            _give(*self._appearance.unfinished(), rows.keys[chosen[unseen]], first, of_first)
            sums[unseen], counts[unseen] = first, of_first
        return whitening.sums(sums, counts), counts.astype(np.float64)

    def _now(self, rows: TrackRows) -> tuple[float, int, int]:
        return self._time, self._max_people, rows.bin_sums.shape[1]


def _give(
    keys: NDArray[np.int64],
    appearance: Vectors,
    owners: NDArray[np.int64],
    sums: Vectors,
    counts: NDArray[np.int64],
) -> None:
    """Add ``appearance`` (L, D) of tracks ``keys`` to ``sums`` and ``counts`` of their ``owners``.

    keys, owners: ascending; a bin whose owner is gone is dropped.
    """
    places = owners.searchsorted(keys)
    there = places < len(owners)
    there[there] = owners[places[there]] == keys[there]
    if there.any():
        sums[places[there]] += appearance[there]
        counts[places[there]] += 1


def _common_displacement(speeds: NDArray[np.float64], seconds: float) -> list[float]:
    """Pixels across and down by which most people move in ``seconds``; speeds (N, 2) a step."""
    count = len(speeds)
    if not count:
        return [0.0, 0.0]
    ordered = np.sort(speeds, axis=0)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    displacement: list[float] = (
        median * (seconds * STEPS_PER_SECOND * count / (count + _FEW))
    ).tolist()
    return displacement
