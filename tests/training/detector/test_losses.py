"""The losses fall to nothing where the network is right, and fall while it learns."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from touchline.detection.labels import IGNORED, SOMEBODY
from touchline.training.detector.boxes import cells, told_boxes
from touchline.training.detector.losses import detection_losses

SIZE = (96, 64)
PEOPLE = torch.tensor([True, True])


def perfect_answer(label_N6: Tensor, images: int, classes: int) -> Tensor:
    """(B, A, F) raw: the boxes exactly where their cells are, nothing anywhere else."""
    corner_A2, stride_A = cells(*SIZE, torch.device("cpu"))
    raw_BAF = torch.zeros(images, len(stride_A), 5 + classes)
    raw_BAF[..., 4:] = -20.0
    raw_BAF[..., 2:4] = -3.0
    for image, kind, left, top, right, bottom in label_N6.tolist():
        centre = torch.tensor([(left + right) / 2, (top + bottom) / 2])
        cell = int(((corner_A2 + stride_A[:, None] / 2 - centre).abs().sum(1)).argmin())
        row = raw_BAF[int(image), cell]
        row[:2] = (centre - corner_A2[cell]) / stride_A[cell]
        row[2] = math.log((right - left) / float(stride_A[cell]))
        row[3] = math.log((bottom - top) / float(stride_A[cell]))
        row[4] = row[5 + int(kind)] = 20.0
    return raw_BAF


def test_a_perfect_answer_costs_nothing() -> None:
    label_N6 = torch.tensor([[0, 1, 10.0, 10, 26, 50], [1, 0, 60, 20, 80, 60]])
    raw_BAF = perfect_answer(label_N6, 2, 2)
    losses = detection_losses(raw_BAF, label_N6, SIZE, person_K=PEOPLE, exact=True)
    assert set(losses.parts) == {"box", "object", "class", "exact"}
    assert float(losses.total) == pytest.approx(0.0, abs=1e-4)


def test_each_mistake_costs_in_its_own_part() -> None:
    label_N6 = torch.tensor([[0, 1, 10.0, 10, 26, 50]])
    right_BAF = perfect_answer(label_N6, 1, 2)
    cell = int(right_BAF[0, :, 4].argmax())
    for part, column, value in (("box", 0, 0.3), ("class", 6, -20.0), ("object", 4, -20.0)):
        wrong_BAF = right_BAF.clone()
        wrong_BAF[0, cell, column] += value
        found = detection_losses(wrong_BAF, label_N6, SIZE, person_K=PEOPLE, exact=False).parts
        assert float(found[part]) > 0.05, part


def test_images_without_people_only_teach_that_nothing_is_there() -> None:
    raw_BAF = torch.zeros(1, 126, 7, requires_grad=True)
    losses = detection_losses(raw_BAF, torch.zeros(0, 6), SIZE, person_K=PEOPLE, exact=True)
    parts = {name: value.item() for name, value in losses.parts.items()}
    assert parts.pop("object") == pytest.approx(126 * math.log(2), rel=1e-4)
    assert set(parts.values()) == {0.0}
    torch.autograd.backward(losses.total)
    assert raw_BAF.grad is not None
    assert raw_BAF.grad[..., 4].min() > 0


def test_following_the_gradient_moves_boxes_onto_the_true_ones() -> None:
    torch.manual_seed(0)
    label_N6 = torch.tensor([[0, 0, 12.0, 8, 30, 52], [0, 1, 50, 20, 64, 56]])
    raw_BAF = (0.1 * torch.randn(1, 126, 7)).requires_grad_()
    adam = torch.optim.Adam([raw_BAF], lr=0.05)
    first = None
    for _ in range(150):
        losses = detection_losses(raw_BAF, label_N6, SIZE, person_K=PEOPLE, exact=False)
        first = first or losses.total.item()
        adam.zero_grad()
        torch.autograd.backward(losses.total)
        adam.step()
    assert first is not None
    assert losses.total.item() < 0.1 * first
    raw_BAF = raw_BAF.detach()
    best = raw_BAF[0, :, 4].argmax()
    told_4 = told_boxes(raw_BAF, *cells(*SIZE, torch.device("cpu")))[0, best]
    true = label_N6[int(raw_BAF[0, best, 5:].argmax()), 2:]
    torch.testing.assert_close(told_4, true, atol=1.0, rtol=0.05)


def test_huge_answers_stay_numbers() -> None:
    raw_BAF = torch.full((1, 126, 7), 1e4)
    label_N6 = torch.tensor([[0, 0, 12.0, 8, 30, 52]])
    assert math.isfinite(
        float(detection_losses(raw_BAF, label_N6, SIZE, person_K=PEOPLE, exact=False).total)
    )


def test_somebody_is_right_as_any_kind_of_person_and_wrong_as_a_ball() -> None:
    box = [10.0, 10, 26, 50]
    label_N6 = torch.tensor([[0, SOMEBODY, *box]])
    people_K = torch.tensor([True, True, False])
    costs = []
    for kind in range(3):
        told_BAF = perfect_answer(torch.tensor([[0, kind, *box]]), 1, 3)
        losses = detection_losses(told_BAF, label_N6, SIZE, person_K=people_K)
        costs.append(float(losses.parts["class"]))
    assert costs[0] == costs[1] == pytest.approx(0.0, abs=1e-4)
    assert costs[2] > 10


def test_somebody_who_is_surely_a_person_teaches_nothing_about_their_role() -> None:
    box = [10.0, 10, 26, 50]
    raw_BAF = perfect_answer(torch.tensor([[0, 0, *box]]), 1, 2)
    cell = int(raw_BAF[0, :, 4].argmax())
    raw_BAF[0, cell, 5:] = torch.tensor([6.0, 2.0])
    raw_BAF.requires_grad_()
    label_N6 = torch.tensor([[0, SOMEBODY, *box]])
    torch.autograd.backward(
        detection_losses(raw_BAF, label_N6, SIZE, person_K=PEOPLE).parts["class"]
    )
    assert raw_BAF.grad is not None
    assert raw_BAF.grad[0, cell, 5:].abs().max() < 1e-3


def test_what_looks_like_a_class_without_labels_is_neither_right_nor_wrong() -> None:
    ball = torch.tensor([[0, 1, 40.0, 30, 48, 38]])
    raw_BAF = perfect_answer(ball, 1, 2)
    people_K = torch.tensor([True, False])
    costs = [
        float(
            detection_losses(
                raw_BAF,
                torch.zeros(0, 6),
                SIZE,
                person_K=people_K,
                labelled_BK=torch.tensor([[True, balls]]),
            ).total
        )
        for balls in (True, False)
    ]
    assert costs[0] > 10
    assert costs[1] == pytest.approx(0.0, abs=1e-4)


def test_nothing_is_wrong_in_what_is_ignored() -> None:
    there = torch.tensor([[0, 1, 10.0, 10, 26, 50]])
    raw_BAF = perfect_answer(there, 1, 2)
    for label_N6, wrong in ((torch.zeros(0, 6), True), (there.clone(), False)):
        label_N6[:, 1] = IGNORED
        losses = detection_losses(raw_BAF, label_N6, SIZE, person_K=PEOPLE)
        assert (float(losses.total) > 1) == wrong
