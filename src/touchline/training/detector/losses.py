"""Losses: overlap, objectness and class of the assigned cells.

Shape letters: B images, A cells of all strides, F 4 box numbers, objectness and classes,
N true boxes of a batch, P cells that are assigned, K classes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from touchline.training.detector.assignment import assign
from touchline.training.detector.boxes import cells, paired_overlaps, told_boxes

_BOX_WEIGHT = 5.0


class DetectorLosses(NamedTuple):
    """total: what is minimised. parts: its terms, for the log; both per assigned cell."""

    total: Tensor
    parts: dict[str, Tensor]


def detection_losses(
    raw_BAF: Tensor,
    label_N6: Tensor,
    size: tuple[int, int],
    *,
    class_weight_K: Tensor | None = None,
    exact: bool = False,
) -> DetectorLosses:
    """The losses of a batch.

    label_N6: image of the batch, class, corner pixels. size: (width, height) of the images.
    class_weight_K: weight of each class in the class loss; None for equal weights.
    exact: with an L1 loss on the raw box numbers, as YOLOX has in its last epochs.
    """
    raw_BAF = raw_BAF.float()
    corner_A2, stride_A = cells(*size, raw_BAF.device)
    told_BA4 = told_boxes(raw_BAF, corner_A2, stride_A)
    object_BA = raw_BAF[..., 4]
    wanted_BA = torch.zeros_like(object_BA)
    told, true, raw_found, class_true, kind, where = [], [], [], [], [], []
    for number in range(len(raw_BAF)):
        label_G6 = label_N6[label_N6[:, 0] == number]
        true_G4, true_class_G = label_G6[:, 2:], label_G6[:, 1].long()
        found = assign(
            told_BA4[number],
            object_BA[number],
            raw_BAF[number, :, 5:],
            true_G4,
            true_class_G,
            corner_A2,
            stride_A,
        )
        wanted_BA[number, found.cell_P] = 1.0
        told.append(told_BA4[number, found.cell_P])
        true.append(true_G4[found.truth_P])
        raw_found.append(raw_BAF[number, found.cell_P])
        kind.append(true_class_G[found.truth_P])
        kinds_PK = nn.functional.one_hot(kind[-1], raw_BAF.shape[2] - 5)
        class_true.append(kinds_PK * found.iou_P[:, None])
        where.append(found.cell_P)
    raw_PF, true_P4, cell_P = torch.cat(raw_found), torch.cat(true), torch.cat(where)
    count = max(len(cell_P), 1)
    entropy = nn.functional.binary_cross_entropy_with_logits
    iou_P = paired_overlaps(torch.cat(told), true_P4)
    parts = {
        "box": _BOX_WEIGHT * (1 - iou_P.square()).sum() / count,
        "object": entropy(object_BA, wanted_BA, reduction="sum") / count,
        "class": entropy(
            raw_PF[:, 5:],
            torch.cat(class_true),
            weight=None if class_weight_K is None else class_weight_K[torch.cat(kind)][:, None],
            reduction="sum",
        )
        / count,
    }
    if exact:
        raw_true_P4 = _raw_boxes(true_P4, corner_A2[cell_P], stride_A[cell_P])
        parts["exact"] = (raw_PF[:, :4] - raw_true_P4).abs().sum() / count
    return DetectorLosses(torch.stack(list(parts.values())).sum(), parts)


def _raw_boxes(true_P4: Tensor, corner_P2: Tensor, stride_P: Tensor) -> Tensor:
    """The raw output that these cells should give."""
    stride_P1 = stride_P[:, None]
    centre_P2 = (true_P4[:, :2] + true_P4[:, 2:]) / 2
    size_P2 = (true_P4[:, 2:] - true_P4[:, :2]).clamp(min=1e-3)
    return torch.cat([(centre_P2 - corner_P2) / stride_P1, (size_P2 / stride_P1).log()], 1)
