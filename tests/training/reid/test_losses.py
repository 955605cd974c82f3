"""Losses equal their formulas, and masks take out exactly what they forbid."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from touchline.training.reid.losses import (
    identity_loss,
    image_text_loss,
    supervised_contrastive_loss,
    triplet_loss,
)

Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]

IDENTITY = torch.tensor([0, 0, 2, 2, 4, 1])
LABELS = 5


def features(seed: int, rows: int = 6, width: int = 7, scale: float = 1.0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return scale * torch.randn(rows, width, generator=random)


def of_batch(name: str) -> Loss:
    """A loss of features (B, 7), labels and a mask of pairs; the texts stand fixed."""
    text_KD = features(99, LABELS)

    def loss(feature_BD: Tensor, identity_B: Tensor, allowed_BB: Tensor | None) -> Tensor:
        if name == "triplet":
            return triplet_loss(feature_BD, identity_B, allowed_BB)
        if name == "contrastive":
            return supervised_contrastive_loss(
                feature_BD, text_KD[identity_B], identity_B, allowed_BB
            )
        allowed_BK = None
        if allowed_BB is not None:
            allowed_BK = torch.ones(len(identity_B), LABELS, dtype=torch.bool)
            row, column = (~allowed_BB).nonzero(as_tuple=True)
            allowed_BK[row, identity_B[column]] = False
        if name == "identity":
            return identity_loss(feature_BD[:, :LABELS], identity_B, allowed_BK)
        return image_text_loss(feature_BD, text_KD, identity_B, allowed_BK)

    return loss


ALL = pytest.mark.parametrize("name", ["identity", "image-text", "triplet", "contrastive"])


def smoothed(logits: list[float], own: int, smoothing: float) -> float:
    """Cross entropy with (1 - e) y + e / K, as Szegedy et al. write it."""
    whole = math.log(sum(math.exp(logit) for logit in logits))
    wanted = [smoothing / len(logits) + (1 - smoothing) * (k == own) for k in range(len(logits))]
    return -sum(w * (logit - whole) for w, logit in zip(wanted, logits, strict=True))


@given(seed=st.integers(0, 9999), smoothing=st.floats(0, 0.9))
def test_identity_loss_is_smoothed_cross_entropy(seed: int, smoothing: float) -> None:
    logits = features(seed, width=LABELS, scale=3)
    rows = zip(logits.double().tolist(), IDENTITY.tolist(), strict=True)
    expected = sum(smoothed(row, own, smoothing) for row, own in rows) / len(logits)
    assert identity_loss(logits, IDENTITY, smoothing=smoothing).item() == pytest.approx(
        expected, rel=1e-5, abs=1e-6
    )


def test_masked_identity_loss_is_that_of_a_network_without_those_classes() -> None:
    logits = features(1, rows=1, width=LABELS)
    own = torch.tensor([2])
    allowed = torch.tensor([[True, False, True, True, False]])
    kept = logits[:, [0, 2, 3]]
    expected = identity_loss(kept, torch.tensor([1]))
    torch.testing.assert_close(identity_loss(logits, own, allowed), expected)


def test_image_text_loss_scores_by_plain_products() -> None:
    image, text = features(2), features(3, LABELS)
    logits = [
        [sum(a * b for a, b in zip(i, t, strict=True)) for t in text.tolist()]
        for i in image.tolist()
    ]
    rows = zip(logits, IDENTITY.tolist(), strict=True)
    expected = sum(smoothed(row, own, 0.1) for row, own in rows) / len(image)
    assert image_text_loss(image, text, IDENTITY).item() == pytest.approx(expected, rel=1e-5)


@given(seed=st.integers(0, 9999), margin=st.floats(0, 5))
def test_triplet_loss_takes_the_farthest_own_and_the_nearest_stranger(
    seed: int, margin: float
) -> None:
    points, people = features(seed).tolist(), IDENTITY.tolist()
    parts = []
    for point, who in zip(points, people, strict=True):
        others = [(math.dist(point, q), w) for q, w in zip(points, people, strict=True)]
        own = max(distance for distance, w in others if w == who)
        stranger = min(distance for distance, w in others if w != who)
        parts.append(max(own - stranger + margin, 0))
    loss = triplet_loss(features(seed), IDENTITY, margin=margin)
    assert loss.item() == pytest.approx(sum(parts) / len(parts), rel=1e-4, abs=1e-4)


def test_a_image_without_a_stranger_counts_neither_way() -> None:
    feature = features(4)
    allowed = torch.ones(6, 6, dtype=torch.bool)
    allowed[5, :5] = allowed[:5, 5] = False
    expected = triplet_loss(feature[:5], IDENTITY[:5])
    assert expected > 0
    torch.testing.assert_close(triplet_loss(feature, IDENTITY, allowed), expected)


@pytest.mark.parametrize("masked", [False, True])
def test_contrastive_loss_is_that_of_khosla_both_ways(masked: bool) -> None:
    image, text = features(5).double(), features(6, LABELS).double()[IDENTITY]
    allowed = torch.ones(6, 6, dtype=torch.bool)
    if masked:
        allowed[:2, 2:4] = allowed[2:4, :2] = False
    expected = 0.0
    for logits in ((image @ text.T).tolist(), (text @ image.T).tolist()):
        for row, scores in enumerate(logits):
            whole = sum(math.exp(s) for s, may in zip(scores, allowed[row], strict=True) if may)
            own = [s for s, w in zip(scores, IDENTITY, strict=True) if w == IDENTITY[row]]
            expected -= sum(s - math.log(whole) for s in own) / len(own) / len(logits)
    loss = supervised_contrastive_loss(image, text, IDENTITY, allowed if masked else None)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


@ALL
@given(seed=st.integers(0, 9999))
def test_a_mask_that_allows_everything_changes_nothing(name: str, seed: int) -> None:
    feature = features(seed)
    everything = torch.ones(6, 6, dtype=torch.bool)
    loss = of_batch(name)
    assert loss(feature, IDENTITY, everything).equal(loss(feature, IDENTITY, None))


@given(seed=st.integers(0, 9999))
def test_forbidden_classes_feel_nothing(seed: int) -> None:
    logits = features(seed, width=LABELS).requires_grad_()
    image, text = features(seed + 1), features(seed + 2, LABELS).requires_grad_()
    allowed = features(seed + 3, width=LABELS) > 0
    allowed[:, 3] = False
    allowed[range(6), IDENTITY] = True
    slope = torch.autograd.grad(identity_loss(logits, IDENTITY, allowed), logits)[0]
    assert not slope[~allowed].any()
    alone = allowed.sum(1) == 1
    assert slope[allowed & ~alone[:, None]].all()
    slope = torch.autograd.grad(image_text_loss(image, text, IDENTITY, allowed), text)[0]
    assert not slope[3].any()


@given(seed=st.integers(0, 9999))
def test_where_a_suspect_is_changes_nothing_for_the_other(seed: int) -> None:
    identity = IDENTITY[:4]
    same = identity[:, None] == identity
    slopes = []
    for other in (1, 2):
        feature = features(seed, 4)
        feature[2:] = features(seed + other, 2)
        feature.requires_grad_()
        loss = of_batch("contrastive")(feature, identity, same)
        slopes.append(torch.autograd.grad(loss, feature)[0][:2])
    torch.testing.assert_close(*slopes)


def test_a_batch_of_suspects_alone_costs_no_triplet() -> None:
    feature = features(9).requires_grad_()
    same = IDENTITY[:, None] == IDENTITY
    loss = triplet_loss(feature, IDENTITY, same)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert feature.grad is not None
    assert not feature.grad.any()


@ALL
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_computes_in_single(name: str, kind: torch.dtype) -> None:
    feature = features(7, scale=60).to(kind).requires_grad_()
    loss = of_batch(name)
    single = loss(feature.float(), IDENTITY, None)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = loss(feature, IDENTITY, None)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, single)
    half.backward()  # type: ignore[no-untyped-call]
    assert feature.grad is not None
    assert feature.grad.isfinite().all()


@ALL
def test_nobody_costs_nothing(name: str) -> None:
    feature = features(8)[:0].requires_grad_()
    loss = of_batch(name)(feature, IDENTITY[:0], None)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0


@ALL
def test_alike_images_give_finite_slopes(name: str) -> None:
    feature = torch.ones(6, 7, requires_grad=True)
    of_batch(name)(feature, IDENTITY, None).backward()  # type: ignore[no-untyped-call]
    assert feature.grad is not None
    assert feature.grad.isfinite().all()
