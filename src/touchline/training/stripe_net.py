"""The shipped encoder of footballers: what they wear, and how they look besides.

Colours tell footballers apart best and need no training; a small network sees what they leave
over: patterns, numbers, hair, shoes. So both stand in one network, and its vectors are colours,
projected to few numbers, beside those of a trunk. The trunk are the first stages of YOLOX-nano, up
to stride 8, so that it can begin from what COCO taught.

Shape letters: B pictures, C channels, H rows, W columns, S bands of the body, D numbers of a
vector.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.perception.crops import CropFormat
from touchline.training.checkpoints import Checkpoint, LoadReport, fit
from touchline.training.color_layer import COLOR_SIZE, ColorLayer
from touchline.training.detector.network import Backbone

STRIPE_NET = "stripe_net"

_GREY = 114.0
"""Taken off the pixels, so that what is erased becomes the grey that YOLOX pads with."""

CROP_FORMAT = CropFormat(128, 64, (_GREY / 255,) * 3, (1 / 255,) * 3, "bgr")

COLORS, LOOKS = 128, 128
"""Numbers of each part of a vector."""

_BANDS = 8
_STAGES, _CHANNELS = 2, 64
POOLED = _BANDS * 2 * _CHANNELS

_SOFTENING = 0.01
"""Below about this, the root of a feature is a straight line."""

_OF_TRAINING = ("bottleneck.", "classifier.")


class StripeNet(nn.Module):
    """Unit vectors (B, 256) from pictures (B, 3, 128, 64) in ``CROP_FORMAT``.

    A vector is colours (128) and looks (128), each of unit length and then weighted; ``share`` is
    what the looks have in a scalar product, 0 to 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.color = ColorLayer()
        self.color_mean: Tensor
        self.color_projection: Tensor
        self.share: Tensor
        self.register_buffer("color_mean", torch.zeros(COLOR_SIZE))
        self.register_buffer("color_projection", torch.eye(COLOR_SIZE)[:, :COLORS].clone())
        self.register_buffer("share", torch.tensor(0.5))
        backbone = Backbone("silu")
        self.trunk = nn.Sequential(backbone.stem, *list(backbone.stages)[:_STAGES])
        self.project = nn.Linear(POOLED, LOOKS)

    def forward(self, image_B3HW: Tensor) -> Tensor:
        color_BD = nn.functional.normalize(
            (self.colors(image_B3HW) - self.color_mean) @ self.color_projection, dim=1
        )
        looks_BD = nn.functional.normalize(self.project(self.pooled(image_B3HW)), dim=1)
        return torch.cat([(1.0 - self.share).sqrt() * color_BD, self.share.sqrt() * looks_BD], 1)

    def colors(self, image_B3HW: Tensor) -> Tensor:
        """(B, 1152) unit vectors of the colours, before they are projected."""
        color_BC: Tensor = self.color(image_B3HW + _GREY)
        return color_BC

    def pooled(self, image_B3HW: Tensor) -> Tensor:
        """(B, 1024) roots of the means and maxima of the trunk's channels in each band."""
        map_BCHW = self.trunk(image_B3HW)
        band_BCSP = map_BCHW.reshape(len(map_BCHW), _CHANNELS, _BANDS, -1)
        pooled_BC = torch.cat([band_BCSP.mean(-1), band_BCSP.amax(-1)], 1).flatten(1)
        return pooled_BC * (pooled_BC.abs() + _SOFTENING).rsqrt()


def is_stripe_net(tensors: Mapping[str, Tensor]) -> bool:
    """True for the parameters of this network."""
    return "color_projection" in tensors


def stripe_net(checkpoint: Checkpoint) -> tuple[StripeNet, LoadReport]:
    """The network of a checkpoint, ready to infer, and how the parameters fitted.

    The classifier of the training identities and its neck are dropped. Raises ModelError for
    tensors that are none.
    """
    if not is_stripe_net(checkpoint.tensors):
        raise ModelError(f"{checkpoint.file} holds no {STRIPE_NET}")
    dropped = [name for name in checkpoint.tensors if name.startswith(_OF_TRAINING)]
    tensors = {name: value for name, value in checkpoint.tensors.items() if name not in dropped}
    network = StripeNet()
    return network.eval(), fit(network, tensors, dropped=dropped)
