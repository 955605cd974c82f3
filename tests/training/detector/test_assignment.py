"""Cells are given to true boxes as the paper has it, checked against a slow version of our own."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from touchline.training.detector.assignment import assign
from touchline.training.detector.boxes import cells, overlaps, paired_overlaps, told_boxes

SIZE = (96, 64)
NOBODY = torch.zeros(2, dtype=torch.bool)


def slow_assignment(
    told: list[list[float]],
    objects: list[float],
    classes: list[list[float]],
    true: list[list[float]],
    kinds: list[int],
) -> dict[int, int]:
    """Cell to true box, from the words of the paper, one pair at a time."""
    places = [
        ((x + 0.5) * stride, (y + 0.5) * stride, stride)
        for stride in (8, 16, 32)
        for y in range(SIZE[1] // stride)
        for x in range(SIZE[0] // stride)
    ]

    def inside(x: float, y: float, box: list[float]) -> bool:
        return box[0] < x < box[2] and box[1] < y < box[3]

    def near(x: float, y: float, stride: int, box: list[float]) -> bool:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        return abs(x - middle[0]) < 2.5 * stride and abs(y - middle[1]) < 2.5 * stride

    def overlap(one: list[float], other: list[float]) -> float:
        wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
        tall = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
        area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
        return wide * tall / (area - wide * tall)

    def sigmoid(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    possible = [
        cell
        for cell, (x, y, stride) in enumerate(places)
        if any(inside(x, y, box) or near(x, y, stride, box) for box in true)
    ]
    cost: dict[tuple[int, int], float] = {}
    for cell in possible:
        x, y, stride = places[cell]
        for number, box in enumerate(true):
            entropy = 0.0
            for kind, logit in enumerate(classes[cell]):
                score = math.sqrt(sigmoid(objects[cell]) * sigmoid(logit))
                entropy -= math.log(score if kind == kinds[number] else 1 - score)
            cost[cell, number] = entropy - 3 * math.log(overlap(told[cell], box) + 1e-8)
            if not (inside(x, y, box) and near(x, y, stride, box)):
                cost[cell, number] += 1e5
    chosen: dict[int, list[int]] = {}
    for number, box in enumerate(true):
        best = sorted((overlap(told[cell], box) for cell in possible), reverse=True)[:10]
        count = max(1, int(sum(best)))
        for cell in sorted(possible, key=lambda c, n=number: cost[c, n])[:count]:  # type: ignore[misc]
            chosen.setdefault(cell, []).append(number)
    return {
        cell: min(numbers, key=lambda n, c=cell: cost[c, n])  # type: ignore[misc]
        for cell, numbers in chosen.items()
    }


def random_boxes(count: int, random: torch.Generator) -> Tensor:
    low = torch.rand(count, 2, generator=random) * torch.tensor([70.0, 40.0])
    return torch.cat([low, low + 4 + 30 * torch.rand(count, 2, generator=random)], 1)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("count", [1, 3, 12])
def test_cells_go_to_the_boxes_that_a_slow_version_gives_them_to(seed: int, count: int) -> None:
    random = torch.Generator().manual_seed(seed)
    corner_A2, stride_A = cells(*SIZE, torch.device("cpu"))
    raw_1AF = torch.randn(1, len(stride_A), 8, generator=random)
    told_A4 = told_boxes(raw_1AF, corner_A2, stride_A)[0]
    true_G4 = random_boxes(count, random)
    true_G4[-1] = true_G4[0] + 1.5  # one behind another
    kind_G = torch.randint(3, (count,), generator=random)
    found = assign(
        told_A4, raw_1AF[0, :, 4], raw_1AF[0, :, 5:], true_G4, kind_G, NOBODY, corner_A2, stride_A
    )
    expected = slow_assignment(
        told_A4.double().tolist(),
        raw_1AF[0, :, 4].double().tolist(),
        raw_1AF[0, :, 5:].double().tolist(),
        true_G4.double().tolist(),
        kind_G.tolist(),
    )
    assert dict(zip(found.cell_P.tolist(), found.truth_P.tolist(), strict=True)) == expected
    iou_P = paired_overlaps(told_A4[found.cell_P], true_G4[found.truth_P])
    torch.testing.assert_close(found.iou_P, iou_P)


def test_a_image_without_people_gives_no_cell_away() -> None:
    corner_A2, stride_A = cells(*SIZE, torch.device("cpu"))
    raw_AF = torch.zeros(len(stride_A), 7)
    told_A4 = told_boxes(raw_AF[None], corner_A2, stride_A)[0]
    none_G = torch.zeros(0, dtype=torch.long)
    found = assign(
        told_A4, raw_AF[:, 4], raw_AF[:, 5:], torch.zeros(0, 4), none_G, NOBODY, corner_A2, stride_A
    )
    assert len(found.cell_P) == len(found.truth_P) == len(found.iou_P) == 0


def test_every_box_inside_of_the_image_gets_a_cell_however_small() -> None:
    corner_A2, stride_A = cells(*SIZE, torch.device("cpu"))
    raw_AF = torch.zeros(len(stride_A), 6)
    told_A4 = told_boxes(raw_AF[None], corner_A2, stride_A)[0]
    true_G4 = torch.tensor([[10.0, 10.0, 12.0, 12.0], [50.0, 30.0, 51.0, 33.0]])
    found = assign(
        told_A4,
        raw_AF[:, 4],
        raw_AF[:, 5:],
        true_G4,
        torch.zeros(2, dtype=torch.long),
        NOBODY,
        corner_A2,
        stride_A,
    )
    assert set(found.truth_P.tolist()) == {0, 1}


def test_overlaps_of_boxes_side_by_side_inside_and_apart() -> None:
    box_N4 = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 5.0, 10.0]])
    other_M4 = torch.tensor([[5.0, 0.0, 15.0, 10.0], [20.0, 20.0, 30.0, 30.0]])
    expected = torch.tensor([[1 / 3, 0.0], [0.0, 0.0]])
    torch.testing.assert_close(overlaps(box_N4, other_M4), expected)
    torch.testing.assert_close(paired_overlaps(box_N4, other_M4), torch.tensor([1 / 3, 0.0]))
