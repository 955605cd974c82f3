"""CLIP's vision transformer for images of people, with the three features of CLIP-ReID.

Written from Li, Sun, Li: "CLIP-ReID: Exploiting Vision-Language Model for Image Re-Identification
without Concrete Text Labels", AAAI 2023 (arXiv:2211.13977): an image that is no square, patches
that may overlap, and features of the last two blocks. Parameters carry OpenAI's names.

Shape letters: B images, R rows and W columns of pixels, T tokens, C channels, D projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from touchline.training.reid.clip_layers import Transformer


@dataclass(frozen=True)
class ImageShape:
    """The sizes of an image encoder; the defaults are ViT-B/16 for people, stride 16.

    height, width: of its images in pixels. stride: from patch to patch; below ``patch`` they
    overlap, which CLIP-ReID does with 12.
    """

    height: int = 256
    width: int = 128
    patch: int = 16
    stride: int = 16
    channels: int = 768
    layers: int = 12
    projection: int = 512

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        rows = (self.height - self.patch) // self.stride + 1
        return rows, (self.width - self.patch) // self.stride + 1


class ImageFeatures(NamedTuple):
    """The class token at three depths, for CLIP-ReID's losses.

    before_last (B, 768): after block 11 of 12. last (B, 768): after block 12 and its norm.
    projected (B, 512): ``last`` in the space that texts share.
    """

    before_last: Tensor
    last: Tensor
    projected: Tensor

    @property
    def evaluated(self) -> Tensor:
        """(B, 1280): ``last`` and ``projected`` side by side, which people are compared by.

        Without the batch-norm neck, as CLIP-ReID tests (its NECK_FEAT "before").
        """
        return torch.cat((self.last, self.projected), dim=1)


class ImageEncoder(nn.Module):
    """Features of normalised images (B, 3, height, width); see ``ImageFeatures``."""

    def __init__(self, shape: ImageShape | None = None) -> None:
        super().__init__()
        shape = shape or ImageShape()
        channels, (rows, columns) = shape.channels, shape.grid
        self.shape = shape
        self.conv1 = nn.Conv2d(3, channels, shape.patch, shape.stride, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(channels) * channels**-0.5)
        table_TC = torch.randn(1 + rows * columns, channels) * channels**-0.5
        self.positional_embedding = nn.Parameter(table_TC)
        self.ln_pre = nn.LayerNorm(channels)
        self.transformer = Transformer(channels, shape.layers, causal=False)
        self.ln_post = nn.LayerNorm(channels)
        self.proj = nn.Parameter(torch.randn(channels, shape.projection) * channels**-0.5)

    def forward(self, image_B3RW: Tensor, camera_BC: Tensor | None = None) -> ImageFeatures:
        """camera_BC: camera embedding added to each image's class token."""
        patch_BTC = self.conv1(image_B3RW).flatten(2).transpose(1, 2)
        first_BTC = self.class_embedding.expand(patch_BTC.shape[0], 1, -1)
        if camera_BC is not None:
            first_BTC = first_BTC + camera_BC[:, None]
        token_BTC = torch.cat((first_BTC.to(patch_BTC.dtype), patch_BTC), dim=1)
        token_BTC = self.ln_pre(token_BTC + self.positional_embedding)
        before_BC, last_BC = self.transformer.first_token(token_BTC)
        last_BC = self.ln_post(last_BC)
        return ImageFeatures(before_BC, last_BC, last_BC @ self.proj)


class EvaluatedFeature(nn.Module):
    """An image encoder that returns only the vector that people are compared by, for export.

    feature: ``both`` for what CLIP-ReID tests (B, 1280), ``projected`` for its last part (B, 512).
    """

    def __init__(self, encoder: ImageEncoder, feature: str = "both") -> None:
        super().__init__()
        self.encoder = encoder
        self._feature = feature

    def forward(self, image_B3RW: Tensor) -> Tensor:
        features: ImageFeatures = self.encoder(image_B3RW)
        return features.evaluated if self._feature == "both" else features.projected

    def told(self) -> str:
        """Names and lengths of what the vector consists of, as metadata tells them."""
        shape = self.encoder.shape
        projected = f"projected {shape.projection}"
        return f"last {shape.channels}, {projected}" if self._feature == "both" else projected


def resize_position_table(
    table_TC: Tensor, before: tuple[int, int], after: tuple[int, int]
) -> Tensor:
    """A position table for another grid (rows, columns): bilinear, the class token's row kept."""
    grid_1CHW = table_TC[1:].float().T.reshape(1, -1, *before)
    resized_1CHW = F.interpolate(grid_1CHW, after, mode="bilinear", align_corners=False)
    return torch.cat((table_TC[:1].float(), resized_1CHW[0].flatten(1).T))
