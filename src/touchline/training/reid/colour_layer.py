"""Colour histograms of bands of the body as a layer of a network, finer than the built-in ones.

The idea, the ranges and the way the background is weighted out are those of
``perception.colour_stripes``. Here four times as many pixels are looked at, colours have more bins,
and bands run into each other, so that a box a little too high changes little. What that is worth
was measured on people linked across images of ``det/dfl_players``: see docs/embedders.md.

Shape letters: B images, H rows, W columns, E pixels of both edges, S bands, L bins of light, A
bins of one colour axis, P bins of both together, C numbers of the histograms.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from touchline.perception.colour_stripes import (
    A_RANGE,
    B_RANGE,
    BACKGROUND_SPREAD,
    LIGHT_RANGE,
    MIDDLE_WIDTH,
    MIN_WEIGHT,
)

HEIGHT, WIDTH = 64, 32
"""Every image is resized to this."""

BANDS = 8
LIGHT_BINS, A_BINS, B_BINS = 4, 6, 6
COLOR_SIZE = BANDS * LIGHT_BINS * A_BINS * B_BINS

_XYZ = (
    (0.180437, 0.357580, 0.412453),
    (0.072169, 0.715160, 0.212671),
    (0.950227, 0.119193, 0.019334),
)
"""Rows X, Y, Z from linear blue, green, red (ITU-R BT.709, D65)."""

_WHITE = (0.950456, 1.0, 1.088754)
_LINEAR_BELOW, _CUBE_BELOW = 0.04045, 0.008856


class ColourLayer(nn.Module):
    """Unit vectors (B, 1152) from BGR images (B, 3, H, W) of 0..255.

    H and W are multiples of 64 and 32. Nothing in it is learned, and no gradient passes.
    """

    def __init__(self) -> None:
        super().__init__()
        column_W = (torch.arange(WIDTH) + 0.5) / WIDTH - 0.5
        row_H = (torch.arange(HEIGHT) + 0.5) / HEIGHT * BANDS - 0.5
        constants = {
            "xyz": torch.tensor(_XYZ) / torch.tensor(_WHITE)[:, None],
            "middle_W": (-0.5 * (column_W / MIDDLE_WIDTH).square()).exp(),
            "spread": torch.tensor(BACKGROUND_SPREAD)[:, None, None],
            "band_SH": (1.0 - (row_H - torch.arange(BANDS)[:, None]).abs()).clamp(min=0.0),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)
        self.xyz: Tensor
        self.middle_W: Tensor
        self.spread: Tensor
        self.band_SH: Tensor

    @torch.no_grad()
    def forward(self, image_B3HW: Tensor) -> Tensor:
        kernel = (image_B3HW.shape[2] // HEIGHT, image_B3HW.shape[3] // WIDTH)
        lab_B3HW = _lab(nn.functional.avg_pool2d(image_B3HW, kernel), self.xyz)
        weight_BHW = _foreground(lab_B3HW, self.spread) * self.middle_W
        light_BHWL = _soft_bins(lab_B3HW[:, 0], LIGHT_RANGE, LIGHT_BINS) * weight_BHW[..., None]
        a_BHWA = _soft_bins(lab_B3HW[:, 1], A_RANGE, A_BINS)
        b_BHWA = _soft_bins(lab_B3HW[:, 2], B_RANGE, B_BINS)
        colour_BHWP = (a_BHWA[..., :, None] * b_BHWA[..., None, :]).flatten(-2)
        row_BHC = (light_BHWL.transpose(-1, -2) @ colour_BHWP).flatten(-2)
        band_BSC = self.band_SH @ row_BHC
        share_BSC = band_BSC / band_BSC.sum(-1, keepdim=True)
        return nn.functional.normalize(share_BSC.flatten(1).pow(1 / 3), dim=1)


def _lab(image_B3HW: Tensor, xyz: Tensor) -> Tensor:
    """L, a and b as OpenCV has them in 8 bits, without rounding."""
    value_B3HW = image_B3HW.clamp(0.0, 255.0) / 255.0
    linear_B3HW = torch.where(
        value_B3HW <= _LINEAR_BELOW,
        value_B3HW / 12.92,
        ((value_B3HW + 0.055) / 1.055).pow(2.4),
    )
    part_B3HW = nn.functional.conv2d(linear_B3HW, xyz[:, :, None, None])
    root_B3HW = torch.where(
        part_B3HW > _CUBE_BELOW,
        part_B3HW.clamp(min=_CUBE_BELOW).pow(1 / 3),
        7.787 * part_B3HW + 16 / 116,
    )
    x_BHW, y_BHW, z_BHW = root_B3HW.unbind(1)
    return torch.stack(
        [
            (116.0 * y_BHW - 16.0) * 2.55,
            500.0 * (x_BHW - y_BHW) + 128.0,
            200.0 * (y_BHW - z_BHW) + 128.0,
        ],
        1,
    )


def _foreground(lab_B3HW: Tensor, spread: Tensor) -> Tensor:
    """(B, H, W): small where a pixel has the median colour of the left and right edge."""
    edge_B3E = torch.cat([lab_B3HW[..., 0], lab_B3HW[..., -1]], -1)
    # The median: the mean of the two in the middle.
    upper_B3E = edge_B3E.topk(HEIGHT + 1, dim=-1).values
    background_B3 = upper_B3E[..., -2:].mean(-1)
    distance_B3HW = (lab_B3HW - background_B3[..., None, None]) / spread
    return (1.0 - (-0.5 * distance_B3HW.square().sum(1)).exp()).clamp(min=MIN_WEIGHT)


def _soft_bins(value_BHW: Tensor, limits: tuple[float, float], bins: int) -> Tensor:
    """(B, H, W, bins) share of each bin: linear between the two nearest centres."""
    low, high = limits
    place_BHW = ((value_BHW - low) / (high - low) * bins - 0.5).clamp(0.0, bins - 1.0)
    centre = torch.arange(bins, device=value_BHW.device, dtype=value_BHW.dtype)
    return (1.0 - (place_BHW[..., None] - centre).abs()).clamp(min=0.0)
