"""A checkpoint as an embedder, without exporting it to ONNX first.

Shape letters: B crops of a batch, C channels, H rows, W columns, D length of the vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from touchline.disk_files import file_sha256
from touchline.errors import ModelError, SettingsError
from touchline.perception.config import EmbedderConfig
from touchline.perception.embedder import embed_in_batches
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.types import Image


class TorchEmbedder:
    """Embeddings from a checkpoint of OSNet, CLIP or CLIP-ReID, run by torch.

    name: of the file. sha256: hex digest of the file. size: length D of the vectors. format:
    input size and normalisation, as the file states them or its kind of network wants them.

    ``config.device`` is ``auto`` (the GPU where torch has one), ``cpu`` or ``cuda``.
    ``config.threads`` is set for all of torch in this process; None leaves torch's own number.

    Raises ModelError for a file that holds no complete network, SettingsError for a device that
    torch does not have here.
    """

    def __init__(self, file: str | Path, config: EmbedderConfig | None = None) -> None:
        config = config or EmbedderConfig()
        file = Path(file)
        self._device = _device(config.device)
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        loaded = load_embedding_network(file, feature=config.feature)
        self.sha256: str | None = file_sha256(file)
        self.name = file.name
        self.format = loaded.format
        self._network = loaded.network.eval().to(self._device)
        self._batch_size = config.batch_size
        probe = np.full((self.format.height, self.format.width, 3), 114, np.uint8)
        self.size = int(self._run([probe]).shape[1])

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, D) float32 unit vectors, one for each BGR crop; (0, D) for none.

        Zeros for an empty crop. Raises ModelError for NaN and where the GPU's memory is too small.
        """
        return embed_in_batches(self._run, crops, self.size, self._batch_size, self.name)

    def _run(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        image_BCHW = torch.from_numpy(self.format.batch(crops))
        try:
            with torch.inference_mode():
                feature_BD = self._network(image_BCHW.to(self._device)).float().cpu()
        except torch.OutOfMemoryError:
            raise ModelError(
                f"the GPU does not have enough memory for {len(crops)} crops in {self.name}: "
                "a smaller embedder.batch_size needs less"
            ) from None
        vectors: NDArray[np.float32] = feature_BD.numpy()
        return vectors


def _device(name: str) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise SettingsError(
            f"device {name!r} runs ONNX files only; a checkpoint runs on auto, cpu or cuda"
        )
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError(
            "device 'cuda' is not in this torch: take cpu, or install a CUDA build of torch"
        )
    on_gpu = name != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if on_gpu else "cpu")
