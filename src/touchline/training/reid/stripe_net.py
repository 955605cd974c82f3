"""The shipped encoder of footballers: colour histograms beside convolutional features.

Colours tell footballers apart best and need no training; a small network sees what they leave
over: patterns, numbers, hair, shoes. So both stand in one network, and its vectors are colours,
projected to few numbers, beside those of a trunk. The trunk are the first stages of YOLOX-nano, up
to stride 8, so that it can begin from what COCO taught.

Shape letters: B images, C channels, H rows, W columns, S bands of the body, D numbers of a
vector.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.perception.crops import CropFormat
from touchline.training.blocks import Backbone
from touchline.training.checkpoints import Checkpoint, LoadReport, fit
from touchline.training.reid.colour_layer import COLOR_SIZE, ColourLayer

STRIPE_NET = "stripe_net"

_GREY = 114.0
"""Subtracted from the pixels, so that erased parts become the grey that YOLOX pads with."""

CROP_FORMAT = CropFormat(128, 64, (_GREY / 255,) * 3, (1 / 255,) * 3, "bgr")

COLOURS, LOOKS = 128, 128
"""Length of each part of a vector."""

_BANDS = 8
_STAGES, _CHANNELS = 2, 64
POOLED = _BANDS * 2 * _CHANNELS

_SOFTENING = 0.01
"""Below about this, the square root of a feature is linear."""

_OF_TRAINING = ("bottleneck.", "classifier.")


class StripeNet(nn.Module):
    """Unit vectors (B, 256) from images (B, 3, 128, 64) in ``CROP_FORMAT``.

    A vector is colours (128) and features (128), each of unit length, then weighted; ``share`` is
    the weight of the features in a scalar product, 0 to 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.colour = ColourLayer()
        self.colour_mean: Tensor
        self.colour_projection: Tensor
        self.share: Tensor
        self.register_buffer("colour_mean", torch.zeros(COLOR_SIZE))
        self.register_buffer("colour_projection", torch.eye(COLOR_SIZE)[:, :COLOURS].clone())
        self.register_buffer("share", torch.tensor(0.5))
        backbone = Backbone("silu")
        self.trunk = nn.Sequential(backbone.stem, *list(backbone.stages)[:_STAGES])
        self.project = nn.Linear(POOLED, LOOKS)

    def forward(self, image_B3HW: Tensor) -> Tensor:
        colour_BD = nn.functional.normalize(
            (self.colours(image_B3HW) - self.colour_mean) @ self.colour_projection, dim=1
        )
        looks_BD = nn.functional.normalize(self.project(self.pooled(image_B3HW)), dim=1)
        return torch.cat([(1.0 - self.share).sqrt() * colour_BD, self.share.sqrt() * looks_BD], 1)

    def colours(self, image_B3HW: Tensor) -> Tensor:
        """(B, 1152) unit vectors of the colours, before they are projected."""
        colour_BC: Tensor = self.colour(image_B3HW + _GREY)
        return colour_BC

    def pooled(self, image_B3HW: Tensor) -> Tensor:
        """(B, 1024) square roots of the means and maxima of the trunk's channels in each band."""
        map_BCHW = self.trunk(image_B3HW)
        band_BCSP = map_BCHW.reshape(len(map_BCHW), _CHANNELS, _BANDS, -1)
        pooled_BC = torch.cat([band_BCSP.mean(-1), band_BCSP.amax(-1)], 1).flatten(1)
        return pooled_BC * (pooled_BC.abs() + _SOFTENING).rsqrt()


def is_stripe_net(tensors: Mapping[str, Tensor]) -> bool:
    """True for the parameters of this network."""
    return "colour_projection" in tensors


def stripe_net(checkpoint: Checkpoint) -> tuple[StripeNet, LoadReport]:
    """The network of a checkpoint, ready for inference, and how the parameters fitted.

    The classifier of the training identities and its neck are dropped. Raises ModelError for
    tensors that are none.
    """
    if not is_stripe_net(checkpoint.tensors):
        raise ModelError(f"{checkpoint.file} holds no {STRIPE_NET}")
    dropped = [name for name in checkpoint.tensors if name.startswith(_OF_TRAINING)]
    tensors = {name: value for name, value in checkpoint.tensors.items() if name not in dropped}
    network = StripeNet()
    return network.eval(), fit(network, tensors, dropped=dropped)
