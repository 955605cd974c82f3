"""Request and report of a detector training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.models.shipped import DETECTOR


@dataclass(frozen=True)
class DetectorRequest:
    """What to train on, from which checkpoint, into which folder.

    data: folders in YOLO's or COCO's format. checkpoint: YOLOX-nano as ONNX, our own safetensors
    or the name of a shipped detector, which is the default; None for random weights. validation: a
    folder to validate on, None for matches taken out of ``data``. guessed: folders of images whose
    labels nobody made by hand (``run.pseudo_labels``), never validated on. settings: nested names.
    device: auto, cpu or cuda. tensorboard: draw curves for it too.
    """

    data: tuple[Path, ...]
    out: Path
    checkpoint: Path | None = Path(DETECTOR)
    validation: Path | None = None
    guessed: tuple[Path, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    tensorboard: bool = False

    @property
    def folders(self) -> tuple[Path, ...]:
        """All that is trained on."""
        return self.data + self.guessed


@dataclass(frozen=True)
class DetectorReport:
    """Outcome of a training.

    before, best, last: validation scores before training, of the best network and of the last
    one, empty without validation; that of the best is optimistic. best_epoch: 0 where no epoch
    improved on the start.
    """

    out: Path
    before: dict[str, float]
    best: dict[str, float]
    last: dict[str, float]
    best_epoch: int
    epochs: int
