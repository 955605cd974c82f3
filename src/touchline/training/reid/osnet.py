"""OSNet, a small network that embeds images of people, and its checkpoints.

Written from Zhou, Yang, Cavallaro, Xiang: "Omni-Scale Feature Learning for Person
Re-Identification", ICCV 2019 (arXiv:1905.00953). Parameters carry the names that torchreid gives
them, so checkpoints trained there load here.

Shape letters: B images, C channels, H rows, W columns, D length of the vector.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.training.checkpoints import Checkpoint, LoadReport, fit, read_checkpoint

FEATURE_SIZE = 512

_CHANNELS = {
    "osnet_x0_25": (16, 64, 96, 128),
    "osnet_x0_5": (32, 128, 192, 256),
    "osnet_x0_75": (48, 192, 288, 384),
    "osnet_x1_0": (64, 256, 384, 512),
}
"""Channels after the stem and after each of the three stages."""

OSNET_NAMES = tuple(_CHANNELS)


class _ConvNorm(nn.Module):
    """Convolution and batch normalisation, with a ReLU unless ``linear``."""

    def __init__(
        self, before: int, after: int, kernel: int = 1, stride: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(after)
        self.linear = linear

    def forward(self, input_BCHW: Tensor) -> Tensor:
        output_BCHW: Tensor = self.bn(self.conv(input_BCHW))
        return output_BCHW if self.linear else output_BCHW.relu()


class _LightConv3x3(nn.Module):
    """The paper's Lite 3x3: a pointwise and then a depthwise convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, input_BCHW: Tensor) -> Tensor:
        output_BCHW: Tensor = self.bn(self.conv2(self.conv1(input_BCHW)))
        return output_BCHW.relu()


class _ChannelGate(nn.Module):
    """The aggregation gate: scales each channel by a weight computed from the whole image."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, input_BCHW: Tensor) -> Tensor:
        pooled_BC11 = input_BCHW.mean(dim=(2, 3), keepdim=True)
        weight_BC11: Tensor = self.fc2(self.fc1(pooled_BC11).relu()).sigmoid()
        return input_BCHW * weight_BC11


class _OmniScaleBlock(nn.Module):
    """Four streams that see 3, 5, 7 and 9 pixels, joined by one shared gate, plus a shortcut."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        middle = after // 4
        self.conv1 = _ConvNorm(before, middle)
        self.conv2a = _LightConv3x3(middle)
        self.conv2b = nn.Sequential(*[_LightConv3x3(middle) for _ in range(2)])
        self.conv2c = nn.Sequential(*[_LightConv3x3(middle) for _ in range(3)])
        self.conv2d = nn.Sequential(*[_LightConv3x3(middle) for _ in range(4)])
        self.gate = _ChannelGate(middle)
        self.conv3 = _ConvNorm(middle, after, linear=True)
        self.downsample = _ConvNorm(before, after, linear=True) if before != after else None

    def forward(self, input_BCHW: Tensor) -> Tensor:
        narrow_BCHW = self.conv1(input_BCHW)
        joined_BCHW = self.gate(self.conv2a(narrow_BCHW))
        for stream in (self.conv2b, self.conv2c, self.conv2d):
            joined_BCHW = joined_BCHW + self.gate(stream(narrow_BCHW))
        shortcut_BCHW = input_BCHW if self.downsample is None else self.downsample(input_BCHW)
        output_BCHW: Tensor = self.conv3(joined_BCHW) + shortcut_BCHW
        return output_BCHW.relu()


class OSNet(nn.Module):
    """Vectors (B, 512) from normalised images (B, 3, H, W); 256 x 128 is the trained size.

    The vectors are not of unit length and, ending in a ReLU, never negative. ``name`` is one of
    ``OSNET_NAMES``. A new network is random: load a checkpoint with ``load_torchreid``.
    """

    def __init__(self, name: str = "osnet_x0_25") -> None:
        super().__init__()
        stem, *stages = _CHANNELS[name]
        self.name = name
        self.conv1 = _ConvNorm(3, stem, kernel=7, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.conv2 = _stage(stem, stages[0], halve=True)
        self.conv3 = _stage(stages[0], stages[1], halve=True)
        self.conv4 = _stage(stages[1], stages[2], halve=False)
        self.conv5 = _ConvNorm(stages[2], stages[2])
        self.fc = nn.Sequential(
            nn.Linear(stages[2], FEATURE_SIZE), nn.BatchNorm1d(FEATURE_SIZE), nn.ReLU()
        )

    def forward(self, image_BCHW: Tensor) -> Tensor:
        map_BCHW = self.maxpool(self.conv1(image_BCHW))
        map_BCHW = self.conv5(self.conv4(self.conv3(self.conv2(map_BCHW))))
        feature_BD: Tensor = self.fc(map_BCHW.mean(dim=(2, 3)))
        return feature_BD


def _stage(before: int, after: int, halve: bool) -> nn.Sequential:
    blocks: list[nn.Module] = [_OmniScaleBlock(before, after), _OmniScaleBlock(after, after)]
    if halve:
        blocks.append(nn.Sequential(_ConvNorm(after, after), nn.AvgPool2d(2, stride=2)))
    return nn.Sequential(*blocks)


def is_osnet(tensors: Mapping[str, Tensor]) -> bool:
    """True for the parameters of a network that starts as torchreid's OSNet does."""
    return "conv1.conv.weight" in tensors


def load_torchreid(file: str | Path) -> tuple[OSNet, LoadReport]:
    """The OSNet in a torchreid checkpoint or our own, ready for inference; see ``osnet``."""
    return osnet(read_checkpoint(file))


def osnet(checkpoint: Checkpoint) -> tuple[OSNet, LoadReport]:
    """The OSNet of a checkpoint, ready for inference, and how the parameters fitted.

    The width (x0.25 to x1.0) is read from the parameters. The classifier of the training
    identities and its neck are dropped. Missing parameters keep their random start: look at
    ``report.complete``. Raises ModelError for tensors that are no OSNet.
    """
    tensors = dict(checkpoint.tensors)
    stem = tensors.get("conv1.conv.weight")
    names = {channels[0]: name for name, channels in _CHANNELS.items()}
    if stem is None or stem.shape[0] not in names:
        raise ModelError(
            f"{checkpoint.file} holds no OSNet of torchreid ({', '.join(OSNET_NAMES)})"
        )
    dropped = [name for name in tensors if name.startswith(("classifier.", "bottleneck."))]
    for name in dropped:
        del tensors[name]
    network = OSNet(names[stem.shape[0]])
    return network.eval(), fit(network, tensors, dropped=dropped)
