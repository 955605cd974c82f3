"""Positions of the grid cells, decoding of their boxes, and IoU.

Shape letters: B images, A cells of all strides, N boxes, M other boxes, F 4 box numbers,
objectness and classes; the last axis of boxes is 4.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from touchline.training.detector.network import STRIDES

_LARGEST = 8.0
"""Log of the largest side in cells; larger predictions of an untrained network are clipped."""


@lru_cache(maxsize=16)
def cells(width: int, height: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Top left corner (A, 2) in pixels and stride (A,) of every cell, in the network's order."""
    corners, strides = [], []
    for stride in STRIDES:
        y, x = torch.meshgrid(
            torch.arange(0, height, stride, device=device),
            torch.arange(0, width, stride, device=device),
            indexing="ij",
        )
        corners.append(torch.stack([x.flatten(), y.flatten()], 1).float())
        strides.append(torch.full((x.numel(),), float(stride), device=device))
    return torch.cat(corners), torch.cat(strides)


def told_boxes(raw_BAF: Tensor, corner_A2: Tensor, stride_A: Tensor) -> Tensor:
    """(B, A, 4) corner pixels from raw outputs."""
    stride_A1 = stride_A[:, None]
    centre_BA2 = raw_BAF[..., :2] * stride_A1 + corner_A2
    half_BA2 = raw_BAF[..., 2:4].clamp(max=_LARGEST).exp() * stride_A1 / 2
    return torch.cat([centre_BA2 - half_BA2, centre_BA2 + half_BA2], -1)


def overlaps(box_N4: Tensor, other_M4: Tensor) -> Tensor:
    """(N, M) intersection over union."""
    low = torch.maximum(box_N4[:, None, :2], other_M4[None, :, :2])
    high = torch.minimum(box_N4[:, None, 2:], other_M4[None, :, 2:])
    shared_NM = (high - low).clamp(min=0).prod(-1)
    both_NM = _areas(box_N4)[:, None] + _areas(other_M4)[None] - shared_NM
    return shared_NM / both_NM.clamp(min=1e-9)


def paired_overlaps(box_N4: Tensor, other_N4: Tensor) -> Tensor:
    """(N,) intersection over union of the n-th box with the n-th."""
    low_N2 = torch.maximum(box_N4[:, :2], other_N4[:, :2])
    high_N2 = torch.minimum(box_N4[:, 2:], other_N4[:, 2:])
    shared_N = (high_N2 - low_N2).clamp(min=0).prod(-1)
    return shared_N / (_areas(box_N4) + _areas(other_N4) - shared_N).clamp(min=1e-9)


def _areas(box_N4: Tensor) -> Tensor:
    return (box_N4[:, 2:] - box_N4[:, :2]).clamp(min=0).prod(-1)
