"""From a trained torch network to the ONNX file that tracking uses, checked against each other.

Shape letters: B pictures, C channels, H rows, W columns, D length of the vector.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from touchline.errors import ModelError, UsageError
from touchline.perception.crops import CropFormat
from touchline.perception.embedder import OnnxEmbedder
from touchline.perception.embedder_config import EmbedderConfig
from touchline.training.embedding_network import load_embedding_network
from touchline.types import Image

MIN_COSINE = 0.9999
"""Least agreement of the ONNX file with torch, for every crop; measured is 0.999999."""

_OPSET = 18  # what the exporter writes natively; ONNX Runtime reads it since 1.14


@dataclass(frozen=True)
class ExportReport:
    """What was written: the file, its vectors' length, and how it agrees with torch.

    min_cosine: the least cosine between the two over ``crops_compared`` crops.
    """

    file: Path
    feature_size: int
    min_cosine: float
    crops_compared: int


def export_checkpoint(
    file: str | Path,
    out: str | Path,
    *,
    stride: int | None = None,
    source: str = "",
    licence: str = "",
    crops: Sequence[Image] = (),
) -> ExportReport:
    """Write the network of a checkpoint as an ONNX embedder; say how well it agrees.

    file: OSNet from torchreid, CLIP-ReID, CLIP or our own. stride: of CLIP's patches, 16 or 12;
    None keeps the file's. source, licence: texts for the metadata; else what the file says, then
    its name. crops: BGR pictures of people to compare on, besides made-up ones. Raises ModelError
    for a checkpoint that holds no complete network, UsageError where ``out`` cannot be written.
    """
    loaded = load_embedding_network(file, stride=stride)
    return export_onnx(
        loaded.network,
        out,
        crop_format=loaded.format,
        source=source or loaded.source or f"{loaded.name} from {Path(file).name}",
        licence=licence or loaded.licence or "not stated",
        crops=crops,
    )


def export_onnx(
    network: nn.Module,
    out: str | Path,
    *,
    crop_format: CropFormat | None = None,
    source: str,
    licence: str,
    crops: Sequence[Image] = (),
) -> ExportReport:
    """Write a network (B, 3, H, W) -> (B, D) as an ONNX embedder for any number of crops.

    The metadata holds the crop format (``input_size``, ``mean``, ``std``, ``colour``),
    ``feature_size``, ``source`` and ``licence``. The file is then run and compared with torch on
    made-up crops and on ``crops``. Raises ModelError, and leaves no file, where a vector's cosine
    is below ``MIN_COSINE``; UsageError where ``out`` cannot be written.
    """
    crop_format = crop_format or CropFormat()
    out = Path(out)
    network = network.eval()
    compared = [*_made_up_crops(), *crops]
    model = _to_onnx(network, crop_format)
    with torch.inference_mode():
        truth_BD = network(torch.from_numpy(crop_format.batch(compared))).numpy()
    texts = {
        **crop_format.to_metadata(),
        "feature_size": str(truth_BD.shape[1]),
        "source": source,
        "licence": licence,
    }
    onnx.helper.set_model_props(model, texts)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as folder:
            draft = Path(folder) / out.name
            onnx.save_model(model, draft)
            embedder = OnnxEmbedder(draft, EmbedderConfig(device="cpu"))
            cosines = (embedder.embed(compared) * truth_BD).sum(axis=1)
            cosines /= np.maximum(np.linalg.norm(truth_BD, axis=1), 1e-12)
            if cosines.min() < MIN_COSINE:
                raise ModelError(
                    f"export refused: the ONNX file agrees with torch to cosine "
                    f"{cosines.min():.5f} only, {MIN_COSINE} is needed"
                )
            draft.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    return ExportReport(out, truth_BD.shape[1], float(cosines.min()), len(compared))


def _to_onnx(network: nn.Module, crop_format: CropFormat) -> onnx.ModelProto:
    example_BCHW = torch.zeros(2, 3, crop_format.height, crop_format.width)
    with _quiet_exporter():
        program = torch.onnx.export(
            network,
            (example_BCHW,),
            dynamo=True,
            opset_version=_OPSET,
            input_names=["images"],
            output_names=["features"],
            dynamic_shapes=({0: "batch"},),
            verbose=False,
        )
    if program is None:
        raise ModelError("torch wrote no ONNX program")
    model = program.model_proto
    # The exporter notes where in our source each node was born: paths of this machine.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    return model


@contextlib.contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Without the exporter's remarks about its own insides, which no user can act on."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)


def _made_up_crops() -> list[Image]:
    """Noise and blocks of colour in the sizes that people have in a broadcast picture."""
    random = np.random.default_rng(0)
    crops: list[Image] = []
    for height, width in ((256, 128), (90, 35), (40, 17), (300, 140)):
        crops.append(random.integers(0, 256, (height, width, 3), np.uint8))
        blocks = random.integers(0, 256, (8, 4, 3), np.uint8)
        tall = blocks.repeat(-(-height // 8), axis=0).repeat(-(-width // 4), axis=1)
        crops.append(tall[:height, :width])
    return crops
