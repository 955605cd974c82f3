"""The embedding network of a checkpoint of any supported kind."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from touchline.errors import ModelError, UsageError
from touchline.perception.crops import CropFormat
from touchline.training.checkpoints import Checkpoint, LoadReport, fitting, read_checkpoint
from touchline.training.reid.clip_checkpoints import crop_format, image_encoder, is_clip
from touchline.training.reid.clip_image import EvaluatedFeature
from touchline.training.reid.osnet import is_osnet, osnet
from touchline.training.reid.stripe_net import STRIPE_NET, is_stripe_net, stripe_net

FEATURES = ("both", "projected")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EmbeddingNetwork:
    """A network (B, 3, H, W) -> (B, D) ready for inference, and its input format.

    name: the kind of network. features: names and lengths of the parts of a vector, "" where it has
    none. source, licence: what the file says of itself; empty where it says
    nothing. report: how the file fitted.
    """

    network: nn.Module
    format: CropFormat
    name: str
    features: str
    source: str
    licence: str
    report: LoadReport


def load_embedding_network(
    file: str | Path, *, stride: int | None = None, feature: str = "both"
) -> EmbeddingNetwork:
    """The network of a checkpoint; its parameters tell the kind.

    OSNet from torchreid returns its 512 numbers; CLIP and CLIP-ReID the 1280 that CLIP-ReID
    evaluates, or with ``feature`` "projected" the last 512 of them. stride: of CLIP's patches, 16
    or 12; None keeps the file's. Parameters that there is no place for are logged. Raises
    ModelError for a file that is neither or lacks parameters, UsageError for a stride where there
    are no patches, and for a feature where there is but one.
    """
    checkpoint = read_checkpoint(file)
    with fitting(file):
        return _network(checkpoint, stride, feature)


def _network(checkpoint: Checkpoint, stride: int | None, feature: str) -> EmbeddingNetwork:
    file, features = checkpoint.file, ""
    if feature not in FEATURES:
        raise UsageError(f"feature {feature!r} is not one of {', '.join(FEATURES)}")
    if feature != "both" and not is_clip(checkpoint.tensors):
        raise UsageError(
            f"{file} is not a CLIP, whose feature {feature} was asked for: leave it out"
        )
    network: nn.Module
    if is_osnet(checkpoint.tensors):
        if stride is not None:
            raise UsageError(f"{file} is an OSNet, which has no patches: leave the stride out")
        network, report = osnet(checkpoint)
        crops, name = CropFormat.from_metadata(checkpoint.metadata), network.name
    elif is_clip(checkpoint.tensors):
        encoder, report = image_encoder(checkpoint, stride)
        evaluated = EvaluatedFeature(encoder, feature).eval()
        network, crops, features = evaluated, crop_format(checkpoint), evaluated.told()
        patch, step = encoder.shape.patch, encoder.shape.stride
        name = f"CLIP image encoder (patch {patch}, stride {step})"
    elif is_stripe_net(checkpoint.tensors):
        network, report = stripe_net(checkpoint)
        crops, name = CropFormat.from_metadata(checkpoint.metadata), STRIPE_NET
    else:
        raise ModelError(f"{file} is neither an OSNet of torchreid nor a CLIP or CLIP-ReID")
    lacking = report.lacking()
    if lacking:
        raise ModelError(f"{file} lacks {len(lacking)} parameters of {name}: {lacking[0]}")
    if report.unexpected:
        _log.warning("%s: no place in %s for %s", file, name, ", ".join(report.unexpected))
    metadata = checkpoint.metadata
    source, licence = metadata.get("source", ""), metadata.get("licence", "")
    return EmbeddingNetwork(network, crops, name, features, source, licence, report)
