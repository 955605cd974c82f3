"""A YOLOX-nano that takes COCO's weights and runs fast in onnxruntime.

Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430; CSPDarknet, then a path
aggregation network, then a head for each stride whose branches tell the class and the box. The
modules stand in the order in which they run: weights without names are matched in that order.

Shape letters: B images, C channels, H rows, W columns, A cells of all strides, F 4 box numbers,
objectness and classes.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from touchline.training.detector.config import NetworkConfig

STRIDES = (8, 16, 32)

_WIDTHS = (16, 32, 64, 128, 256)
"""Channels at stride 2, 4, 8, 16 and 32."""


class Activation(nn.Module):
    """SiLU, ReLU, or a blend: ``hardness`` 0 is SiLU, 1 is ReLU.

    A network trained with SiLU fails if switched to ReLU at once; it adapts
    where the one becomes the other gradually.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.hardness = 1.0 if kind == "relu" else 0.0

    def forward(self, feature_BCHW: Tensor) -> Tensor:
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


def _point(wide_in: int, wide_out: int, act: str) -> Block:
    return Block(wide_in, wide_out, 1, 1, 1, act)


def _separable(wide_in: int, wide_out: int, stride: int, act: str) -> nn.Sequential:
    """Depthwise 3x3, then pointwise 1x1 convolution."""
    return nn.Sequential(
        Block(wide_in, wide_in, 3, stride, wide_in, act), _point(wide_in, wide_out, act)
    )


class Bottleneck(nn.Module):
    """1x1, then separable 3x3, added to the input where ``adds``."""

    def __init__(self, width: int, adds: bool, act: str) -> None:
        super().__init__()
        self.reduce = _point(width, width, act)
        self.look = _separable(width, width, 1, act)
        self.adds = adds

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        seen_BCHW: Tensor = self.look(self.reduce(feature_BCHW))
        return seen_BCHW + feature_BCHW if self.adds else seen_BCHW


class CrossStage(nn.Module):
    """Half of the channels pass through bottlenecks, half bypass them."""

    def __init__(self, wide_in: int, wide_out: int, depth: int, adds: bool, act: str) -> None:
        super().__init__()
        half = wide_out // 2
        self.through = _point(wide_in, half, act)
        self.past = _point(wide_in, half, act)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, adds, act) for _ in range(depth)))
        self.merge = _point(2 * half, wide_out, act)

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
        self.reduce = _point(width, width // 2, act)
        self.window = nn.MaxPool2d(5, 1, 2)
        self.merge = _point(2 * width, width, act)

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
        first, *others = _WIDTHS
        self.stem = Block(3, first, 6, 2, 1, act)
        self.stem.conv.padding = (2, 2)
        stages = []
        for number, (wide_in, wide_out) in enumerate(zip(_WIDTHS, others, strict=False)):
            last = number == len(others) - 1
            parts: list[nn.Module] = [_separable(wide_in, wide_out, 2, act)]
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


class Neck(nn.Module):
    """Path aggregation: coarse features to the fine ones, and back."""

    def __init__(self, act: str) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS[2:]
        self.narrow_coarse = _point(coarse, middle, act)
        self.join_middle = CrossStage(2 * middle, middle, 1, False, act)
        self.narrow_middle = _point(middle, fine, act)
        self.join_fine = CrossStage(2 * fine, fine, 1, False, act)
        self.down_fine = _separable(fine, fine, 2, act)
        self.tell_middle = CrossStage(2 * fine, middle, 1, False, act)
        self.down_middle = _separable(middle, middle, 2, act)
        self.tell_coarse = CrossStage(2 * middle, coarse, 1, False, act)

    def forward(
        self, fine_BCHW: Tensor, middle_BCHW: Tensor, coarse_BCHW: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        coarse_BCHW = self.narrow_coarse(coarse_BCHW)
        middle_BCHW = self.join_middle(torch.cat([_doubled(coarse_BCHW), middle_BCHW], 1))
        middle_BCHW = self.narrow_middle(middle_BCHW)
        fine_BCHW = self.join_fine(torch.cat([_doubled(middle_BCHW), fine_BCHW], 1))
        middle_BCHW = self.tell_middle(torch.cat([self.down_fine(fine_BCHW), middle_BCHW], 1))
        coarse_BCHW = self.tell_coarse(torch.cat([self.down_middle(middle_BCHW), coarse_BCHW], 1))
        return fine_BCHW, middle_BCHW, coarse_BCHW


class Head(nn.Module):
    """For each cell of one stride: box (offset in cells, log size), objectness and classes."""

    def __init__(self, wide_in: int, classes: int, width: int, blocks: int, act: str) -> None:
        super().__init__()
        self.stem = _point(wide_in, width, act)
        self.class_blocks = nn.Sequential(
            *(_separable(width, width, 1, act) for _ in range(blocks))
        )
        self.class_out = nn.Conv2d(width, classes, 1)
        self.box_blocks = nn.Sequential(*(_separable(width, width, 1, act) for _ in range(blocks)))
        self.box_out = nn.Conv2d(width, 4, 1)
        self.object_out = nn.Conv2d(width, 1, 1)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        feature_BCHW = self.stem(feature_BCHW)
        class_BCHW = self.class_blocks(feature_BCHW)
        box_BCHW = self.box_blocks(feature_BCHW)
        return torch.cat(
            [self.box_out(box_BCHW), self.object_out(box_BCHW), self.class_out(class_BCHW)], 1
        )


class DetectorNetwork(nn.Module):
    """From images (B, 3, H, W), BGR of 0..255, sides multiples of 32, to raw outputs (B, A, F).

    Of each cell, finest stride first, row by row: offset of the centre in cells, log of the size
    in cells, and the logits of objectness and of each class.
    """

    def __init__(self, classes: int, config: NetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config or NetworkConfig()
        act, width = self.config.activation, self.config.head_channels
        self.backbone = Backbone(act)
        self.neck = Neck(act)
        blocks = (self.config.fine_head_blocks, *[self.config.head_blocks] * 2)
        self.heads = nn.ModuleList(
            Head(wide_in, classes, width, count, act)
            for wide_in, count in zip(_WIDTHS[2:], blocks, strict=True)
        )
        self.classes = classes

    def forward(self, image_BCHW: Tensor) -> Tensor:
        features = self.neck(*self.backbone(image_BCHW))
        answers = [head(feature) for head, feature in zip(self.heads, features, strict=True)]
        return torch.cat([answer.flatten(2) for answer in answers], 2).transpose(1, 2)


class Scored(nn.Module):
    """A detector with YOLOX's exported output: objectness and classes as scores of 0..1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image_BCHW: Tensor) -> Tensor:
        raw_BAF = self.network(image_BCHW)
        return torch.cat([raw_BAF[..., :4], raw_BAF[..., 4:].sigmoid()], -1)


def convolutions(network: nn.Module) -> Iterable[tuple[str, nn.Conv2d]]:
    """All convolutions by name, in the order in which they run."""
    return (
        (name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    )


def _doubled(feature_BCHW: Tensor) -> Tensor:
    return nn.functional.interpolate(feature_BCHW, scale_factor=2.0, mode="nearest")
