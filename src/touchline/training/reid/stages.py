"""Stages of a training: parameters, batches and losses of each.

Shape letters: B images of a batch, H rows, W columns, N images in all, K identities, U of
them in a batch, D length of the vector.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from touchline.training.course import Batches
from touchline.training.precision import arithmetic
from touchline.training.processes import Process
from touchline.training.reid.clip_reid import ClipReid
from touchline.training.reid.config import OptimiserConfig, TrainConfig
from touchline.training.reid.crop_data import CropDataset, crop_loader
from touchline.training.reid.data import TrainData
from touchline.training.reid.losses import (
    identity_loss,
    image_text_loss,
    supervised_contrastive_loss,
    triplet_loss,
)
from touchline.training.reid.network import OneHead, TrainNetwork
from touchline.training.reid.rules import MatchRule
from touchline.training.reid.samplers import sampler_for
from touchline.training.reid.validation import embed_crops

_SENTENCES = 256
"""Batch size where no gradient is kept."""


class StageLosses(NamedTuple):
    """total: what is minimised. parts: its terms before their weights, for the log.

    accuracy: share of the batch whose identity scores best, 0..1.
    """

    total: Tensor
    parts: dict[str, Tensor]
    accuracy: Tensor


class Stage(nn.Module, ABC):
    """A part of the training; its parameters are those of the network being trained.

    name: the name of its settings. Called with a batch it returns the losses.
    """

    name: str

    def __init__(
        self, loaded: TrainNetwork, data: TrainData, config: TrainConfig, process: Process
    ) -> None:
        super().__init__()
        self.network = loaded.network
        self._loaded = loaded
        self._data = data
        self.config = config
        self._process = process
        self._identity_N = torch.from_numpy(data.labels.identities).to(process.device)
        self._rule = MatchRule(data.labels, process.device) if config.rules.losses else None

    @property
    @abstractmethod
    def settings(self) -> OptimiserConfig:
        """How this stage is optimised."""

    @abstractmethod
    def prepare(self) -> None:
        """Prepare the network for the stage: freeze parameters, compute what is needed once."""

    @abstractmethod
    def load(self, epoch: int, first: int) -> Batches:
        """This process' batches of an epoch (from 0), from number ``first`` on.

        They depend on nothing else but the settings.
        """

    def _classes(self, identity_B: Tensor) -> Tensor | None:
        return None if self._rule is None else self._rule.classes(identity_B)

    def _pairs(self, identity_B: Tensor) -> Tensor | None:
        return None if self._rule is None else self._rule.pairs(identity_B)

    def autocast(self) -> AbstractContextManager[None]:
        """Mixed precision for the network as configured; losses need single precision."""
        kind = arithmetic(self.config.precision, self._process.device)
        return torch.autocast(self._process.device.type, kind, enabled=kind != torch.float32)


class PromptStage(Stage):
    """CLIP-ReID's first stage: learns a prompt for each identity that matches its images.

    The images' features are computed once, without augmentation, and kept in memory.
    """

    name = "prompts"
    network: ClipReid

    @property
    def settings(self) -> OptimiserConfig:
        return self.config.prompts

    def prepare(self) -> None:
        self.network.eval().requires_grad_(False)
        self.network.prompt_learner.cls_ctx.requires_grad_(True)
        with self.autocast():
            feature_ND = embed_crops(
                lambda image_B3HW: self.network.encode_image(image_B3HW).projected,
                self._data.train,
                self._loaded.format,
                self._process.device,
                self.config.validation.batch_size,
            )
        self._feature_ND = feature_ND.to(self._process.device)

    def load(self, epoch: int, first: int) -> Batches:
        """All crops in random order; what does not divide among the processes is left out."""
        size, world = self.config.prompts.batch_size, self._process.world_size
        order = np.random.default_rng([self.config.seed, epoch]).permutation(len(self._data.train))
        if world > 1:
            order = order[: max(len(order) // world, 1) * world]
        own = order[self._process.rank :: world]
        starts = range(first * size, len(own), size)
        return [(torch.from_numpy(own[start : start + size].copy()),) for start in starts]

    def forward(self, row_B: Tensor) -> StageLosses:
        identity_B = self._identity_N[row_B]
        image_BD = self._feature_ND[row_B]
        # A sentence that several images share is encoded once.
        identity_U, place_B = torch.unique(identity_B, return_inverse=True)
        with self.autocast():
            text_UD = self.network.encode_prompts(identity_U)
        text_BD = text_UD.float()[place_B]
        allowed_BB = self._pairs(identity_B)
        loss = supervised_contrastive_loss(image_BD, text_BD, identity_B, allowed_BB)
        with torch.no_grad():
            score_BU = image_BD @ text_UD.float().T
            allowed_BU = self._classes(identity_B)
            if allowed_BU is not None:
                allowed_BU = allowed_BU[:, identity_U]
            right = _accuracy(score_BU, place_B, allowed_BU)
        return StageLosses(loss, {"contrastive": loss.detach()}, right)


class ImageStage(Stage):
    """Pulls images of one person together and apart from others'. CLIP-ReID's second stage.

    Of CLIP the image encoder is trained, with two heads, three features and the sentences from
    before; of the others everything, with one head and one feature.
    """

    name = "images"

    def __init__(
        self, loaded: TrainNetwork, data: TrainData, config: TrainConfig, process: Process
    ) -> None:
        super().__init__(loaded, data, config, process)
        sampler = sampler_for(config, data.labels, rank=process.rank, world_size=process.world_size)
        crops = CropDataset(
            data.train, loaded.format, config.augmentation, cache_megabytes=config.cache_megabytes
        )
        self._loader = crop_loader(crops, sampler, workers=config.workers, seed=config.seed)
        self._text_KD: Tensor | None = None

    @property
    def settings(self) -> OptimiserConfig:
        return self.config.images

    def prepare(self) -> None:
        network = self.network
        if isinstance(network, ClipReid):
            network.requires_grad_(False)
            for part in (
                network.visual,
                network.bottleneck.weight,
                network.bottleneck_proj.weight,
                network.classifier,
                network.classifier_proj,
            ):
                part.requires_grad_(True)
            if self.config.images.image_text_weight:
                self._text_KD = self._sentences(network)
        network.train()

    def load(self, epoch: int, first: int) -> Batches:
        self._loader.set_epoch(epoch, first)
        return self._loader

    def forward(self, image_B3HW: Tensor, row_B: Tensor) -> StageLosses:
        identity_B = self._identity_N[row_B]
        allowed_BK, allowed_BB = self._classes(identity_B), self._pairs(identity_B)
        with self.autocast():
            if isinstance(self.network, OneHead):
                plain = self.network.classify(image_B3HW)
                heads, features = [plain.logits], [plain.feature]
            else:
                output = self.network(image_B3HW)
                heads = [output.logits, output.logits_projected]
                features = list(output.features)
        config, zero = self.config.images, features[0].new_zeros((), dtype=torch.float32)
        parts = {
            "identity": sum(
                (
                    identity_loss(head_BK, identity_B, allowed_BK, smoothing=config.label_smoothing)
                    for head_BK in heads
                ),
                zero,
            ),
            "triplet": sum(
                (
                    triplet_loss(feature_BD, identity_B, allowed_BB, margin=config.triplet_margin)
                    for feature_BD in features
                ),
                zero,
            ),
        }
        total = config.identity_weight * parts["identity"]
        total = total + config.triplet_weight * parts["triplet"]
        score_BK = heads[0]
        if self._text_KD is not None:
            parts["image_text"] = image_text_loss(
                features[-1],
                self._text_KD,
                identity_B,
                allowed_BK,
                smoothing=config.label_smoothing,
            )
            total = total + config.image_text_weight * parts["image_text"]
            score_BK = features[-1].detach().float() @ self._text_KD.T
        parts = {name: value.detach() for name, value in parts.items()}
        return StageLosses(total, parts, _accuracy(score_BK, identity_B, allowed_BK))

    def _sentences(self, network: ClipReid) -> Tensor:
        """(K, D) vectors of all sentences, fixed in this stage."""
        identity_K = torch.arange(network.identities, device=self._process.device)
        with torch.no_grad(), self.autocast():
            found = [
                network.encode_prompts(identity_K[start : start + _SENTENCES])
                for start in range(0, len(identity_K), _SENTENCES)
            ]
        return torch.cat(found).float()


@torch.no_grad()
def _accuracy(score_BK: Tensor, identity_B: Tensor, allowed_BK: Tensor | None) -> Tensor:
    """Share of images whose own class scores best among the allowed ones."""
    if allowed_BK is not None:
        score_BK = score_BK.masked_fill(~allowed_BK, -torch.inf)
    return (score_BK.argmax(1) == identity_B).float().mean()
