"""Restores batch normalisation in a network whose file had it folded into the convolutions.

Shape letters: B images, C channels, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from touchline.training.blocks import Block


@torch.no_grad()
def calibrate(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give each normalisation the statistics of its input, without changing its output.

    batches: images as the network takes them, weighted equally. Afterwards the
    network may train: normalisation in training matches that in evaluation.
    """
    blocks = [module for module in network.modules() if isinstance(module, Block)]
    sums: dict[Block, list[Tensor]] = {block: [] for block in blocks}

    def measure(block: Block) -> None:
        def see(_: nn.Module, given: tuple[Tensor]) -> None:
            value_BCHW = given[0]
            mean_C = value_BCHW.mean((0, 2, 3))
            square_C = value_BCHW.square().mean((0, 2, 3))
            sums[block].append(torch.stack([mean_C, square_C]))

        handles.append(block.bn.register_forward_pre_hook(see))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for block in blocks:
        measure(block)
    network.eval()
    for image_BCHW in batches:
        network(image_BCHW)
    for handle in handles:
        handle.remove()
    for block, seen in sums.items():
        mean_C, square_C = torch.stack(seen).mean(0)
        _renormalise(block.bn, mean_C, (square_C - mean_C.square()).clamp(min=0.0))


def _renormalise(bn: nn.BatchNorm2d, mean_C: Tensor, variance_C: Tensor) -> None:
    """Set this mean and variance and keep the output the same."""
    assert bn.running_mean is not None
    assert bn.running_var is not None
    scale_C = bn.weight / (bn.running_var + bn.eps).sqrt()
    shift_C = bn.bias - scale_C * bn.running_mean
    bn.weight.copy_(scale_C * (variance_C + bn.eps).sqrt())
    bn.bias.copy_(shift_C + scale_C * mean_C)
    bn.running_mean.copy_(mean_C)
    bn.running_var.copy_(variance_C)
