"""Write golden/clip.json: what open_clip answers with the weights of clip_weights.py.

Run in an environment with open_clip, as ``PYTHONPATH=tests python tests/training/...``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from open_clip.model import CLIP, resize_pos_embed  # type: ignore[import-not-found]
from training.reid.clip_weights import CASES, STRIDES, TOKENS, Case, digest, images, weights


def oracle(case: Case, size: tuple[int, int]) -> Any:
    """open_clip's network for images of ``size`` with an empty position table."""
    return CLIP(
        embed_dim=case.projection,
        vision_cfg={
            "image_size": size,
            "layers": case.layers,
            "width": case.width,
            "head_width": 64,
            "patch_size": 16,
        },
        text_cfg={
            "context_length": 77,
            "vocab_size": 49408,
            "width": case.text_width,
            "heads": case.text_width // 64,
            "layers": case.text_layers,
        },
        quick_gelu=True,
    ).eval()


def image_answers(network: Any, size: tuple[int, int]) -> dict[str, list[list[float]]]:
    """The class token after the last block but one, after the last and its norm, projected."""
    seen: dict[str, torch.Tensor] = {}
    visual = network.visual
    visual.transformer.resblocks[-2].register_forward_hook(
        lambda _module, _inputs, output: seen.update(before_last=output[:, 0])
    )
    visual.ln_post.register_forward_hook(
        lambda _module, _inputs, output: seen.update(
            last=output.view(2, -1, output.shape[-1])[:, 0]
        )
    )
    seen["projected"] = network.encode_image(torch.from_numpy(images(*size)))
    return {name: digest(value.numpy()) for name, value in seen.items()}


def answers(case: Case) -> dict[str, Any]:
    """Everything the test compares for one case."""
    square = oracle(case, (case.square, case.square))
    shapes = {name: tuple(value.shape) for name, value in square.state_dict().items()}
    values = {name: torch.from_numpy(value) for name, value in weights(shapes).items()}
    square.load_state_dict(values)
    found: dict[str, Any] = {"text": digest(square.encode_text(torch.from_numpy(TOKENS)).numpy())}
    found["square"] = image_answers(square, (case.square, case.square))
    height, width = case.height_width
    for stride in STRIDES:
        people = oracle(case, case.height_width)
        grid = ((height - 16) // stride + 1, (width - 16) // stride + 1)
        people.visual.conv1.stride = (stride, stride)
        people.visual.grid_size = grid
        table = torch.zeros(1 + grid[0] * grid[1], case.width)
        people.visual.positional_embedding = torch.nn.Parameter(table)
        fitted = dict(values)
        resize_pos_embed(fitted, people, interpolation="bilinear", antialias=False)
        people.load_state_dict(fitted)
        found[f"stride {stride}"] = image_answers(people, case.height_width)
    return found


def main() -> None:
    """Write the file beside this one."""
    out = Path(__file__).parent / "golden" / "clip.json"
    out.parent.mkdir(exist_ok=True)
    with torch.inference_mode():
        found = {case.name: answers(case) for case in CASES}
    # One row of numbers a line.
    text = re.sub(r"\n +(?=[-\d])|(?<=\d)\n +", "", json.dumps(found, indent=1))
    out.write_text(text + "\n")


if __name__ == "__main__":
    main()
