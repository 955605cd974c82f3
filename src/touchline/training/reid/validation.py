"""Retrieval scores of a network on people it is not trained on.

Shape letters: B images of a batch, H rows, W columns, D length of the vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from touchline.metrics.retrieval import RetrievalLabels, rank_true_matches
from touchline.metrics.retrieval_scores import score_queries
from touchline.perception.crops import CropFormat
from touchline.reid.crops import read_crops
from touchline.reid.manifest import Manifest
from touchline.training.reid.network import TrainNetwork

Embed = Callable[[Tensor], Tensor]
"""From normalised images (B, 3, H, W) to vectors (B, D)."""


def embed_crops(
    embed: Embed, manifest: Manifest, crops: CropFormat, device: torch.device, batch: int
) -> Tensor:
    """(N, D) float32 vectors of all crops of a manifest, on the CPU, in its order.

    The images are read and normalised as tracking does it, the next batch while the network
    works on this one. ``embed`` is called without gradients; the network's mode is its own
    business.
    """
    found = [torch.zeros(0)]
    with torch.no_grad():
        for image_BHW3 in _ahead(_batches(manifest, crops, batch)):
            image_B3HW = torch.from_numpy(image_BHW3).to(device)
            found.append(embed(image_B3HW).float().cpu())
    return torch.cat(found[1:] or found)


def validate(
    loaded: TrainNetwork, query: Manifest, gallery: Manifest, device: torch.device, batch: int
) -> dict[str, float]:
    """``mAP``, ``rank1``, ``rank5``, ``rank10``, ``mINP`` in 0..1 by cosine.

    The network is put in evaluation mode meanwhile. Vectors that are not finite raise InputError.
    """
    trains = loaded.network.training
    loaded.network.eval()
    try:
        vectors = [
            _unit(embed_crops(loaded.embed, part, loaded.format, device, batch))
            for part in (query, gallery)
        ]
    finally:
        loaded.network.train(trains)
    wanted, known = (RetrievalLabels(part.identities, part.cameras) for part in (query, gallery))
    return score_queries(rank_true_matches(vectors[0], vectors[1], wanted, known)).scores()


def _unit(vector_ND: Tensor) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = nn.functional.normalize(vector_ND, dim=1).numpy()
    return unit


def _batches(manifest: Manifest, crops: CropFormat, batch: int) -> Iterator[NDArray[np.float32]]:
    for _, images in read_crops(manifest, batch):
        yield crops.batch(images)


def _ahead(batches: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """The same batches, each prepared in a thread while the one before is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (ready := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield ready
