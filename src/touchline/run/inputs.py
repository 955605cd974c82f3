"""The inputs of a run: the detector or the stored boxes, the embedder, and what they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from touchline.disk_files import file_sha256
from touchline.embedder_facts import EmbedderFacts
from touchline.errors import UsageError
from touchline.formats.mot import DetectionTable, read_detections
from touchline.frame_detections import DetectorRunner, FrameDetections, PrecomputedDetections
from touchline.models.shipped import DETECTOR, model_file
from touchline.observe import Observer
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import OnnxDetector, load_detector_file
from touchline.perception.number_reader import NumberReader, open_number_reader
from touchline.protocols import Detector, Embedder
from touchline.run.box_units import unit_warnings
from touchline.run.config import ModelsConfig, RunConfig
from touchline.run.embedders import open_embedder
from touchline.run.facts import DetectionFileFacts, DetectorFacts, ModelsUsed, NumberReaderFacts
from touchline.sparse_detections import SparseDetections
from touchline.stage_times import StageTimes

_FRAMES_TOGETHER = 8
"""Frames whose crops are embedded in one batch."""

_MAX_REDUCTION = 2.0
"""How much smaller than the image a network may see it without a warning."""


@dataclass(frozen=True, slots=True)
class Perception:
    """The opened inputs of a run.

    batch: frames processed together. models: names, hashes and sizes for the report.
    stored: the detections of a file, where they come from one. network: the detector's file.
    number_reader: None where shirt numbers are not read.
    """

    detections: FrameDetections
    embedder: Embedder | None
    batch: int
    models: ModelsUsed
    stored: DetectionTable | None = None
    network: OnnxDetector | None = None
    number_reader: NumberReader | None = None

    def observer(self, config: RunConfig, times: StageTimes | None = None) -> Observer:
        """An observer of a new video with these inputs."""
        return Observer(
            self.detections,
            self.embedder,
            shots=config.shots,
            camera=config.camera,
            embedding=config.embedding,
            shirts=config.shirts,
            number_reader=self.number_reader,
            numbers=config.numbers,
            lines=config.lines,
            times=times,
        )

    def warnings(self, width: int, height: int) -> list[str]:
        """What the user should know before images of this size are processed.

        Raises UsageError for stored boxes that cannot be pixels of such images.
        """
        warnings: list[str] = []
        if self.network is not None:
            warnings += self.network.warnings
            view = self.network.views(width, height)[-1]
            size = self.network.input_size(view.width, view.height)
            if view.width > _MAX_REDUCTION * size[0]:
                warnings.append(
                    f"the detector looks at {size[0]}x{size[1]} pixels of {view.width}x"
                    f"{view.height}: small players are missed; detector.size or detector.tiles help"
                )
        if self.stored is not None:
            warnings += self.stored.warnings
            warnings += unit_warnings(self.stored.detections.boxes, width, height)
        return warnings


def open_perception(
    config: RunConfig, detector: Detector | None = None, embedder: Embedder | None = None
) -> Perception:
    """Load what ``config.models`` names, apart from a detector or an embedder that is given.

    Raises UsageError for two of a detector, detections and tracks, and the errors of the loaders.
    """
    models = config.models
    used = ModelsUsed()
    stored: DetectionTable | None = None
    network: OnnxDetector | None = None
    detections: FrameDetections
    file = models.detections or models.tracks
    if file is not None:
        if detector is not None or models.detector is not None:
            what = "detections" if models.tracks is None else "tracks"
            raise UsageError(f"give a detector or {what}, not both")
        if models.detections is not None and models.tracks is not None:
            raise UsageError("give detections or tracks, not both: tracks bring their boxes")
        tracked = models.tracks is not None
        stored = read_detections(file, scale=models.detections_scale, tracked=tracked)
        detections = PrecomputedDetections(stored)
        facts = _file_facts(models, file)
        used = replace(used, tracks=facts) if tracked else replace(used, detections=facts)
    else:
        if detector is None:
            detector = network = open_detector(models.detector, config.detector)
            used = replace(used, detector=_detector_facts(network))
        detections = DetectorRunner(detector)
        if config.detector.every > 1:
            every, share = config.detector.every, config.detector.crowded_share
            detections = SparseDetections(detections, every, share)
    if embedder is None and models.reid != "none":
        loaded = open_embedder(models.reid, config.embedder)
        used = replace(used, embedder=EmbedderFacts(loaded.name, loaded.sha256, loaded.size))
        embedder = loaded
    reader = open_number_reader(config.numbers)
    if reader is not None:
        used = replace(used, numbers=NumberReaderFacts(reader.name, reader.sha256))
    batch = config.detector.batch_size or _FRAMES_TOGETHER
    return Perception(detections, embedder, batch, used, stored, network, reader)


def open_detector(
    name_or_file: str | Path | None = None, config: DetectorConfig | None = None
) -> OnnxDetector:
    """The detector of a shipped name or an ONNX file; None stands for the shipped one.

    Raises UsageError for a missing file, ModelError for a file that is no detector.
    """
    return load_detector_file(model_file(name_or_file or DETECTOR), config or DetectorConfig())


def _detector_facts(detector: OnnxDetector) -> DetectorFacts:
    return DetectorFacts(
        detector.name, detector.sha256, detector.family, detector.provider, tuple(detector.roles)
    )


def _file_facts(models: ModelsConfig, file: Path) -> DetectionFileFacts:
    return DetectionFileFacts(file.name, file_sha256(file), models.detections_scale)
