"""Agreement of an ONNX network with torch, and the limits it must reach.

Shape letters: B crops of a batch, N crops, D length of the vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from touchline.errors import ModelError
from touchline.metrics.retrieval import RetrievalLabels, rank_true_matches
from touchline.metrics.retrieval_scores import score_queries
from touchline.perception.embedder import OnnxEmbedder
from touchline.reid.crops import read_crops
from touchline.reid.manifest import Manifest
from touchline.reid.queries import query_and_gallery
from touchline.types import Image

COMPARED_CROPS = 1000
"""From larger data, people are drawn until there are about this many crops."""


@dataclass(frozen=True)
class Limits:
    """What an export must reach.

    min_cosine: with torch, of every crop. min_median: the median. max_loss: of mAP, 0..1.
    """

    min_cosine: float
    min_median: float
    max_loss: float


LIMITS = {
    "fp32": Limits(0.9999, 0.9999, 0.001),
    "fp16": Limits(0.99, 0.999, 0.005),
    "int8": Limits(0.5, 0.97, 0.02),
}
"""By precision. OSNet x0.25 on football crops: medians of 1, 0.99998 and 0.994, mAP lost 0 to 0.2
points."""


@dataclass(frozen=True)
class Agreement:
    """Cosines with torch over ``crops`` crops; mAP and rank 1 (0..1), where people are known.

    torch, onnx: the scores of either, among the same ``queries``.
    """

    crops: int
    min_cosine: float
    median_cosine: float
    queries: int = 0
    torch: dict[str, float] | None = None
    onnx: dict[str, float] | None = None

    def check(self, limits: Limits) -> None:
        """Raises ModelError where the export agrees less than ``limits``."""
        for name, found, needed in (
            ("the worst", self.min_cosine, limits.min_cosine),
            ("half", self.median_cosine, limits.min_median),
        ):
            if not found >= needed:
                raise ModelError(
                    f"export refused: the ONNX file agrees with torch to cosine {found:.5f} only "
                    f"for {name} of {self.crops} crops, {needed} is needed"
                )
        if self.torch is None or self.onnx is None:
            return
        before, after = self.torch["mAP"], self.onnx["mAP"]
        if before - after > limits.max_loss:
            raise ModelError(
                f"export refused: mAP falls from {before:.2%} to {after:.2%}, "
                f"by more than {limits.max_loss:.1%}"
            )


def compare(network: nn.Module, embedder: OnnxEmbedder, crops: Sequence[Image]) -> Agreement:
    """Compare both on the same BGR crops of unknown people."""
    return _agreement(*_vectors(network, embedder, [crops]))


def compare_on(
    network: nn.Module, embedder: OnnxEmbedder, query: Manifest, gallery: Manifest
) -> Agreement:
    """Compare both on the same people: cosines, and retrieval scores of either."""
    # A query may be in the gallery too.
    paths, rows = np.unique(np.concatenate([query.paths, gallery.paths]), return_inverse=True)
    every = Manifest(query.root, paths, np.zeros(len(paths), np.int64))
    vectors = _vectors(network, embedder, (crops for _, crops in read_crops(every)))
    wanted, known = (RetrievalLabels(part.identities, part.cameras) for part in (query, gallery))
    scores = []
    for vector_ND in vectors:
        of_query, of_gallery = vector_ND[rows[: len(query)]], vector_ND[rows[len(query) :]]
        found = score_queries(rank_true_matches(of_query, of_gallery, wanted, known)).scores()
        scores.append({name: found[name] for name in ("mAP", "rank1")})
    cosines = _agreement(*vectors)
    return Agreement(cosines.crops, cosines.min_cosine, cosines.median_cosine, len(query), *scores)


def compared_people(manifest: Manifest) -> tuple[Manifest, Manifest]:
    """Queries and gallery for ``compare_on``: of about ``COMPARED_CROPS`` crops, always the same.

    Raises UsageError for data in which nobody appears twice.
    """
    query, gallery = query_and_gallery(manifest)
    people = np.random.default_rng(0).permutation(np.unique(query.identities))
    crops = [np.count_nonzero(gallery.identities == person) + 1 for person in people]
    people = people[: 1 + np.searchsorted(np.cumsum(crops), COMPARED_CROPS)]
    return (
        query[np.flatnonzero(np.isin(query.identities, people))],
        gallery[np.flatnonzero(np.isin(gallery.identities, people))],
    )


def _vectors(
    network: nn.Module, embedder: OnnxEmbedder, batches: Iterable[Sequence[Image]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, D) unit vectors by torch and by the ONNX file."""
    truth, found = [], []
    with torch.inference_mode():
        for crops in batches:
            image_B3HW = torch.from_numpy(embedder.format.batch(crops))
            truth.append(nn.functional.normalize(network(image_B3HW).float(), dim=1).numpy())
            found.append(embedder.embed(crops))
    return np.concatenate(truth), np.concatenate(found)


def _agreement(truth_ND: NDArray[np.float32], found_ND: NDArray[np.float32]) -> Agreement:
    cosines = (truth_ND * found_ND).sum(axis=1)
    return Agreement(len(cosines), float(cosines.min()), float(np.median(cosines)))
