"""Exports a trained network as the ONNX file that tracking uses, and checks it against torch.

Shape letters: B images, C channels, H rows, W columns, D length of the vector.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from touchline.disk_files import put_in_place
from touchline.errors import UsageError
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import CropFormat
from touchline.perception.embedder import OnnxEmbedder
from touchline.reid.crops import read_crops
from touchline.reid.manifest import Manifest
from touchline.training.onnx_program import to_onnx
from touchline.training.quantise import quantise
from touchline.training.reid.agreement import (
    LIMITS,
    Agreement,
    compare,
    compare_on,
    compared_people,
)
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.types import Image

_CALIBRATION_CROPS = 128
_CALIBRATION_BATCH = 16


@dataclass(frozen=True)
class ExportReport:
    """What was written: the file, its vectors' length, and how well it agrees with torch."""

    file: Path
    feature_size: int
    precision: str
    agreement: Agreement


def export_checkpoint(
    file: str | Path,
    out: str | Path,
    *,
    stride: int | None = None,
    feature: str = "both",
    source: str = "",
    licence: str = "",
    crops: Sequence[Image] = (),
    data: Manifest | None = None,
    precision: str = "fp32",
    min_cosine: float | None = None,
) -> ExportReport:
    """Write the network of a checkpoint as an ONNX embedder; report how well it agrees.

    file: OSNet from torchreid, CLIP-ReID, CLIP or our own. stride: of CLIP's patches, 16 or 12;
    None keeps the file's. feature: of CLIP, ``both`` or ``projected``. source, licence: texts for
    the metadata; else what the file says, then its name. The others as for ``export_onnx``. Raises
    ModelError for a checkpoint that holds no complete network, and as ``load_embedding_network``
    and ``export_onnx``.
    """
    loaded = load_embedding_network(file, stride=stride, feature=feature)
    return export_onnx(
        loaded.network,
        out,
        crop_format=loaded.format,
        features=loaded.features,
        source=source or loaded.source or f"{loaded.name} from {Path(file).name}",
        licence=licence or loaded.licence or "not stated",
        crops=crops,
        data=data,
        precision=precision,
        min_cosine=min_cosine,
    )


def export_onnx(
    network: nn.Module,
    out: str | Path,
    *,
    crop_format: CropFormat | None = None,
    features: str = "",
    source: str,
    licence: str,
    crops: Sequence[Image] = (),
    data: Manifest | None = None,
    precision: str = "fp32",
    min_cosine: float | None = None,
) -> ExportReport:
    """Write a network (B, 3, H, W) -> (B, D) as an ONNX embedder for any number of crops.

    precision: ``fp32``; ``fp16``: computes in half precision; ``int8``: see ``quantise``. Input
    and output are float32 always. The metadata holds the crop format (``input_size``, ``mean``,
    ``std``, ``colour``, ``resize``), ``feature_size``, ``features`` (names and lengths of the parts
    of a vector, where it has any), ``precision``, ``source`` and ``licence``.

    The file is then run and compared with torch: on the people of ``data``, else on ``crops`` (BGR
    images of people) and made-up ones. Raises ModelError, and leaves no file, where that falls
    short of ``LIMITS`` (``min_cosine`` takes the place of their cosines); UsageError where ``out``
    cannot be written, for int8 without ``data``, and for data in which nobody is found again.
    """
    crop_format = crop_format or CropFormat()
    out = Path(out)
    if precision not in LIMITS:
        raise UsageError(f"precision {precision!r} is not one of {', '.join(LIMITS)}")
    if precision == "int8" and data is None:
        raise UsageError("int8 has to measure real crops: give --data MANIFEST_OR_FOLDER")
    limits = LIMITS[precision]
    if min_cosine is not None:
        limits = replace(
            limits, min_median=min_cosine, min_cosine=min(min_cosine, limits.min_cosine)
        )
    people = None if data is None else compared_people(data)
    network = network.eval()
    model = _to_onnx(_HalfInside(network).eval() if precision == "fp16" else network, crop_format)
    if precision == "int8" and data is not None and people is not None:
        model = quantise(model, _calibration(data, people[0], crop_format))
    with torch.inference_mode():
        size = network(torch.zeros(1, 3, crop_format.height, crop_format.width)).shape[1]
    texts = {
        **crop_format.to_metadata(),
        "feature_size": str(size),
        "precision": precision,
        "source": source,
        "licence": licence,
    }
    onnx.helper.set_model_props(model, texts | ({"features": features} if features else {}))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as folder:
            draft = Path(folder) / out.name
            onnx.save_model(model, draft)
            embedder = OnnxEmbedder(draft, EmbedderConfig(device="cpu"))
            if people is None:
                agreement = compare(network, embedder, [*_made_up_crops(), *crops])
            else:
                agreement = compare_on(network, embedder, *people)
            agreement.check(limits)
            put_in_place(draft, out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    return ExportReport(out, size, precision, agreement)


class _HalfInside(nn.Module):
    """A copy of a network that computes in half precision; float32 in and out."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).half()

    def forward(self, image_BCHW: Tensor) -> Tensor:
        feature_BD: Tensor = self.network(image_BCHW.half())
        return feature_BD.float()


def _calibration(
    data: Manifest, compared: Manifest, crop_format: CropFormat
) -> Iterator[NDArray[np.float32]]:
    """Batches of calibration crops, of people that are not compared where there are enough."""
    others = data[np.flatnonzero(~np.isin(data.identities, compared.identities))]
    drawn_from = others if len(others) >= _CALIBRATION_CROPS else data
    rows = np.random.default_rng(0).permutation(len(drawn_from))[:_CALIBRATION_CROPS]
    for _, crops in read_crops(drawn_from[rows], _CALIBRATION_BATCH):
        yield crop_format.batch(crops)


def _to_onnx(network: nn.Module, crop_format: CropFormat) -> onnx.ModelProto:
    example_BCHW = torch.zeros(2, 3, crop_format.height, crop_format.width)
    return to_onnx(network, example_BCHW, "features", {0: "batch"})


def _made_up_crops() -> list[Image]:
    """Synthetic crops of noise and blocks of colour, as large as people in broadcast images."""
    random = np.random.default_rng(0)
    crops: list[Image] = []
    for height, width in ((256, 128), (90, 35), (40, 17), (300, 140)):
        crops.append(random.integers(0, 256, (height, width, 3), np.uint8))
        blocks = random.integers(0, 256, (8, 4, 3), np.uint8)
        tall = blocks.repeat(-(-height // 8), axis=0).repeat(-(-width // 4), axis=1)
        crops.append(tall[:height, :width])
    return crops
