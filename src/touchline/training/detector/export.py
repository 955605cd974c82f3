"""Exports a trained detector as the ONNX file that tracking uses, and checks it against torch.

Shape letters: B images, C channels, H rows, W columns, A cells, F 4 box numbers, objectness and
classes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from touchline.detection.data import (
    DetectionData,
    read_detection_data,
    split_by_match,
    with_classes,
)
from touchline.disk_files import put_in_place
from touchline.errors import ModelError, UsageError
from touchline.image_files import read_image
from touchline.perception.onnx_model import OnnxModel
from touchline.training.detector.boxes import cells, told_boxes
from touchline.training.detector.checkpoint import LoadedDetector, load_detector
from touchline.training.detector.input import FIT, PIXELS, STRIDE, network_input
from touchline.training.detector.network import Scored
from touchline.training.detector.validation import Answer, answers_of, validate
from touchline.training.onnx_program import to_onnx
from touchline.training.quantise import quantise
from touchline.types import PEOPLE, Image

PRECISIONS = ("fp32", "int8")

MAX_SCORE_ERROR = 1e-3
"""Largest score error of any cell, for files that compute as torch does."""

MAX_BOX_ERROR = 0.1
"""Largest box error in pixels, of cells that hold an object."""

MAX_LOSS = 0.02
"""Largest loss of ``score`` (see ``validate``), for files that compute in 8 bits."""

_CALIBRATION_IMAGES = 48
_COMPARED_IMAGES = 60
_LEAST_SCORE = 0.05
_MOST_BLOCKS = 512  # 16384 pixels


@dataclass(frozen=True)
class DetectorExport:
    """What was written, and how well it agrees with torch.

    image_count: compared on. score_error, box_error: largest differences of any cell, the latter in
    pixels. torch, onnx: scores of either in ``validate``, empty without labelled images.
    """

    file: Path
    precision: str
    image_count: int
    score_error: float
    box_error: float
    torch: dict[str, float]
    onnx: dict[str, float]


def export_detector(
    checkpoint: Path,
    out: Path,
    *,
    data: Path | None = None,
    precision: str = "fp32",
    matches: Sequence[str] = (),
) -> DetectorExport:
    """Write a trained detector as ONNX for images of any number and size; compare it with torch.

    data: labelled images to compare on, and for int8 to measure ranges on, of other matches.
    matches: those that are compared; all where none is named. Without data made-up images are.
    The metadata holds class names, size, pixel format, licence, attribution, data and scores.

    Raises ModelError, and leaves no file, where the two disagree; UsageError where ``out`` cannot
    be written, for an unknown precision, and for int8 without ``data``.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"precision {precision!r} is not one of {', '.join(PRECISIONS)}")
    if precision == "int8" and data is None:
        raise UsageError("int8 has to measure real images: give --data FOLDER")
    loaded = load_detector(checkpoint)
    size = int(loaded.metadata["size"])
    measured = labelled = None
    if data is not None:
        measured = labelled = with_classes(read_detection_data(data), loaded.names)
        if matches:
            measured, labelled = split_by_match(labelled, matches)
    model = _to_onnx(loaded)
    if precision == "int8" and measured is not None:
        image_count = _spread(measured, _CALIBRATION_IMAGES)
        model = quantise(
            model,
            (network_input(read_image(path), size)[0] for path in image_count.paths),
            unchanged=_last_layers(model),
        )
    onnx.helper.set_model_props(model, _metadata(loaded, precision))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as folder:
            draft = Path(folder) / out.name
            onnx.save_model(model, draft)
            report = _compare(loaded, draft, labelled, size, precision, out)
            put_in_place(draft, out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    return report


def _to_onnx(loaded: LoadedDetector) -> onnx.ModelProto:
    example_BCHW = torch.zeros(2, 3, 2 * STRIDE, 3 * STRIDE)
    batch, rows, columns = (
        torch.export.Dim(name, min=1, max=_MOST_BLOCKS) for name in ("batch", "rows", "columns")
    )
    free = {0: batch, 2: STRIDE * rows, 3: STRIDE * columns}
    return to_onnx(Scored(loaded.network, loaded.names).eval(), example_BCHW, "output", free)


def _metadata(loaded: LoadedDetector, precision: str) -> dict[str, str]:
    """The metadata that ``perception.detector_metadata`` reads, and more for people to read."""
    size = int(loaded.metadata["size"])
    handed_on = ("licence", "attribution", "data", "scores", "epoch", "averaged")
    height = loaded.metadata.get("person_height")
    return {
        "touchline.names": str(dict(enumerate(loaded.names))),
        "touchline.size": str([_ceiled(size * 9 // 16), _ceiled(size)]),
        "touchline.colour": PIXELS.colour,
        "touchline.mean": str(list(PIXELS.mean)),
        "touchline.std": str(list(PIXELS.std)),
        "touchline.fit": FIT,
        **({} if height is None else {"touchline.person_height": height}),
        "stride": str(STRIDE),
        "precision": precision,
        **{name: loaded.metadata[name] for name in handed_on if name in loaded.metadata},
    }


def _ceiled(side: int) -> int:
    return -(-side // STRIDE) * STRIDE


def _last_layers(model: onnx.ModelProto) -> list[str]:
    """Nodes from the last convolutions on: box numbers and scores lose too much in 8 bits."""
    reached: set[str] = set()
    names = []
    for node in model.graph.node:
        last = any(name.endswith("_out.weight") for name in node.input)
        if last or reached & set(node.input):
            reached |= set(node.output)
            names.append(node.name)
    return names


def _compare(
    loaded: LoadedDetector,
    file: Path,
    labelled: DetectionData | None,
    size: int,
    precision: str,
    out: Path,
) -> DetectorExport:
    """How well a file agrees with its network. Raises ModelError where it does not."""
    by_torch, by_file = answers_of(loaded.network, loaded.names), _answers_of_file(file)
    scores: list[dict[str, float]] = [{}, {}]
    if labelled is None:
        images: list[Image] = _made_up_images()
    else:
        few = _spread(labelled, _COMPARED_IMAGES)
        images = [read_image(path) for path in few.paths[:8]]
        scores = [validate(answer, few, size, people=PEOPLE) for answer in (by_torch, by_file)]
    errors = [_errors(by_torch, by_file, image, size) for image in images]
    score_error, box_error = (float(max(column)) for column in zip(*errors, strict=True))
    report = DetectorExport(out, precision, len(images), score_error, box_error, *scores)
    if precision == "fp32" and (score_error > MAX_SCORE_ERROR or box_error > MAX_BOX_ERROR):
        raise ModelError(
            f"the ONNX file does not answer what torch does: scores differ by {score_error:.2g}, "
            f"boxes by {box_error:.2g} pixels; use another version of torch or onnxruntime"
        )
    if precision == "int8" and scores[1]["score"] < scores[0]["score"] - MAX_LOSS:
        raise ModelError(
            f"in 8 bits the score falls from {scores[0]['score']:.3f} to {scores[1]['score']:.3f}; "
            "export with --precision fp32"
        )
    return report


def _answers_of_file(file: Path) -> Answer:
    model = OnnxModel(file, device="cpu")

    def answer(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(model.run({model.inputs[0].name: batch})[0], np.float32)

    return answer


def _errors(one: Answer, other: Answer, image: Image, size: int) -> tuple[float, float]:
    """Largest error of a score, and of a box in pixels where a cell holds an object."""
    batch, canvas, _ = network_input(image, size)
    first, second = one(batch)[0], other(batch)[0]
    corner_A2, stride_A = cells(*canvas, torch.device("cpu"))
    boxes = [
        told_boxes(torch.from_numpy(answer), corner_A2, stride_A) for answer in (first, second)
    ]
    away_A = (boxes[0] - boxes[1]).abs().amax(1).numpy()
    anything = first[:, 4] >= _LEAST_SCORE
    return (
        float(np.abs(first[:, 4:] - second[:, 4:]).max()),
        float(away_A[anything].max(initial=0.0)),
    )


def _spread(data: DetectionData, most: int) -> DetectionData:
    """At most this many images, evenly picked."""
    count = min(most, len(data))
    return data[np.linspace(0, len(data) - 1, count).round().astype(np.int64)]


def _made_up_images() -> list[Image]:
    """Synthetic images of noise and blocks of colour, in two shapes."""
    random = np.random.default_rng(0)
    images: list[Image] = []
    for height, width in ((360, 640), (480, 352)):
        images.append(random.integers(0, 256, (height, width, 3), np.uint8))
        blocks = random.integers(0, 256, (9, 16, 3), np.uint8)
        large = blocks.repeat(-(-height // 9), axis=0).repeat(-(-width // 16), axis=1)
        images.append(np.ascontiguousarray(large[:height, :width]))
    return images
