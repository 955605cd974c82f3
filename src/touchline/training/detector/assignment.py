"""Assignment of cells to true boxes: SimOTA.

Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430, section 2; after "OTA:
Optimal Transport Assignment for Object Detection", arXiv 2103.14259.

Shape letters: A cells of all strides, N candidate cells, P assigned cells,
G true boxes, K classes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from touchline.detection.labels import SOMEBODY
from touchline.training.detector.boxes import overlaps

_RADIUS = 2.5
"""Cells whose centre is within this many strides of a box's centre are candidates too."""

_MOST_CELLS = 10
"""Number of best overlaps whose sum is the number of cells a box gets."""

_IOU_WEIGHT = 3.0
_OUTSIDE = 1e5


class Assignment(NamedTuple):
    """cell_P: indices of the assigned cells, ascending. truth_P: the true box of each.

    iou_P: IoU of its predicted box with the true one.
    """

    cell_P: Tensor
    truth_P: Tensor
    iou_P: Tensor


@torch.no_grad()
def assign(
    told_A4: Tensor,
    object_A: Tensor,
    class_AK: Tensor,
    true_G4: Tensor,
    true_class_G: Tensor,
    person_K: Tensor,
    corner_A2: Tensor,
    stride_A: Tensor,
) -> Assignment:
    """Assign cells to the true boxes of one image.

    told_A4: the predicted boxes. object_A, class_AK: logits. true_class_G: SOMEBODY may be any of
    the classes of ``person_K``. A box gets as many cells as its
    ten best overlaps sum up to, at least one: those of the least cost; a cell that several boxes
    want goes to the one of the least cost.
    """
    if not len(true_G4):
        empty = torch.zeros(0, dtype=torch.long, device=told_A4.device)
        return Assignment(empty, empty, told_A4.new_zeros(0))
    centre_A2 = corner_A2 + stride_A[:, None] / 2
    within_AG = _within(centre_A2, true_G4)
    near_AG = _near(centre_A2, stride_A, true_G4)
    cell_N = (within_AG | near_AG).any(1).nonzero()[:, 0]
    both_NG = (within_AG & near_AG)[cell_N]
    iou_NG = overlaps(told_A4[cell_N], true_G4)
    cost_NG = (
        _class_cost(object_A[cell_N], class_AK[cell_N], true_class_G, person_K)
        - _IOU_WEIGHT * (iou_NG + 1e-8).log()
        + _OUTSIDE * ~both_NG
    )
    chosen_NG = _cheapest(cost_NG, iou_NG)
    wanted_N = chosen_NG.any(1).nonzero()[:, 0]
    # Of the boxes that chose a cell, the one of the least cost keeps it.
    cost_NG = cost_NG.masked_fill(~chosen_NG, float("inf"))
    truth_P = cost_NG[wanted_N].argmin(1)
    return Assignment(cell_N[wanted_N], truth_P, iou_NG[wanted_N, truth_P])


def _within(centre_A2: Tensor, true_G4: Tensor) -> Tensor:
    """(A, G) whether the cell's centre is inside the box."""
    above = centre_A2[:, None] > true_G4[None, :, :2]
    below = centre_A2[:, None] < true_G4[None, :, 2:]
    return (above & below).all(-1)


def _near(centre_A2: Tensor, stride_A: Tensor, true_G4: Tensor) -> Tensor:
    """(A, G) whether the cell's centre is near the box's, measured in its own stride."""
    middle_G2 = (true_G4[:, :2] + true_G4[:, 2:]) / 2
    away_AG2 = (centre_A2[:, None] - middle_G2[None]).abs()
    return (away_AG2 < _RADIUS * stride_A[:, None, None]).all(-1)


def _class_cost(
    object_N: Tensor, class_NK: Tensor, true_class_G: Tensor, person_K: Tensor
) -> Tensor:
    """(N, G) cross entropy of the score (root of objectness times class) with each true class."""
    score_NK = (object_N.sigmoid()[:, None] * class_NK.sigmoid()).sqrt().clamp(1e-6, 1 - 1e-6)
    yes_NK, no_NK = -score_NK.log(), -(1 - score_NK).log()
    # Target 1 for the true class, 0 for all others.
    cost_NK = no_NK.sum(1, keepdim=True) - no_NK + yes_NK
    somebody_G = true_class_G == SOMEBODY
    cost_NG = cost_NK[:, true_class_G.clamp(min=0)]
    if not somebody_G.any():
        return cost_NG
    cheapest_N1 = cost_NK[:, person_K].min(1, keepdim=True).values
    return torch.where(somebody_G, cheapest_N1, cost_NG)


def _cheapest(cost_NG: Tensor, iou_NG: Tensor) -> Tensor:
    """(N, G) whether a box takes a cell, each box on its own."""
    best_KG = iou_NG.topk(min(_MOST_CELLS, len(iou_NG)), dim=0).values
    count_G = best_KG.sum(0).int().clamp(min=1).long()
    order_NG = cost_NG.argsort(stable=True, dim=0)[: int(count_G.max())]
    taken_NG = torch.arange(len(order_NG), device=cost_NG.device)[:, None] < count_G
    chosen_NG = torch.zeros_like(cost_NG, dtype=torch.bool)
    return chosen_NG.scatter_(0, order_NG, taken_NG)
