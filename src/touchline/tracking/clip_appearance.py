"""Appearance bins of a clip so far, and the likelihood ratio learned from them: no later frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import AppearanceModel, fit_appearance_model_in_pieces
from touchline.evidence.pieces import Pieces, finished
from touchline.evidence.whitening import Vectors, Whitening, fit_whitening_in_pieces
from touchline.types import TIME_TOLERANCE

Keys = NDArray[np.int64]
"""(N,) keys of tracks, never reused, whatever id they are shown under."""

BIN_SECONDS = 0.5
"""Length of an appearance bin: people turn and move within it, but tracks rarely switch."""

_KEPT_BINS = 512
"""Latest bins the model is learned from: ten seconds of a full image."""

_MAX_PAIRS = 500
"""Pairs of two people it is learned from, for each bin count."""

_AT_ONCE = 192
"""Bins in one piece of learning: a millisecond with 512 numbers each."""

_RENEWAL_SECONDS, _RENEWAL_SHARE = 2.0, 0.1
"""The model is refitted when needed and older than this, and than this share of the clip."""

Learned = tuple[Whitening, AppearanceModel]


class ClipAppearance:
    """Gathers appearance bins frame by frame, and learns the likelihood ratio model from them."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._bin = 0
        self._open: list[tuple[Keys, Vectors]] = []
        self._count = 0
        self._keys, self._bins = np.zeros(_KEPT_BINS, np.int64), np.zeros(_KEPT_BINS, np.int64)
        self._appearance = np.zeros((_KEPT_BINS, 0), np.float32)
        self._model: Learned | None = None
        self._learning: Pieces[Learned] | None = None
        self._learned_at = 0.0  # when the bins were taken that it is learned from

    def add(self, keys: Keys, embeddings: Vectors) -> None:
        """Count ``embeddings`` (N, D) of tracks ``keys`` (N,) in this frame."""
        self._open.append((keys, embeddings))

    def is_over(self, time: float) -> bool:
        """Whether a frame at ``time`` begins a new bin; to be asked once a frame before ``add``."""
        self._begun = time if self._begun is None else self._begun
        number = int((time + TIME_TOLERANCE) // BIN_SECONDS)
        over, self._bin = number != self._bin, number
        return over

    def close(self) -> tuple[Keys, Vectors]:
        """The tracks of the finished bin, ascending, and (N, D) the mean embedding of each."""
        keys, appearance = self.unfinished()
        self._open = []
        if len(keys):
            self._keep(keys, appearance)
        return keys, appearance

    def unfinished(self) -> tuple[Keys, Vectors]:
        """The same for the unfinished bin."""
        if not self._open:
            return np.empty(0, np.int64), self._appearance[:0]
        keys, owners = np.unique(
            np.concatenate([keys for keys, _ in self._open]), return_inverse=True
        )
        shares = np.zeros((len(keys), len(owners)), np.float32)
        shares[owners, np.arange(len(owners))] = 1.0
        shares /= shares.sum(axis=1, keepdims=True)
        return keys, shares @ np.concatenate([vectors for _, vectors in self._open])

    def _keep(self, keys: Keys, appearance: Vectors) -> None:
        if not self._count:
            self._appearance = np.zeros((_KEPT_BINS, appearance.shape[1]), np.float32)
        rows = (self._count + np.arange(len(keys))) % _KEPT_BINS
        self._keys[rows], self._bins[rows], self._appearance[rows] = keys, self._bin, appearance
        self._count += len(keys)

    def learn(self, time: float, max_people: int, dimensions: int, *, pieces: int = 1) -> None:
        """Go on learning by ``pieces``, from now on where the model is out of date.

        To be called in each frame in which ``model`` will soon be asked for, or ``is_learning``:
        it takes about eleven, so that none takes long. time: of this frame. max_people: most
        people in one frame so far. dimensions: length of the embeddings.
        """
        if self._model is not None and len(self._model[0].centre) != dimensions:
            self._model = self._learning = None  # embeddings appear only now
        if self._learning is None and self._count and self._is_old(time):
            self._learning, self._learned_at = self._learn(max_people, dimensions), time
        if self._learning is None:
            return
        try:
            for _ in range(pieces):
                next(self._learning)
        except StopIteration as end:
            self._model, self._learning = end.value, None

    @property
    def is_learning(self) -> bool:
        """Whether a model is half learned."""
        return self._learning is not None

    def model(self, time: float, max_people: int, dimensions: int) -> Learned | None:
        """The whitening and the likelihood ratio model last learned.

        None while the first is being learned. Where there is nothing to learn from, that of other
        clips.
        """
        if self._model is None and self._learning is None:
            self._model, self._learned_at = finished(self._learn(max_people, dimensions)), time
        return self._model

    def _is_old(self, time: float) -> bool:
        age, seconds = time - self._learned_at, time - (self._begun or 0.0)
        return self._model is None or age > max(_RENEWAL_SECONDS, _RENEWAL_SHARE * seconds)

    def _learn(self, max_people: int, dimensions: int) -> Pieces[Learned]:
        """From the bins that are kept now."""
        count = min(self._count, _KEPT_BINS)
        order = np.lexsort((self._bins[:count], self._keys[:count]))
        appearance, bins = self._appearance[order].reshape(count, dimensions), self._bins[order]
        keys, tracklet_ids = np.unique(self._keys[order], return_inverse=True)
        whitening = yield from fit_whitening_in_pieces(appearance, tracklet_ids, _AT_ONCE)
        whitened = np.empty_like(appearance)
        for start in range(0, count, _AT_ONCE):
            yield
            rows = slice(start, start + _AT_ONCE)
            whitened[rows] = whitening.whiten(appearance[rows])
        yield
        strangers = np.nonzero(_together(bins, tracklet_ids, len(keys)))
        model = yield from fit_appearance_model_in_pieces(
            whitened, tracklet_ids, strangers, max_people, _MAX_PAIRS
        )
        return whitening, model


def _together(bins: Keys, tracklet_ids: Keys, count: int) -> NDArray[np.bool_]:
    """(T, T) which tracks share two bins: within one bin, one may follow the other."""
    numbers, columns = np.unique(bins, return_inverse=True)
    present = np.zeros((count, len(numbers)), np.float32)
    present[tracklet_ids, columns] = 1.0
    together: NDArray[np.bool_] = present @ present.T >= 2.0
    np.fill_diagonal(together, False)
    return together
