"""Write golden/osnet.json: what torchreid's OSNet answers with the weights of clip_weights.py.

    PYTHONPATH=tests python tests/training/reid/write_osnet_golden.py OSNET

OSNET is ``osnet.py`` of torchreid 0.2.5, which needs nothing but torch.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import torch
from training.reid.clip_weights import digest, images, weights

NAMES = ("osnet_x0_25", "osnet_x1_0")


def main(source: str) -> None:
    """Write the file beside this one."""
    torchreid = runpy.run_path(source)
    found = {}
    for name in NAMES:
        network = torchreid[name](num_classes=1, pretrained=False).eval()
        shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
        values = {key: torch.from_numpy(value) for key, value in weights(shapes).items()}
        network.load_state_dict(values, strict=False)
        with torch.inference_mode():
            found[name] = digest(network(torch.from_numpy(images(256, 128))).numpy())
    out = Path(__file__).parent / "golden" / "osnet.json"
    out.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
