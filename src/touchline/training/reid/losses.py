"""Re-identification losses, masked so that labels that may be one person do not repel.

The losses of Li, Sun, Li: "CLIP-ReID", AAAI 2023 (arXiv:2211.13977), as the authors' program
computes them, each with a mask of what ``rules.MatchRule`` allows; None allows everything. A mask
allows an image its own label. All compute in single precision, under autocast too, answer a
number that can be differentiated, and 0 for a batch of nobody.

Shape letters: B images of a batch, K labels, D numbers of a feature.
"""

from __future__ import annotations

import torch
from torch import Tensor


def identity_loss(
    logits_BK: Tensor,
    identity_B: Tensor,
    allowed_BK: Tensor | None = None,
    *,
    smoothing: float = 0.1,
) -> Tensor:
    """Cross entropy of class scores with label smoothing, over the allowed classes alone.

    The target of the own class is 1 - smoothing, and all allowed ones, it included, share the rest
    (Szegedy et al., arXiv:1512.00567).
    """
    logits_BK = logits_BK.float()
    if allowed_BK is None:
        allowed_BK = torch.ones_like(logits_BK, dtype=torch.bool)
    log_chance_BK = _log_chances(logits_BK, allowed_BK)
    own_B = log_chance_BK.gather(1, identity_B[:, None]).squeeze(1)
    all_B = log_chance_BK.sum(1) / allowed_BK.sum(1).clamp(min=1)
    return _mean(-(1 - smoothing) * own_B - smoothing * all_B)


def image_text_loss(
    image_BD: Tensor,
    text_KD: Tensor,
    identity_B: Tensor,
    allowed_BK: Tensor | None = None,
    *,
    smoothing: float = 0.1,
) -> Tensor:
    """Identity loss whose classes are the learned sentences of all labels, text_KD.

    Scores are scalar products of the features as they are: not normalised, no temperature.
    """
    with torch.autocast(image_BD.device.type, enabled=False):
        logits_BK = image_BD.float() @ text_KD.float().T
    return identity_loss(logits_BK, identity_B, allowed_BK, smoothing=smoothing)


def triplet_loss(
    feature_BD: Tensor,
    identity_B: Tensor,
    allowed_BB: Tensor | None = None,
    *,
    margin: float = 0.3,
) -> Tensor:
    """Triplet loss: how far the nearest stranger misses the margin over the farthest match.

    Euclidean distances in the batch; strangers are the allowed ones (Hermans, Beyer, Leibe,
    arXiv:1703.07737, "batch hard"). The mean is over images that have a stranger; those without
    count neither way, and a batch without any answers 0.
    """
    if not len(feature_BD):
        return feature_BD.float().sum()
    with torch.autocast(feature_BD.device.type, enabled=False):
        feature_BD = feature_BD.float()
        square_B = feature_BD.square().sum(1)
        square_BB = square_B[:, None] + square_B - 2 * feature_BD @ feature_BD.T
        # The root has no slope at 0, where equal images are.
        distance_BB = square_BB.clamp(min=1e-12).sqrt()
    same_BB = identity_B[:, None] == identity_B
    itself_BB = torch.eye(len(same_BB), dtype=torch.bool, device=same_BB.device)
    stranger_BB = ~same_BB if allowed_BB is None else ~same_BB & allowed_BB
    own_B = distance_BB.masked_fill(~same_BB | itself_BB, 0).amax(1)
    stranger_B = distance_BB.masked_fill(~stranger_BB, torch.inf).amin(1)
    short_B = (own_B - stranger_B + margin).clamp(min=0)
    return short_B.sum() / stranger_BB.any(1).sum().clamp(min=1)


def supervised_contrastive_loss(
    image_BD: Tensor,
    text_BD: Tensor,
    identity_B: Tensor,
    allowed_BB: Tensor | None = None,
) -> Tensor:
    """Contrastive loss between images and the sentences of their labels, in both directions.

    text_BD: the sentence of each image's label. Both directions are added; of several right
    answers each counts alike (Khosla et al., arXiv:2004.11362). Scores are scalar products of the
    features as they are: not normalised, temperature 1.
    """
    with torch.autocast(image_BD.device.type, enabled=False):
        logits_BB = image_BD.float() @ text_BD.float().T
    same_BB = identity_B[:, None] == identity_B
    if allowed_BB is None:
        allowed_BB = torch.ones_like(same_BB)
    return _one_way(logits_BB, same_BB, allowed_BB) + _one_way(logits_BB.T, same_BB, allowed_BB.T)


def _one_way(logits_BB: Tensor, same_BB: Tensor, allowed_BB: Tensor) -> Tensor:
    log_chance_BB = _log_chances(logits_BB, allowed_BB)
    return _mean(-(log_chance_BB * same_BB).sum(1) / same_BB.sum(1))


def _log_chances(logits_BK: Tensor, allowed_BK: Tensor) -> Tensor:
    """Log probabilities of the allowed classes; 0 for the others."""
    log_chance_BK = logits_BK.masked_fill(~allowed_BK, -torch.inf).log_softmax(1)
    return log_chance_BK.masked_fill(~allowed_BK, 0)


def _mean(value_B: Tensor) -> Tensor:
    return value_B.sum() / max(len(value_B), 1)
