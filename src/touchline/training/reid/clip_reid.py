"""CLIP-ReID: CLIP trained to tell people apart, first by prompts and then by images.

Written from Li, Sun, Li: "CLIP-ReID: Exploiting Vision-Language Model for Image Re-Identification
without Concrete Text Labels", AAAI 2023 (arXiv:2211.13977). Parameters carry the names of CLIP
and, for what is added, of the authors' program.

Shape letters: B images, R rows and W columns of pixels, N identities, C channels, D projection.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from touchline.errors import InputError
from touchline.training.reid.clip import Clip, TextShape
from touchline.training.reid.clip_image import ImageFeatures, ImageShape
from touchline.training.reid.clip_prompts import END, IdentityPrompts, prompt_tokens


class ReidOutput(NamedTuple):
    """Output of the second stage for a batch, for its losses.

    features: see there. logits, logits_projected (B, N): of the two classifiers, each behind its
    batch-norm neck.
    """

    features: ImageFeatures
    logits: Tensor
    logits_projected: Tensor


class ClipReid(Clip):
    """CLIP with a learned sentence and a class for each of ``identities`` (1 or more).

    cameras: how many have a learned vector that is added to an image's class token, times
    ``camera_weight``; 0 for none. An image of unknown camera goes without.
    """

    def __init__(
        self,
        identities: int,
        image: ImageShape | None = None,
        text: TextShape | None = None,
        *,
        cameras: int = 0,
        camera_weight: float = 1.0,
    ) -> None:
        super().__init__(image, text)
        shape = self.visual.shape
        self.identities = identities
        self.camera_weight = camera_weight
        self.prompt_learner = IdentityPrompts(identities, self.text_shape)
        self.bottleneck = _neck(shape.channels)
        self.bottleneck_proj = _neck(shape.projection)
        self.classifier = _classifier(shape.channels, identities)
        self.classifier_proj = _classifier(shape.projection, identities)
        self.cv_embed: nn.Parameter | None = None
        if self.token_embedding is not None:
            self.set_prompt_words()
        if cameras:
            self.cv_embed = nn.Parameter(torch.randn(cameras, shape.channels) * 0.02)

    def encode_image(self, image_B3RW: Tensor, camera_B: Tensor | None = None) -> ImageFeatures:
        """Features of normalised images; camera_B: the number of each one's camera, from 0.

        Raises InputError for cameras where the network has learned none.
        """
        camera_BC = None
        if camera_B is not None:
            if self.cv_embed is None:
                raise InputError("this network was made without cameras: leave camera_B out")
            camera_BC = self.camera_weight * self.cv_embed[camera_B]
        features: ImageFeatures = self.visual(image_B3RW, camera_BC)
        return features

    def encode_prompts(self, identity_B: Tensor) -> Tensor:
        """(B, D) vectors of the sentences of identities, given by their numbers from 0."""
        return self._encode_words(self.prompt_learner(identity_B), torch.full_like(identity_B, END))

    @torch.no_grad()
    def set_prompt_words(self) -> None:
        """Set the sentences' fixed words from the vocabulary, once that is loaded.

        Raises ModelError for a network without a vocabulary.
        """
        self.prompt_learner.set_words(self._words(prompt_tokens(self.text_shape.context)))

    def forward(self, image_B3RW: Tensor, camera_B: Tensor | None = None) -> ReidOutput:
        """Features and class scores of a batch of images: one step of the second stage."""
        features = self.encode_image(image_B3RW, camera_B)
        return ReidOutput(
            features,
            self.classifier(self.bottleneck(features.last)),
            self.classifier_proj(self.bottleneck_proj(features.projected)),
        )


def _neck(channels: int) -> nn.BatchNorm1d:
    """Batch normalisation without bias, as in Luo et al., arXiv:1903.07071."""
    neck = nn.BatchNorm1d(channels)
    neck.bias.requires_grad_(False)
    return neck


def _classifier(channels: int, identities: int) -> nn.Linear:
    classifier = nn.Linear(channels, identities, bias=False)
    nn.init.normal_(classifier.weight, std=0.001)
    return classifier
