"""The parts of a NanoDet-g: four times the weights of a YOLOX-nano, all convolutions dense.

RangiLyu, NanoDet (https://github.com/RangiLyu/nanodet, Apache-2.0), ``config/nanodet-g.yml``. Its
outputs are brought into the form of YOLOX's: a box's distances, each the mean of a distribution
over whole cells, become centre and log size, and the scores of person and ball become objectness
beside classes. The modules stand in the order in which they run.

Shape letters: B images, C channels, H rows, W columns, K whole distances.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from touchline.training.blocks import Block, separable

WIDTHS = (128, 256, 512)
"""Channels of the backbone at stride 8, 16 and 32."""

NECK_WIDTH = 128
DISTANCES = 11
"""A side lies 0 to 10 cells from the cell's centre."""

KINDS = 2
"""Logits that objectness is made of: somebody is there, or the ball."""

_ACT = "leaky"
_MEAN = (103.53, 116.28, 123.675)
_STD = (57.375, 57.12, 58.395)
_SMALLEST = 1e-3  # cells, of a box


def _dense(wide_in: int, wide_out: int, stride: int = 1) -> Block:
    return Block(wide_in, wide_out, 3, stride, 1, _ACT)


class _Both(nn.Module):
    """Narrows to half, looks again, and hands both halves on."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = _dense(width, width // 2)
        self.look = _dense(width // 2, width // 2)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        feature_BCHW = self.narrow(feature_BCHW)
        return torch.cat([self.look(feature_BCHW), feature_BCHW], 1)


class _Stage(nn.Module):
    """Doubles the channels: what came in, and what ``depth`` blocks make of it."""

    def __init__(self, width: int, depth: int, stride: int) -> None:
        super().__init__()
        self.into = _dense(width, width, stride)
        self.blocks = nn.Sequential(*(_Both(width) for _ in range(depth)))
        self.merge = _dense(width, width)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        past_BCHW = self.into(feature_BCHW)
        return torch.cat([self.merge(self.blocks(past_BCHW)), past_BCHW], 1)


class NanoDetBackbone(nn.Module):
    """Features at stride 8, 16 and 32 of images in BGR, 0 to 255."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(_STD)[:, None, None], persistent=False)
        self.stem = nn.Sequential(_dense(3, 32, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList(
            [_Stage(32, 1, 1), _Stage(64, 2, 2), _Stage(128, 2, 2), _Stage(256, 3, 2)]
        )

    def forward(self, image_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        feature_BCHW = self.stem((image_BCHW - self.mean) / self.std)
        found = []
        for stage in self.stages:
            feature_BCHW = stage(feature_BCHW)
            found.append(feature_BCHW)
        return found[1], found[2], found[3]


class NanoDetNeck(nn.Module):
    """Path aggregation without weights of its own: coarse features to the fine ones, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow = nn.ModuleList(nn.Conv2d(width, NECK_WIDTH, 1) for width in WIDTHS)

    def forward(
        self, fine_BCHW: Tensor, middle_BCHW: Tensor, coarse_BCHW: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        narrow_fine, narrow_middle, narrow_coarse = self.narrow
        coarse_BCHW = narrow_coarse(coarse_BCHW)
        middle_BCHW = narrow_middle(middle_BCHW) + _doubled(coarse_BCHW)
        fine_BCHW = narrow_fine(fine_BCHW) + _doubled(middle_BCHW)
        middle_BCHW = middle_BCHW + _halved(fine_BCHW)
        coarse_BCHW = coarse_BCHW + _halved(middle_BCHW)
        return fine_BCHW, middle_BCHW, coarse_BCHW


class NanoDetHead(nn.Module):
    """For each cell of one stride: box (offset in cells, log size), objectness and classes.

    The class branch adds to what the box is told from; it is ours, and begins by adding nothing.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.look = _dense(NECK_WIDTH, NECK_WIDTH)
        self.box_out = nn.Conv2d(NECK_WIDTH, 4 * DISTANCES, 1)
        self.object_out = nn.Conv2d(NECK_WIDTH, KINDS, 1)
        self.class_blocks = separable(NECK_WIDTH, NECK_WIDTH, 1, _ACT)
        self.class_out = nn.Conv2d(NECK_WIDTH, classes, 1)
        last = self.class_blocks[-1]
        assert isinstance(last, Block)
        nn.init.zeros_(last.conv.weight)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        feature_BCHW = self.look(feature_BCHW)
        class_BCHW = feature_BCHW + self.class_blocks(feature_BCHW)
        object_BCHW = self.object_out(feature_BCHW).logsumexp(1, keepdim=True)
        return torch.cat(
            [_boxes(self.box_out(feature_BCHW)), object_BCHW, self.class_out(class_BCHW)], 1
        )


def _boxes(distances_BCHW: Tensor) -> Tensor:
    """Offset of the centre in cells, and log of the size in cells, from four distributions."""
    count, _, rows, columns = distances_BCHW.shape
    share_B4KHW = distances_BCHW.reshape(count, 4, DISTANCES, rows, columns).softmax(2)
    whole_K = torch.arange(DISTANCES, dtype=share_B4KHW.dtype, device=share_B4KHW.device)
    side_B4HW = (share_B4KHW * whole_K[:, None, None]).sum(2)
    before_B2HW, after_B2HW = side_B4HW[:, :2], side_B4HW[:, 2:]
    size_B2HW = (before_B2HW + after_B2HW).clamp(min=_SMALLEST)
    return torch.cat([0.5 + (after_B2HW - before_B2HW) / 2, size_B2HW.log()], 1)


def _doubled(feature_BCHW: Tensor) -> Tensor:
    return nn.functional.interpolate(feature_BCHW, scale_factor=2.0, mode="bilinear")


def _halved(feature_BCHW: Tensor) -> Tensor:
    """Of each 2x2 the mean, which is what halving bilinearly comes to."""
    return nn.functional.avg_pool2d(feature_BCHW, 2)
