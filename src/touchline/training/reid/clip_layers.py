"""The transformer of CLIP, for images and for texts alike.

Written from Radford et al.: "Learning Transferable Visual Models From Natural Language
Supervision", ICML 2021 (arXiv:2103.00020). Parameters carry OpenAI's names.

Shape letters: B items, T tokens, C channels, H heads, D channels of one head.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD_CHANNELS = 64
"""Channels of one attention head, in every CLIP."""


class QuickGelu(nn.Module):
    """OpenAI's approximation of GELU; the exact one gives other vectors from the same weights."""

    def forward(self, value: Tensor) -> Tensor:
        return value * (1.702 * value).sigmoid()


class _Attention(nn.Module):
    """Multi-head attention of each query token over the tokens it may see."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.randn(3 * channels, channels) * channels**-0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels))
        self.out_proj = nn.Linear(channels, channels)

    def forward(self, query_BTC: Tensor, token_BTC: Tensor, causal: bool) -> Tensor:
        channels = query_BTC.shape[2]
        weight, bias = self.in_proj_weight, self.in_proj_bias
        query_BHTD = _heads(F.linear(query_BTC, weight[:channels], bias[:channels]))
        rest_BTC = F.linear(token_BTC, weight[channels:], bias[channels:])
        key_BTC, value_BTC = rest_BTC.chunk(2, dim=2)
        gathered_BHTD = F.scaled_dot_product_attention(
            query_BHTD, _heads(key_BTC), _heads(value_BTC), is_causal=causal
        )
        output_BTC: Tensor = self.out_proj(gathered_BHTD.transpose(1, 2).flatten(2))
        return output_BTC


class _Block(nn.Module):
    """Attention and a two-layer network, each after a norm and with a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attn = _Attention(channels)
        self.ln_1 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            OrderedDict(
                c_fc=nn.Linear(channels, 4 * channels),
                gelu=QuickGelu(),
                c_proj=nn.Linear(4 * channels, channels),
            )
        )
        self.ln_2 = nn.LayerNorm(channels)

    def forward(self, token_BTC: Tensor, *, causal: bool, first_only: bool = False) -> Tensor:
        """The tokens after the block; with ``first_only`` (B, 1, C), at a sixth of the work."""
        normed_BTC = self.ln_1(token_BTC)
        query_BTC = normed_BTC
        if first_only:
            query_BTC, token_BTC = normed_BTC[:, :1], token_BTC[:, :1]
        token_BTC = token_BTC + self.attn(query_BTC, normed_BTC, causal)
        output_BTC: Tensor = token_BTC + self.mlp(self.ln_2(token_BTC))
        return output_BTC


class Transformer(nn.Module):
    """``layers`` blocks in a row.

    causal: a token sees itself and the ones before it, as in texts.
    """

    def __init__(self, channels: int, layers: int, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.resblocks = nn.ModuleList(_Block(channels) for _ in range(layers))

    def forward(self, token_BTC: Tensor) -> Tensor:
        """All tokens (B, T, C) after the last block."""
        for block in self.resblocks:
            token_BTC = block(token_BTC, causal=self.causal)
        return token_BTC

    def first_token(self, token_BTC: Tensor) -> tuple[Tensor, Tensor]:
        """The first token (B, C) after the second-last block, and after the last.

        Nothing else of the last block is computed.
        """
        *blocks, last = self.resblocks
        for block in blocks:
            token_BTC = block(token_BTC, causal=self.causal)
        return token_BTC[:, 0], last(token_BTC, causal=self.causal, first_only=True)[:, 0]


def _heads(token_BTC: Tensor) -> Tensor:
    items, tokens, channels = token_BTC.shape
    heads = channels // HEAD_CHANNELS
    return token_BTC.reshape(items, tokens, heads, HEAD_CHANNELS).transpose(1, 2)
