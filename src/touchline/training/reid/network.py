"""The network to train, from a checkpoint of any kind.

Shape letters: B images, H rows, W columns, K identities, D length of the vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from touchline.errors import ModelError, UsageError
from touchline.perception.crops import CropFormat
from touchline.training.checkpoints import Checkpoint, LoadReport, read_checkpoint
from touchline.training.reid.clip_checkpoints import crop_format, is_clip, load_clip_reid
from touchline.training.reid.clip_reid import ClipReid
from touchline.training.reid.config import TrainConfig
from touchline.training.reid.osnet import FEATURE_SIZE, OSNet, is_osnet, osnet
from touchline.training.reid.stripe_net import (
    COLOURS,
    LOOKS,
    STRIPE_NET,
    StripeNet,
    is_stripe_net,
    stripe_net,
)

_TEXT_PARTS = (
    "transformer.",
    "positional_embedding",
    "ln_final.",
    "text_projection",
    "token_embedding.",
    "prompt_learner.token_",
    "logit_scale",
)
"""Parameters of CLIP's text encoder; the image encoder does not need them."""


class Classified(NamedTuple):
    """feature (B, D): what is compared. logits (B, K): of the classifier behind the neck."""

    feature: Tensor
    logits: Tensor


class OneHead(nn.Module):
    """A class for each identity behind a batch-norm neck (arXiv:1903.07071), for any encoder."""

    def add_head(self, size: int, identities: int) -> None:
        """Add the head for vectors of length ``size``."""
        self.bottleneck = nn.BatchNorm1d(size)
        self.bottleneck.bias.requires_grad_(False)
        self.classifier = nn.Linear(size, identities, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.001)

    def classify(self, image_B3HW: Tensor) -> Classified:
        """Vectors and class scores of a batch: one step of training."""
        feature_BD = self(image_B3HW)
        return Classified(feature_BD, self.classifier(self.bottleneck(feature_BD)))


class OsnetReid(OneHead, OSNet):
    """OSNet as it is trained."""

    def __init__(self, name: str, identities: int) -> None:
        super().__init__(name)
        self.add_head(FEATURE_SIZE, identities)


class StripeNetReid(OneHead, StripeNet):
    """The shipped encoder as it is trained."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.add_head(COLOURS + LOOKS, identities)


@dataclass(frozen=True)
class TrainNetwork:
    """A network to train and the metadata of its file.

    format: of the crops it wants. name: the kind of network. source, licence: texts of the file,
    empty where it has none. report: how the file fitted.
    """

    network: ClipReid | OneHead
    format: CropFormat
    name: str
    source: str
    licence: str
    report: LoadReport

    def embed(self, image_B3HW: Tensor) -> Tensor:
        """(B, D) embeddings as the exported network gives them."""
        if isinstance(self.network, OneHead):
            vector_BD: Tensor = self.network(image_B3HW)
            return vector_BD
        return self.network.encode_image(image_B3HW).evaluated


def preset_of(file: str | Path) -> str:
    """The preset for a checkpoint: ``clip_reid``, ``osnet`` or ``stripes``.

    Raises ModelError for any other file.
    """
    return _kind(read_checkpoint(file))


def load_train_network(file: str | Path, identities: int, config: TrainConfig) -> TrainNetwork:
    """The network of a checkpoint with new classes for ``identities`` people.

    What is new starts from the seed of ``config``. Raises ModelError for a file of no known kind
    or without an image encoder, and without a text encoder where the settings need one;
    UsageError for settings that the network has no use for.
    """
    checkpoint = read_checkpoint(file)
    kind = _kind(checkpoint)
    if kind != config.preset:
        raise UsageError(f"{file} is trained with preset {kind}, not {config.preset}: leave it out")
    torch.manual_seed(config.seed)
    if kind != "clip_reid":
        return _one_headed(kind, checkpoint, identities, config)
    network, report = load_clip_reid(file, identities=identities, cameras=0, stride=config.stride)
    lacking = [name for name in report.lacking() if not name.startswith(_TEXT_PARTS)]
    if lacking:
        raise ModelError(f"{file} lacks {len(lacking)} parameters of CLIP: {lacking[0]}")
    needs_text = config.prompts.epochs > 0 or config.images.image_text_weight > 0
    if needs_text and report.lacking():
        raise ModelError(
            f"{file} has no whole text encoder ({report.lacking()[0]} is missing): start from "
            "another, or train without it: prompts.epochs=0 and images.image_text_weight=0"
        )
    shape = network.visual.shape
    name = f"CLIP-ReID (patch {shape.patch}, stride {shape.stride})"
    return _told(network, crop_format(checkpoint), name, checkpoint, report, config.resize)


def _one_headed(
    kind: str, checkpoint: Checkpoint, identities: int, config: TrainConfig
) -> TrainNetwork:
    if config.stride is not None or config.prompts.epochs or config.images.image_text_weight:
        raise UsageError(
            f"{checkpoint.file} is of kind {kind}, which has neither patches nor texts: leave out "
            "stride, prompts.epochs and images.image_text_weight"
        )
    loaded, report = osnet(checkpoint) if kind == "osnet" else stripe_net(checkpoint)
    if report.lacking():
        lacking = report.lacking()
        raise ModelError(f"{checkpoint.file} lacks {len(lacking)} parameters: {lacking[0]}")
    network: OsnetReid | StripeNetReid
    if isinstance(loaded, OSNet):
        network, name = OsnetReid(loaded.name, identities), loaded.name
    else:
        network, name = StripeNetReid(identities), STRIPE_NET
    network.load_state_dict(loaded.state_dict(), strict=False)
    crops = CropFormat.from_metadata(checkpoint.metadata)
    return _told(network, crops, name, checkpoint, report, config.resize)


def _told(
    network: ClipReid | OneHead,
    crops: CropFormat,
    name: str,
    checkpoint: Checkpoint,
    report: LoadReport,
    resize: str | None,
) -> TrainNetwork:
    texts = checkpoint.metadata
    crops = replace(crops, resize=resize or crops.resize)
    return TrainNetwork(
        network, crops, name, texts.get("source", ""), texts.get("licence", ""), report
    )


def _kind(checkpoint: Checkpoint) -> str:
    if is_osnet(checkpoint.tensors):
        return "osnet"
    if is_clip(checkpoint.tensors):
        return "clip_reid"
    if is_stripe_net(checkpoint.tensors):
        return "stripes"
    raise ModelError(
        f"{checkpoint.file} is neither an OSNet of torchreid nor a CLIP, CLIP-ReID or {STRIPE_NET}"
    )
