"""What the people of a clip look like so far, and what their likeness is worth: no later frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import Likeness, fit_likeness
from touchline.evidence.whitening import Vectors, Whitening, fit_whitening

Keys = NDArray[np.int64]
"""(N,) numbers of tracks, never used twice, whatever id they are shown under."""

BIN_SECONDS = 0.5
"""Looks are means of so long: people turn and move in it, but rarely become somebody else."""

_KEPT_LOOKS = 512
"""Looks the model is learned from, the latest: ten seconds of a full picture."""

_MAX_PAIRS = 500
"""Pairs of two people it is learned from, for each number of looks."""

_RENEWAL_SECONDS, _RENEWAL_SHARE = 2.0, 0.1
"""The model is learned anew when asked for if older than this, and than this share of the clip."""

_ROUNDING = 1e-6  # seconds; frame times are sums of fractions


class ClipLooks:
    """Gathers the looks of tracks frame by frame, and learns from them what likeness is worth."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._bin = 0
        self._open: list[tuple[Keys, Vectors]] = []
        self._count = 0
        self._keys, self._bins = np.zeros(_KEPT_LOOKS, np.int64), np.zeros(_KEPT_LOOKS, np.int64)
        self._looks = np.zeros((_KEPT_LOOKS, 0), np.float32)
        self._model: tuple[Whitening, Likeness] | None = None
        self._learned_at = 0.0

    def add(self, keys: Keys, embeddings: Vectors) -> None:
        """Count ``embeddings`` (N, D) of tracks ``keys`` (N,) in this frame."""
        self._open.append((keys, embeddings))

    def is_over(self, time: float) -> bool:
        """Whether a frame at ``time`` begins a new bin; to be asked once a frame before ``add``."""
        self._begun = time if self._begun is None else self._begun
        number = int((time + _ROUNDING) // BIN_SECONDS)
        over, self._bin = number != self._bin, number
        return over

    def close(self) -> tuple[Keys, Vectors]:
        """The tracks of the bin that is over, ascending, and (N, D) the mean look of each."""
        keys, looks = self.unfinished()
        self._open = []
        if len(keys):
            self._keep(keys, looks)
        return keys, looks

    def unfinished(self) -> tuple[Keys, Vectors]:
        """The same of the bin that is not over yet."""
        if not self._open:
            return np.empty(0, np.int64), self._looks[:0]
        keys, owners = np.unique(
            np.concatenate([keys for keys, _ in self._open]), return_inverse=True
        )
        shares = np.zeros((len(keys), len(owners)), np.float32)
        shares[owners, np.arange(len(owners))] = 1.0
        shares /= shares.sum(axis=1, keepdims=True)
        return keys, shares @ np.concatenate([vectors for _, vectors in self._open])

    def _keep(self, keys: Keys, looks: Vectors) -> None:
        if not self._count:
            self._looks = np.zeros((_KEPT_LOOKS, looks.shape[1]), np.float32)
        rows = (self._count + np.arange(len(keys))) % _KEPT_LOOKS
        self._keys[rows], self._bins[rows], self._looks[rows] = keys, self._bin, looks
        self._count += len(keys)

    def model(self, time: float, crowd: int, dimensions: int) -> tuple[Whitening, Likeness]:
        """How looks are whitened and what their likeness is worth, as of about ``time``.

        crowd: most people in one frame so far. dimensions: length of the looks.
        """
        age, seconds = time - self._learned_at, time - (self._begun or 0.0)
        if (
            self._model is None
            or len(self._model[0].centre) != dimensions  # looks have come up only now
            or age > max(_RENEWAL_SECONDS, _RENEWAL_SHARE * seconds)
        ):
            self._model, self._learned_at = self._learn(crowd, dimensions), time
        return self._model

    def _learn(self, crowd: int, dimensions: int) -> tuple[Whitening, Likeness]:
        count = min(self._count, _KEPT_LOOKS)
        order = np.lexsort((self._bins[:count], self._keys[:count]))
        looks, bins = self._looks[order].reshape(count, dimensions), self._bins[order]
        keys, pieces = np.unique(self._keys[order], return_inverse=True)
        whitening = fit_whitening(looks, pieces)
        whitened = whitening.looks(looks)
        together = _together(bins, pieces, len(keys))
        return whitening, fit_likeness(whitened, pieces, together, crowd, _MAX_PAIRS)


def _together(bins: Keys, pieces: Keys, count: int) -> NDArray[np.bool_]:
    """(T, T) which tracks share two bins: of one bin they may have halves, one after the other."""
    numbers, columns = np.unique(bins, return_inverse=True)
    present = np.zeros((count, len(numbers)), np.float32)
    present[pieces, columns] = 1.0
    together: NDArray[np.bool_] = present @ present.T >= 2.0
    np.fill_diagonal(together, False)
    return together
