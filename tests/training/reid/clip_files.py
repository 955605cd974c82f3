"""Small checkpoints in the layouts that CLIP and CLIP-ReID are published in."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from touchline.training.reid.clip import Clip, TextShape
from touchline.training.reid.clip_image import ImageShape
from touchline.training.reid.clip_reid import ClipReid

SQUARE = ImageShape(224, 224, channels=64, layers=2, projection=32)
PEOPLE = ImageShape(channels=64, layers=2, projection=32)
TEXT = TextShape(channels=64, layers=2)


def openai_clip() -> Clip:
    """A random CLIP for square images."""
    torch.manual_seed(3)
    return Clip(SQUARE, TEXT).eval()


def trained_clip_reid(stride: int = 16, cameras: int = 0) -> ClipReid:
    """A CLIP-ReID for people that has seen 5 identities and no vocabulary; all of it random."""
    torch.manual_seed(4)
    image = ImageShape(stride=stride, channels=64, layers=2, projection=32)
    text = TextShape(channels=64, layers=2, vocabulary=0)
    network = ClipReid(5, image, text, cameras=cameras)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.startswith(("bottleneck", "prompt_learner")) and value.is_floating_point():
                value.copy_(torch.rand_like(value) + 0.5)
    return network.eval()


def authors_names(network: ClipReid) -> dict[str, Tensor]:
    """The parameters as the authors' program saves them from several GPUs."""
    texts = ("transformer.", "positional_embedding", "ln_final.", "text_projection")
    named = {}
    for name, value in network.state_dict().items():
        if name.startswith("visual."):
            name = "image_encoder." + name.removeprefix("visual.")
        elif name.startswith(texts):
            name = "text_encoder." + name
        elif name == "logit_scale":
            continue
        named["module." + name] = value
    return named


def save_torchscript(network: Clip, file: Path) -> None:
    """As OpenAI saved CLIP: half precision, three sizes as buffers, and a program."""

    class Program(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, part in network.named_children():
                self.add_module(name, part)
            for name, value in network.named_parameters(recurse=False):
                self.register_parameter(name, value)
            for name, size in (("input_resolution", 224), ("context_length", 77)):
                self.register_buffer(name, torch.tensor(size))
            self.register_buffer("vocab_size", torch.tensor(49408))

        def forward(self, image: Tensor) -> Tensor:
            return network.encode_image(image).projected

    with torch.no_grad():
        program = torch.jit.trace(  # type: ignore[no-untyped-call]
            Program(), torch.zeros(1, 3, 224, 224), check_trace=False
        )
    program.half().save(str(file))
