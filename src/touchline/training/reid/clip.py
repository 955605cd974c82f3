"""CLIP: one space for images and texts. Parameters carry OpenAI's names.

Written from Radford et al.: "Learning Transferable Visual Models From Natural Language
Supervision", ICML 2021 (arXiv:2103.00020).

Shape letters: B items, R rows and W columns of pixels, T tokens, C channels, D projection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.training.reid.clip_image import ImageEncoder, ImageFeatures, ImageShape
from touchline.training.reid.clip_layers import Transformer


@dataclass(frozen=True)
class TextShape:
    """The sizes of a text encoder; the defaults are those of CLIP ViT-B/16.

    vocabulary: 0 for an encoder that knows no words, only the vectors of some.
    """

    channels: int = 512
    layers: int = 12
    context: int = 77
    vocabulary: int = 49408


class Clip(nn.Module):
    """Embeds images and texts in one space. A new one is random: load a checkpoint."""

    def __init__(self, image: ImageShape | None = None, text: TextShape | None = None) -> None:
        super().__init__()
        image, text = image or ImageShape(), text or TextShape()
        self.text_shape = text
        self.visual = ImageEncoder(image)
        self.transformer = Transformer(text.channels, text.layers, causal=True)
        self.token_embedding: nn.Embedding | None = None
        if text.vocabulary:
            self.token_embedding = nn.Embedding(text.vocabulary, text.channels)
            nn.init.normal_(self.token_embedding.weight, std=0.02)
        self.positional_embedding = nn.Parameter(torch.randn(text.context, text.channels) * 0.01)
        self.ln_final = nn.LayerNorm(text.channels)
        projection_CD = torch.randn(text.channels, image.projection) * text.channels**-0.5
        self.text_projection = nn.Parameter(projection_CD)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_image(self, image_B3RW: Tensor) -> ImageFeatures:
        """Features of normalised images (B, 3, height, width)."""
        features: ImageFeatures = self.visual(image_B3RW)
        return features

    def encode_text(self, token_BT: Tensor) -> Tensor:
        """(B, D) vectors of texts, given as token ids (B, at most 77) that end in the highest id.

        Raises ModelError for a network that was loaded without a vocabulary.
        """
        end_B = token_BT.argmax(dim=1)
        # No token sees later ones, so the padding after the end token changes nothing.
        longest = int(end_B.max()) + 1 if len(token_BT) else 1
        return self._encode_words(self._words(token_BT[:, :longest]), end_B)

    def _words(self, token_BT: Tensor) -> Tensor:
        """(B, T, C) word vectors of token ids."""
        if self.token_embedding is None:
            raise ModelError(
                "this network knows no words, as its checkpoint held none; load OpenAI's CLIP"
                " weights to encode texts"
            )
        word_BTC: Tensor = self.token_embedding(token_BT)
        return word_BTC

    def _encode_words(self, word_BTC: Tensor, end_B: Tensor) -> Tensor:
        """(B, D) vectors of texts, given as word vectors, read off at the token ``end_B``."""
        word_BTC = word_BTC + self.positional_embedding[: word_BTC.shape[1]]
        word_BTC = self.transformer(word_BTC)
        end_BC = word_BTC[torch.arange(len(word_BTC), device=end_B.device), end_B]
        vector_BD: Tensor = self.ln_final(end_BC) @ self.text_projection
        return vector_BD
