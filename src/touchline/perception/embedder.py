"""Appearance embeddings of people: from an ONNX network, or the built-in colour stripes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import ModelError, UsageError
from touchline.foreign_text import shown
from touchline.perception.colour_stripes import ColourStripes
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import CropFormat, usable_crops
from touchline.perception.file_kinds import is_checkpoint
from touchline.perception.onnx_model import OnnxModel
from touchline.types import Image

BUILT_IN = "colour"
"""Name of the embedder without a network."""


class OnnxEmbedder:
    """Appearance embeddings from an ONNX network: images (N, 3, H, W) in, vectors (N, D) out.

    name: of the file. sha256: hex digest of the file. size: length D of the vectors, of which
    ``config.feature`` may take a part that the file names. format: input size and normalisation,
    from the file's metadata (``input_size``, ``mean``, ``std``, ``colour``, ``resize``), else the
    graph's fixed size with ImageNet's mean and std in RGB.

    Raises UsageError for a missing file, ModelError for a file that is no such network.
    """

    def __init__(self, file: str | Path, config: EmbedderConfig | None = None) -> None:
        config = config or EmbedderConfig()
        self._model = OnnxModel(Path(file), device=config.device, threads=config.threads)
        self.name = Path(file).name
        self.sha256: str | None = self._model.sha256
        image = self._model.inputs[0] if len(self._model.inputs) == 1 else None
        if (
            image is None
            or len(image.shape) != 4
            or image.shape[1] not in (3, None)
            or image.dtype not in (np.float32, np.float16)
        ):
            found = ", ".join(str(info) for info in self._model.inputs)
            raise self._refusal(f"it takes {found or 'nothing'}, not images (N, 3, H, W)")
        self._input = image
        self._fixed_batch = image.shape[0]
        self._batch_size = self._fixed_batch or config.batch_size
        self._columns = slice(None)
        self.format = CropFormat.from_metadata(self._model.metadata, image.shape[2:])
        # Only a run tells the length where the graph leaves it free, and whether it runs at all.
        probe = np.full((self.format.height, self.format.width, 3), 114, np.uint8)
        size = int(self._run([probe]).shape[1])
        self._columns = _feature_columns(self._model.metadata, config.feature, size, self.name)
        self.size = len(range(size)[self._columns])

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, D) float32 unit vectors, one for each BGR crop; (0, D) for none.

        Zeros for an empty crop, and where the network itself answers zeros. Raises ModelError
        for NaN.
        """
        return embed_in_batches(self._run, crops, self.size, self._batch_size, self.name)

    def _run(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, D) vectors as the network gives them, for at most one batch."""
        images = self.format.batch(crops)
        if self._fixed_batch is not None and len(crops) < self._fixed_batch:
            images = np.pad(images, [(0, self._fixed_batch - len(crops)), (0, 0), (0, 0), (0, 0)])
        feeds = {self._input.name: images.astype(self._input.dtype, copy=False)}
        output = self._model.run(feeds)[0]
        # (N, D, 1, 1) comes from networks that end in a pooling layer.
        length = output.shape[1] if output.ndim > 1 else 0
        if length < 2 or output.size != len(images) * length:
            raise self._refusal(f"it answers {output.shape} for {len(images)} images, not (N, D)")
        vectors = output.reshape(len(images), -1)[: len(crops), self._columns]
        return vectors.astype(np.float32)

    def _refusal(self, reason: str) -> ModelError:
        return ModelError(f"{self.name} is not an embedder: {reason}; see docs/embedders.md")


def embed_in_batches(
    run: Callable[[Sequence[Image]], NDArray[np.float32]],
    crops: Sequence[Image],
    size: int,
    batch_size: int,
    name: str,
) -> NDArray[np.float32]:
    """(N, D) float32 unit vectors by a network of D = ``size``; zeros for an empty crop.

    run: answers (B, D) for at most ``batch_size`` crops, none of them empty. Raises ModelError
    for NaN or infinity, naming the embedder ``name``.
    """
    vectors = np.zeros((len(crops), size), np.float32)
    rows = usable_crops(crops)
    for start in range(0, len(rows), batch_size):
        part = rows[start : start + batch_size]
        vectors[part] = run([crops[row] for row in part])
    if not np.isfinite(vectors).all():
        raise ModelError(f"embedder {name} answered NaN or infinity: its file is broken")
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return vectors


def load_embedder_file(
    name_or_file: str | Path, config: EmbedderConfig | None = None
) -> OnnxEmbedder | ColourStripes:
    """The embedder in an ONNX file, or the built-in one for ``"colour"``.

    Raises UsageError for a missing file, ModelError for a file that is no embedder.
    """
    if str(name_or_file) == BUILT_IN:
        return ColourStripes()
    if is_checkpoint(Path(name_or_file)):
        raise ModelError(
            f"{name_or_file} is a checkpoint; make an ONNX file of it first: "
            "touchline reid export CHECKPOINT OUT.onnx"
        )
    if not os.path.exists(name_or_file):
        raise UsageError(
            f"embedder {name_or_file} does not exist; give the path of an .onnx file, {BUILT_IN!r} "
            "for the built-in one, or 'none' to track without appearance"
        )
    return OnnxEmbedder(name_or_file, config)


def _feature_columns(metadata: Mapping[str, str], feature: str, size: int, name: str) -> slice:
    """Which of the ``size`` numbers of a vector are a feature, as the metadata ``features`` says.

    That holds names and lengths in their order, as ``last 768, projected 512``. Raises UsageError
    where the file ``name`` has no such feature, ModelError for a text that does not fit it.
    """
    if feature == "both":
        return slice(None)
    text = metadata.get("features", "")
    starts: dict[str, slice] = {}
    start = 0
    try:
        for part in filter(None, text.split(",")):
            own, length = part.split()
            starts[own] = slice(start, start := start + int(length))
    except ValueError:
        start = -1
    if text and (start != size or any(part.start >= part.stop for part in starts.values())):
        raise ModelError(
            f"{name} says features {shown(text)}, which are not names and lengths of {size} numbers"
        )
    if feature not in starts:
        raise UsageError(
            f"{name} does not say which of its numbers are {feature}: leave embedder.feature out, "
            "or write the file again from a checkpoint of CLIP-ReID (touchline reid export)"
        )
    return starts[feature]
