"""Networks that take COCO's weights and run fast in onnxruntime: YOLOX-nano, or NanoDet-g.

A backbone, then a path aggregation network, then a head for each stride. The parts of a YOLOX are
here and in ``blocks``, those of a NanoDet-g in ``nanodet``. The modules stand in the order in which
they run: weights without names are matched in that order.

Shape letters: B images, C channels, H rows, W columns, A cells of all strides, F 4 box numbers,
objectness and classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from touchline.role_words import role_of
from touchline.training.blocks import WIDTHS, Backbone, CrossStage, pointwise, separable
from touchline.training.detector.config import NetworkConfig
from touchline.training.detector.nanodet import NanoDetBackbone, NanoDetHead, NanoDetNeck
from touchline.types import PEOPLE

STRIDES = (8, 16, 32)


class Neck(nn.Module):
    """Path aggregation: coarse features to the fine ones, and back."""

    def __init__(self, act: str) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS[2:]
        self.narrow_coarse = pointwise(coarse, middle, act)
        self.join_middle = CrossStage(2 * middle, middle, 1, False, act)
        self.narrow_middle = pointwise(middle, fine, act)
        self.join_fine = CrossStage(2 * fine, fine, 1, False, act)
        self.down_fine = separable(fine, fine, 2, act)
        self.tell_middle = CrossStage(2 * fine, middle, 1, False, act)
        self.down_middle = separable(middle, middle, 2, act)
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
        self.stem = pointwise(wide_in, width, act)
        self.class_blocks = nn.Sequential(*(separable(width, width, 1, act) for _ in range(blocks)))
        self.class_out = nn.Conv2d(width, classes, 1)
        self.box_blocks = nn.Sequential(*(separable(width, width, 1, act) for _ in range(blocks)))
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
        asked = config or NetworkConfig()
        kind = asked.kind or "yolox-nano"
        act = asked.activation or "silu"
        self.config = asked.model_copy(
            update={"kind": kind, "activation": act if kind == "yolox-nano" else None}
        )
        self.backbone: Backbone | NanoDetBackbone
        self.neck: Neck | NanoDetNeck
        if kind == "nanodet-g":
            self.backbone, self.neck = NanoDetBackbone(), NanoDetNeck()
            self.heads = nn.ModuleList(NanoDetHead(classes) for _ in STRIDES)
        else:
            self.backbone, self.neck = Backbone(act), Neck(act)
            blocks = (asked.fine_head_blocks, *[asked.head_blocks] * 2)
            self.heads = nn.ModuleList(
                Head(wide_in, classes, asked.head_channels, count, act)
                for wide_in, count in zip(WIDTHS[2:], blocks, strict=True)
            )
        self.classes = classes

    def forward(self, image_BCHW: Tensor) -> Tensor:
        features = self.neck(*self.backbone(image_BCHW))
        answers = [head(feature) for head, feature in zip(self.heads, features, strict=True)]
        return torch.cat([answer.flatten(2) for answer in answers], 2).transpose(1, 2)


class Scored(nn.Module):
    """A detector with YOLOX's exported output: objectness and classes as scores of 0..1.

    names: of its classes. Where several of them are people, the likeliest one scores what anybody
    does, 1 - prod(1 - p), and the others in proportion: whether someone is there does not hang on
    how sure their role is.
    """

    def __init__(self, network: nn.Module, names: Sequence[str] = ()) -> None:
        super().__init__()
        self.network = network
        people = [number for number, name in enumerate(names) if role_of(name) in PEOPLE]
        self._people = people if len(people) > 1 else []

    def forward(self, image_BCHW: Tensor) -> Tensor:
        raw_BAF = self.network(image_BCHW)
        scores = list(raw_BAF[..., 4:].sigmoid().unbind(-1))
        if self._people:
            roles_BAP = torch.stack([scores[1 + number] for number in self._people], -1)
            anybody_BA = 1 - (1 - roles_BAP).prod(-1)
            factor_BA = anybody_BA / roles_BAP.max(-1).values.clamp(min=1e-6)
            for number in self._people:
                scores[1 + number] = scores[1 + number] * factor_BA
        return torch.cat([raw_BAF[..., :4], torch.stack(scores, -1)], -1)


def convolutions(network: nn.Module) -> Iterable[tuple[str, nn.Conv2d]]:
    """All convolutions by name, in the order in which they run."""
    return (
        (name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    )


def _doubled(feature_BCHW: Tensor) -> Tensor:
    return nn.functional.interpolate(feature_BCHW, scale_factor=2.0, mode="nearest")
