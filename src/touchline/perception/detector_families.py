"""Which detector family an ONNX file holds, from its graph, metadata and one trial run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import ModelError
from touchline.perception import detector_outputs as layouts
from touchline.perception.detector_metadata import (
    stated_class_count,
    stated_fit,
    stated_pixels,
)
from touchline.perception.detector_outputs import Canvas, Decoder, Outputs
from touchline.perception.onnx_model import OnnxModel
from touchline.perception.preprocess import BYTE_BGR, IMAGENET_RGB, UNIT_RGB, Fit, PixelFormat

_YOLO_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))
_COCO_CLASSES = 80
_SCORE_SLACK = 0.05  # half precision, and networks that add a little


@dataclass(frozen=True, slots=True)
class Family:
    """All that differs between kinds of detectors.

    name: for reports. fit, pixels: how images go in. decode: how boxes come out.
    class_count: classes the graph answers, None where its shapes do not tell.
    needs_suppression: whether it answers several boxes for one object.
    """

    name: str
    fit: Fit
    pixels: PixelFormat
    decode: Decoder
    class_count: int | None
    needs_suppression: bool


def recognise(model: OnnxModel, outputs: Outputs, canvas: Canvas) -> Family:
    """The family of a loaded file, from its outputs for a plain image of size ``canvas``.

    Raises ModelError, naming the outputs and what is understood, for a file that is no detector.
    """
    for ask in (_official_detr, _hugging_face, _rf_detr, _yolo_grid, _yolo_list):
        family = ask(model, outputs, canvas)
        if family is not None:
            return replace(
                family,
                fit=stated_fit(model, family.fit),
                pixels=stated_pixels(model, family.pixels),
            )
    found = ", ".join(f"{name} {tuple(output.shape)}" for name, output in outputs.items())
    raise ModelError(
        f"{model.file.name} is not a supported detector: its outputs are {found}; "
        "YOLO (v5 to v12, 26, X), RT-DETR, D-FINE, RF-DETR and DETR-style exports are, "
        "see docs/detectors.md"
    )


def _official_detr(model: OnnxModel, outputs: Outputs, _canvas: Canvas) -> Family | None:
    inputs = {info.name for info in model.inputs}
    if not ({"labels", "boxes", "scores"} <= set(outputs) and "orig_target_sizes" in inputs):
        return None
    return Family("rt-detr", "stretch", UNIT_RGB, layouts.decode_lists, None, False)


def _hugging_face(model: OnnxModel, outputs: Outputs, _canvas: Canvas) -> Family | None:
    if not {"logits", "pred_boxes"} <= set(outputs) or outputs["pred_boxes"].shape[-1] != 4:
        return None
    if outputs["logits"].shape[-1] == 92:  # COCO's 91 and "no object"
        raise ModelError(
            f"{model.file.name} ends in a softmax with a 'no object' class, as the first DETR; "
            "only networks with a sigmoid for each class (RT-DETR, D-FINE) are understood"
        )
    decode = layouts.logits_decoder("pred_boxes", "logits")
    return Family("detr", "stretch", UNIT_RGB, decode, outputs["logits"].shape[-1], False)


def _rf_detr(_model: OnnxModel, outputs: Outputs, _canvas: Canvas) -> Family | None:
    if not {"dets", "labels"} <= set(outputs):
        return None
    boxes, logits = outputs["dets"], outputs["labels"]
    if boxes.ndim != 3 or boxes.shape[-1] != 4 or logits.ndim != 3:
        return None
    decode = layouts.logits_decoder("dets", "labels")
    return Family("rf-detr", "stretch", IMAGENET_RGB, decode, logits.shape[-1], False)


def _yolo_grid(model: OnnxModel, outputs: Outputs, canvas: Canvas) -> Family | None:
    """One row or column per grid cell: YOLO without non-maximum suppression."""
    output, *others = outputs.values()
    if output.ndim != 3 or any(other.shape[:2] == output.shape[:2] for other in others):
        return None  # boxes and scores apart from each other are another layout
    cells = [
        sum((canvas[0] // stride) * (canvas[1] // stride) for stride in strides)
        for strides in _YOLO_STRIDES
    ]
    _, rows, columns = output.shape
    if columns in cells and rows > 4:
        return _anchor_free(model, output[0].T, layouts.decode_yolo, layouts.decode_yolo_shares)
    if columns <= 4:
        return None
    if rows in [3 * count for count in cells] and columns > 5:  # three anchors a cell
        _check_scores(model, output[0, :, 4:])
        return Family("yolov5", "centre", UNIT_RGB, layouts.decode_yolov5, columns - 5, True)
    if rows not in cells:
        return None
    return _row_a_cell(model, output[0], canvas, rows == cells[0])


def _anchor_free(
    model: OnnxModel, rows: NDArray[Any], in_pixels: Decoder, in_shares: Decoder
) -> Family:
    """YOLOv8 and later: a row has four coordinates, then a score per class."""
    _check_scores(model, rows[:, 4:])
    decode = in_shares if layouts.is_in_shares(rows[:, :4]) else in_pixels
    return Family("yolo", "centre", UNIT_RGB, decode, rows.shape[1] - 4, True)


def _row_a_cell(
    model: OnnxModel, rows: NDArray[Any], canvas: Canvas, strides_of_yolox: bool
) -> Family | None:
    """Several families write a row per cell but need different pixels: values and names decide."""
    columns, stated = rows.shape[1], stated_class_count(model)
    if columns == 6 and layouts.is_finished_list(rows):  # as DeepStream takes it
        return Family("yolo", "centre", UNIT_RGB, layouts.decode_end_to_end, None, True)
    if columns > 5 and stated in (None, columns - 5) and (rows[:, 4] == 1.0).all():
        _check_scores(model, rows[:, 5:])
        return Family("yolov6", "centre", UNIT_RGB, layouts.decode_yolov5, columns - 5, True)
    if stated == columns - 4 or (stated is None and columns == _COCO_CLASSES + 4):
        return _anchor_free(model, rows, layouts.decode_yolo_rows, layouts.decode_normalised)
    if columns <= 5 or not strides_of_yolox:
        return None
    classes = columns - 5
    _check_scores(model, rows[:, 4:])
    if not layouts.yolox_is_decoded(rows, canvas):
        return Family("yolox", "corner", BYTE_BGR, layouts.decode_yolox_raw, classes, True)
    if stated is None and classes != _COCO_CLASSES:
        raise ModelError(
            f"{model.file.name} answers {columns} numbers per cell and names no classes: it may be "
            f"a YOLOX of {classes} or a transposed YOLO v8 of {classes + 1} classes, which take "
            "other pixels; name its classes under touchline.names, see docs/detectors.md"
        )
    return Family("yolox", "corner", BYTE_BGR, layouts.decode_yolov5, classes, True)


def _check_scores(model: OnnxModel, scores: NDArray[Any]) -> None:
    """ModelError for scores that cannot be probabilities."""
    known = scores[np.isfinite(scores)]
    if len(known) and (known.min() < -_SCORE_SLACK or known.max() > 1 + _SCORE_SLACK):
        raise ModelError(
            f"{model.file.name} answers scores from {known.min():.3g} to {known.max():.3g}, which "
            "are not probabilities: export it with the sigmoid at its end, see docs/detectors.md"
        )


def _yolo_list(model: OnnxModel, outputs: Outputs, _canvas: Canvas) -> Family | None:
    """A fixed number of finished detections, as Ultralytics exports them."""
    output = next(iter(outputs.values()))
    if output.ndim != 3:
        return None
    classes = output.shape[2] - 4
    stated = stated_class_count(model)
    if stated and "rtdetr" in model.metadata.get("description", "").lower().replace("-", ""):
        decode = layouts.decode_normalised
        return Family("rt-detr", "stretch", UNIT_RGB, decode, classes, False)
    if classes != 2:  # corners, score and class number
        return None
    if stated is None:
        raise ModelError(
            f"{model.file.name} answers {output.shape[1]} rows of 6 numbers and names no classes: "
            "where these are corners, score and class, name the classes under touchline.names, "
            "see docs/detectors.md"
        )
    return Family("yolo", "centre", UNIT_RGB, layouts.decode_end_to_end, None, False)
