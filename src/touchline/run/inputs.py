"""What a run looks through: the detector or the stored boxes, the embedder, and their facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import UsageError
from touchline.formats.mot import DetectionTable, read_detections
from touchline.observe import DetectorRunner, FrameDetections, PrecomputedDetections
from touchline.perception.detector import load_detector_file
from touchline.perception.embedder import load_embedder_file
from touchline.run.config import ModelsConfig, RunConfig
from touchline.types import Detector, Embedder

NO_DETECTOR = (
    "no detector: give --detector MODEL.onnx (docs/detectors.md says how to get one) "
    "or --detections FILE in MOTChallenge text"
)

_MAX_BEYOND = 0.01
"""Share of boxes outside of the picture that a file made for it may have."""


@dataclass(frozen=True, slots=True)
class Perception:
    """The opened inputs of a run.

    batch: frames looked at together. facts: names, hashes and sizes for the report.
    stored: the detections of a file, where they come from one.
    """

    detections: FrameDetections
    embedder: Embedder | None
    batch: int
    facts: dict[str, Any]
    stored: DetectionTable | None = None

    def warnings(self, width: int, height: int) -> list[str]:
        """What was left out of a detection file, and whether it is made for another picture."""
        if self.stored is None:
            return []
        warnings = list(self.stored.warnings)
        boxes = self.stored.detections.boxes
        beyond = (boxes[:, 0] > width) | (boxes[:, 1] > height)
        if len(beyond) and beyond.mean() > _MAX_BEYOND:
            warnings.append(
                f"{beyond.mean():.0%} of the detections lie outside of the {width}x{height} "
                "picture: made at another resolution? -s models.detections_scale=... fits them"
            )
        return warnings


def open_perception(
    config: RunConfig, detector: Detector | None = None, embedder: Embedder | None = None
) -> Perception:
    """Load what ``config.models`` names, apart from a detector or an embedder that is given.

    Raises UsageError where there is nothing to detect with, and the errors of the loaders.
    """
    models = config.models
    facts: dict[str, Any] = {}
    stored: DetectionTable | None = None
    detections: FrameDetections
    if models.detections is not None:
        if detector is not None or models.detector is not None:
            raise UsageError("give a detector or detections, not both")
        stored = read_detections(models.detections, scale=models.detections_scale)
        detections = PrecomputedDetections(stored)
        facts["detections"] = _detection_facts(models, models.detections)
    else:
        if detector is None:
            detector = _load_detector(config, facts)
        detections = DetectorRunner(detector)
    if embedder is None and models.reid != "none":
        loaded = load_embedder_file(models.reid, config.embedder)
        facts["embedder"] = {"name": loaded.name, "sha256": loaded.sha256, "size": loaded.size}
        embedder = loaded
    return Perception(detections, embedder, config.detector.batch_size, facts, stored)


def _load_detector(config: RunConfig, facts: dict[str, Any]) -> Detector:
    if config.models.detector is None:
        raise UsageError(NO_DETECTOR)
    detector = load_detector_file(config.models.detector, config.detector)
    facts["detector"] = {
        "name": detector.name,
        "sha256": detector.sha256,
        "family": detector.family,
        "provider": detector.provider,
        "roles": list(detector.roles),
    }
    return detector


def _detection_facts(models: ModelsConfig, file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": file.name, "sha256": digest, "scale": models.detections_scale}
