"""A prompt for each identity: a sentence of which four words are learned.

Shape letters: B items, N identities, T tokens, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from touchline.training.reid.clip import TextShape

PROMPT_TOKENS = (49406, 320, 1125, 539, 320, 343, 343, 343, 343, 2533, 269, 49407)
"""CLIP's token ids of "A photo of a X X X X person.", with its start and its end."""

LEARNED = slice(5, 9)
"""Positions of the four X."""

END = len(PROMPT_TOKENS) - 1
"""Position of the end token, at which the sentence's vector is read."""


def prompt_tokens(context: int = 77) -> Tensor:
    """The sentence's token ids (1, context), padded with 0."""
    token_1T = torch.zeros(1, context, dtype=torch.long)
    token_1T[0, : len(PROMPT_TOKENS)] = torch.tensor(PROMPT_TOKENS)
    return token_1T


class IdentityPrompts(nn.Module):
    """Word vectors of each identity's sentence: a fixed start and end, four learned words between.

    Parameters and buffers carry CLIP-ReID's names. The fixed words are zeros until a checkpoint
    or ``set_words`` brings them.
    """

    token_prefix: Tensor
    token_suffix: Tensor

    def __init__(self, identities: int, text: TextShape) -> None:
        super().__init__()
        learned = LEARNED.stop - LEARNED.start
        self.cls_ctx = nn.Parameter(torch.randn(identities, learned, text.channels) * 0.02)
        rest = text.context - LEARNED.stop
        self.register_buffer("token_prefix", torch.zeros(1, LEARNED.start, text.channels))
        self.register_buffer("token_suffix", torch.zeros(1, rest, text.channels))

    def set_words(self, word_1TC: Tensor) -> None:
        """Set the fixed words from the vectors of the whole padded sentence (1, context, C)."""
        self.token_prefix.copy_(word_1TC[:, : LEARNED.start])
        self.token_suffix.copy_(word_1TC[:, LEARNED.stop :])

    def forward(self, identity_B: Tensor) -> Tensor:
        """Word vectors (B, 12, C) of the identities' sentences, without the padding."""
        learned_BTC = self.cls_ctx[identity_B]
        count = len(learned_BTC)
        suffix_1TC = self.token_suffix[:, : END + 1 - LEARNED.stop]
        parts = (
            self.token_prefix.expand(count, -1, -1),
            learned_BTC,
            suffix_1TC.expand(count, -1, -1),
        )
        return torch.cat(parts, dim=1)
