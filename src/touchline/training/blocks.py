"""Blocks of YOLOX, and its backbone: what the detector and the shipped encoder are built of.

Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430. The modules stand in the order
in which they run: weights without names are matched in that order.

Shape letters: B images, C channels, H rows, W columns.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTHS = (16, 32, 64, 128, 256)
"""Channels of YOLOX-nano at stride 2, 4, 8, 16 and 32."""

_LEAK = 0.1


class Activation(nn.Module):
    """SiLU, ReLU, or a blend: ``hardness`` 0 is SiLU, 1 is ReLU; of the kind leaky, a leaky ReLU.

    A network trained with SiLU fails if switched to ReLU at once; it adapts
    where the one becomes the other gradually.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.hardness = 0.0 if kind == "silu" else 1.0
        self.leak = _LEAK if kind == "leaky" else 0.0

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        if self.leak:
            return nn.functional.leaky_relu(feature_BCHW, self.leak)
        if self.hardness >= 1.0:
            return feature_BCHW.relu()
        soft_BCHW = nn.functional.silu(feature_BCHW)
        if self.hardness <= 0.0:
            return soft_BCHW
        return soft_BCHW.lerp(feature_BCHW.relu(), self.hardness)


def set_hardness(network: nn.Module, hardness: float) -> None:
    """How far from SiLU (0) to ReLU (1) the activations of a network are."""
    for module in network.modules():
        if isinstance(module, Activation):
            module.hardness = hardness


def hardness_of(network: nn.Module) -> float:
    """The hardness that ``set_hardness`` set, or the initial one."""
    return next(m.hardness for m in network.modules() if isinstance(m, Activation))


class Block(nn.Module):
    """Convolution, normalisation, activation."""

    def __init__(
        self, wide_in: int, wide_out: int, size: int, stride: int, groups: int, act: str
    ) -> None:
        super().__init__()
        padding = (size - 1) // 2
        self.conv = nn.Conv2d(wide_in, wide_out, size, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(wide_out, eps=1e-3, momentum=0.1)
        self.act = Activation(act)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        result_BCHW: Tensor = self.act(self.bn(self.conv(feature_BCHW)))
        return result_BCHW


def pointwise(wide_in: int, wide_out: int, act: str) -> Block:
    """1x1 convolution."""
    return Block(wide_in, wide_out, 1, 1, 1, act)


def separable(wide_in: int, wide_out: int, stride: int, act: str) -> nn.Sequential:
    """Depthwise 3x3, then pointwise 1x1 convolution."""
    return nn.Sequential(
        Block(wide_in, wide_in, 3, stride, wide_in, act), pointwise(wide_in, wide_out, act)
    )


class Bottleneck(nn.Module):
    """1x1, then separable 3x3, added to the input where ``adds``."""

    def __init__(self, width: int, adds: bool, act: str) -> None:
        super().__init__()
        self.reduce = pointwise(width, width, act)
        self.look = separable(width, width, 1, act)
        self.adds = adds

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        seen_BCHW: Tensor = self.look(self.reduce(feature_BCHW))
        return seen_BCHW + feature_BCHW if self.adds else seen_BCHW


class CrossStage(nn.Module):
    """Half of the channels pass through bottlenecks, half bypass them."""

    def __init__(self, wide_in: int, wide_out: int, depth: int, adds: bool, act: str) -> None:
        super().__init__()
        half = wide_out // 2
        self.through = pointwise(wide_in, half, act)
        self.past = pointwise(wide_in, half, act)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, adds, act) for _ in range(depth)))
        self.merge = pointwise(2 * half, wide_out, act)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        through_BCHW = self.bottlenecks(self.through(feature_BCHW))
        result_BCHW: Tensor = self.merge(torch.cat([through_BCHW, self.past(feature_BCHW)], dim=1))
        return result_BCHW


class SpatialPyramid(nn.Module):
    """Max pooling over windows of 1, 5, 9 and 13 cells.

    Chained windows of 5: the same maxima as 9 and 13 at less cost.
    """

    def __init__(self, width: int, act: str) -> None:
        super().__init__()
        self.reduce = pointwise(width, width // 2, act)
        self.window = nn.MaxPool2d(5, 1, 2)
        self.merge = pointwise(2 * width, width, act)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        views = [self.reduce(feature_BCHW)]
        for _ in range(3):
            views.append(self.window(views[-1]))
        result_BCHW: Tensor = self.merge(torch.cat(views, dim=1))
        return result_BCHW


class Backbone(nn.Module):
    """CSPDarknet: features at stride 8, 16 and 32.

    Its first convolution is YOLOX's "focus" written as one of 6x6: the same numbers, no slicing.
    """

    def __init__(self, act: str) -> None:
        super().__init__()
        first, *others = WIDTHS
        self.stem = Block(3, first, 6, 2, 1, act)
        self.stem.conv.padding = (2, 2)
        stages = []
        for number, (wide_in, wide_out) in enumerate(zip(WIDTHS, others, strict=False)):
            last = number == len(others) - 1
            parts: list[nn.Module] = [separable(wide_in, wide_out, 2, act)]
            if last:
                parts.append(SpatialPyramid(wide_out, act))
            depth = 1 if number in (0, len(others) - 1) else 3
            parts.append(CrossStage(wide_out, wide_out, depth, not last, act))
            stages.append(nn.Sequential(*parts))
        self.stages = nn.ModuleList(stages)

    def forward(self, image_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        feature_BCHW = self.stem(image_BCHW)
        found = []
        for stage in self.stages:
            feature_BCHW = stage(feature_BCHW)
            found.append(feature_BCHW)
        return found[1], found[2], found[3]
