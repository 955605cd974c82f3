"""The number format of a network's arithmetic."""

from __future__ import annotations

import torch


def arithmetic(precision: str, device: torch.device) -> torch.dtype:
    """The number format that ``auto``, ``fp32``, ``bf16`` or ``fp16`` means on a device.

    auto: bfloat16 on GPUs that have it, float16 on other GPUs, float32 elsewhere.
    """
    named = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if precision != "auto":
        return named[precision]
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
