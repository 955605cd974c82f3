"""Time and memory of one CLIP-ReID training step (ViT-B/16, 256x128): stage 2, 16 people x 4 crops.

    python benchmarks/clip_reid_step.py [--steps 3] [--batch 64] [--device auto|cpu|cuda]
        [--precision fp32|bf16]

Random weights and images of the real sizes: forward, the three losses of stage 2 with the masks,
backward, Adam. Loading and augmenting crops is not in it. One step before the clock starts.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time

import torch
from torch import Tensor

from touchline.training.reid.clip import TextShape
from touchline.training.reid.clip_image import ImageShape
from touchline.training.reid.clip_reid import ClipReid
from touchline.training.reid.losses import identity_loss, image_text_loss, triplet_loss

IDENTITIES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64, help="crops, four of each person")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--layers", type=int, default=12, help="of the transformers; ViT-B has 12")
    options = parser.parse_args()
    on_gpu = options.device == "cuda" or (options.device == "auto" and torch.cuda.is_available())
    device = torch.device("cuda" if on_gpu else "cpu")
    torch.manual_seed(0)
    image, text = ImageShape(layers=options.layers), TextShape(layers=options.layers)
    network = ClipReid(IDENTITIES, image, text).to(device).train()
    network.requires_grad_(False)
    network.visual.requires_grad_(True)
    trained = list(network.visual.parameters())
    optimiser = torch.optim.Adam(trained, lr=1e-5)
    image_B3HW = torch.randn(options.batch, 3, 256, 128, device=device)
    identity_B = torch.arange(options.batch, device=device) // 4
    text_KD = torch.nn.functional.normalize(torch.randn(IDENTITIES, 512, device=device))
    allowed_BK = torch.rand(options.batch, IDENTITIES, device=device) > 0.1
    allowed_BK[torch.arange(options.batch), identity_B] = True

    def step() -> Tensor:
        half = options.precision == "bf16"
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            output = network(image_B3HW)
        allowed_BB = allowed_BK[:, identity_B]
        heads = (output.logits, output.logits_projected)
        loss = sum(
            (0.25 * identity_loss(head, identity_B, allowed_BK, smoothing=0.1) for head in heads),
            torch.zeros((), device=device),
        )
        for feature in output.features:
            loss = loss + triplet_loss(feature, identity_B, allowed_BB, margin=0.3)
        loss = loss + image_text_loss(
            output.features[-1], text_KD, identity_B, allowed_BK, smoothing=0.1
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return loss

    step()
    seconds = []
    for _ in range(options.steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    middle = statistics.median(seconds)
    if device.type == "cuda":
        memory = torch.cuda.max_memory_allocated() / 1e9
    else:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{device.type}, {options.precision}: {middle:.2f} s a step of {options.batch} "
        f"({options.batch / middle:.1f} images a second), {memory:.1f} GB at most"
    )


if __name__ == "__main__":
    main()
