"""Losses: overlap, objectness and class of the assigned cells.

Shape letters: B images, A cells of all strides, F 4 box numbers, objectness and classes,
N true boxes of a batch, P cells that are assigned, K classes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from touchline.detection.labels import IGNORED, SOMEBODY
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
    person_K: Tensor,
    labelled_BK: Tensor | None = None,
    class_weight_K: Tensor | None = None,
    exact: bool = False,
) -> DetectorLosses:
    """The losses of a batch.

    label_N6: image of the batch, class, corner pixels. size: (width, height) of the images.
    person_K: which classes are people. SOMEBODY is to be any of them, no matter which; what the
    network finds in IGNORED boxes is neither right nor wrong. labelled_BK: which classes an image
    has labels of (None: all); what is found of another class is neither right nor wrong.
    class_weight_K: weight of each class in the class loss; None for equal weights.
    exact: with an L1 loss on the raw box numbers, as YOLOX has in its last epochs.
    """
    raw_BAF = raw_BAF.float()
    corner_A2, stride_A = cells(*size, raw_BAF.device)
    told_BA4 = told_boxes(raw_BAF, corner_A2, stride_A)
    object_BA = raw_BAF[..., 4]
    wanted_BA = torch.zeros_like(object_BA)
    counted_BA = torch.ones_like(object_BA)
    if labelled_BK is not None:
        best_BA = raw_BAF[..., 5:].detach().argmax(-1)
        counted_BA = labelled_BK.gather(1, best_BA).to(object_BA.dtype)
    told, true, raw_found, class_true, kind, where = [], [], [], [], [], []
    for number in range(len(raw_BAF)):
        label_G6 = label_N6[label_N6[:, 0] == number]
        ignored_G = label_G6[:, 1] == IGNORED
        moot_A = _covered(corner_A2 + stride_A[:, None] / 2, label_G6[ignored_G, 2:])
        counted_BA[number, moot_A] = 0.0
        label_G6 = label_G6[~ignored_G]
        true_G4, true_class_G = label_G6[:, 2:], label_G6[:, 1].long()
        found = assign(
            told_BA4[number],
            object_BA[number],
            raw_BAF[number, :, 5:],
            true_G4,
            true_class_G,
            person_K,
            corner_A2,
            stride_A,
        )
        wanted_BA[number, found.cell_P] = 1.0
        counted_BA[number, found.cell_P] = 1.0
        told.append(told_BA4[number, found.cell_P])
        true.append(true_G4[found.truth_P])
        raw_found.append(raw_BAF[number, found.cell_P])
        kind.append(true_class_G[found.truth_P])
        class_true.append(found.iou_P)
        where.append(found.cell_P)
    raw_PF, true_P4, cell_P = torch.cat(raw_found), torch.cat(true), torch.cat(where)
    kind_P, best_iou_P = torch.cat(kind), torch.cat(class_true)
    count = max(len(cell_P), 1)
    entropy = nn.functional.binary_cross_entropy_with_logits
    iou_P = paired_overlaps(torch.cat(told), true_P4)
    parts = {
        "box": _BOX_WEIGHT * (1 - iou_P.square()).sum() / count,
        "object": entropy(object_BA, wanted_BA, weight=counted_BA, reduction="sum") / count,
        "class": _class_loss(raw_PF[:, 5:], kind_P, best_iou_P, person_K, class_weight_K) / count,
    }
    if exact:
        raw_true_P4 = _raw_boxes(true_P4, corner_A2[cell_P], stride_A[cell_P])
        parts["exact"] = (raw_PF[:, :4] - raw_true_P4).abs().sum() / count
    return DetectorLosses(torch.stack(list(parts.values())).sum(), parts)


def _covered(centre_A2: Tensor, box_G4: Tensor) -> Tensor:
    """(A,) whether a cell's centre is in any of the boxes."""
    above_AG = (centre_A2[:, None] >= box_G4[None, :, :2]).all(-1)
    below_AG = (centre_A2[:, None] <= box_G4[None, :, 2:]).all(-1)
    return (above_AG & below_AG).any(1)


def _class_loss(
    class_PK: Tensor,
    kind_P: Tensor,
    iou_P: Tensor,
    person_K: Tensor,
    class_weight_K: Tensor | None,
) -> Tensor:
    """The sum over cells of the cross entropy of each class with the overlap, 0 for the wrong ones.

    SOMEBODY is told apart from what is no person only: the chance of any class of people,
    1 - prod(1 - p), is to be the overlap. A loss on the likeliest role would make all of them that.
    """
    somebody_P = kind_P == SOMEBODY
    true_PK = nn.functional.one_hot(kind_P.clamp(min=0), class_PK.shape[1]).to(class_PK.dtype)
    weight_P = iou_P.new_ones(len(kind_P))
    if class_weight_K is not None:
        weight_P = torch.where(somebody_P, weight_P, class_weight_K[kind_P.clamp(min=0)])
    true_PK = true_PK * iou_P[:, None] * ~somebody_P[:, None]
    weight_PK = weight_P[:, None] * ~(somebody_P[:, None] & person_K)
    entropy = nn.functional.binary_cross_entropy_with_logits
    known = entropy(class_PK, true_PK, weight=weight_PK, reduction="sum")
    if not somebody_P.any():
        return known
    # log(1 - p) summed over the roles is log(1 - P).
    none_S = -nn.functional.softplus(class_PK[somebody_P][:, person_K]).sum(1)
    any_S = torch.log(-torch.expm1(none_S.clamp(max=-1e-6)))
    wanted_S = iou_P[somebody_P]
    return known - (wanted_S * any_S + (1 - wanted_S) * none_S).sum()


def _raw_boxes(true_P4: Tensor, corner_P2: Tensor, stride_P: Tensor) -> Tensor:
    """The raw output that these cells should give."""
    stride_P1 = stride_P[:, None]
    centre_P2 = (true_P4[:, :2] + true_P4[:, 2:]) / 2
    size_P2 = (true_P4[:, 2:] - true_P4[:, :2]).clamp(min=1e-3)
    return torch.cat([(centre_P2 - corner_P2) / stride_P1, (size_P2 / stride_P1).log()], 1)
