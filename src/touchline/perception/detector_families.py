"""Which kind of detector an ONNX file holds, told by its graph, its metadata and one trial run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from touchline.errors import ModelError
from touchline.perception import detector_outputs as layouts
from touchline.perception.detector_metadata import stated_fit, stated_pixels
from touchline.perception.detector_outputs import Canvas, Decoder, Outputs
from touchline.perception.onnx_model import OnnxModel
from touchline.perception.preprocess import BYTE_BGR, IMAGENET_RGB, UNIT_RGB, Fit, PixelFormat

_YOLO_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))


@dataclass(frozen=True, slots=True)
class Family:
    """All that differs between kinds of detectors.

    name: for reports. fit, pixels: how pictures go in. decode: how boxes come out.
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
    """The family of a loaded file, from what it answered for a plain picture of size ``canvas``.

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
        f"{model.file.name} is no detector that is understood: its outputs are {found}; "
        "YOLO (v5 to v12, X), RT-DETR, D-FINE, RF-DETR and DETR-style exports are, "
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


def _yolo_grid(_model: OnnxModel, outputs: Outputs, canvas: Canvas) -> Family | None:
    """One row or column for each cell of the grids: YOLO with its suppression still to do."""
    output = next(iter(outputs.values()))
    if output.ndim != 3:
        return None
    cells = [
        sum((canvas[0] // stride) * (canvas[1] // stride) for stride in strides)
        for strides in _YOLO_STRIDES
    ]
    _, rows, columns = output.shape
    if columns in cells and rows > 4:
        return Family("yolo", "centre", UNIT_RGB, layouts.decode_yolo, rows - 4, True)
    if columns <= 5:
        return None
    classes = columns - 5
    if rows == cells[0]:
        decoded = layouts.yolox_is_decoded(output[0], canvas)
        decode = layouts.decode_yolov5 if decoded else layouts.decode_yolox_raw
        return Family("yolox", "corner", BYTE_BGR, decode, classes, True)
    if rows in [3 * count for count in cells]:  # three anchors a cell
        return Family("yolov5", "centre", UNIT_RGB, layouts.decode_yolov5, classes, True)
    return None


def _yolo_list(model: OnnxModel, outputs: Outputs, _canvas: Canvas) -> Family | None:
    """A fixed number of finished detections, as Ultralytics exports them."""
    output = next(iter(outputs.values()))
    if output.ndim != 3 or "names" not in model.metadata:
        return None
    classes = output.shape[2] - 4
    if "rtdetr" in model.metadata.get("description", "").lower().replace("-", ""):
        decode = layouts.decode_normalised
        return Family("rt-detr", "stretch", UNIT_RGB, decode, classes, False)
    if classes != 2:  # corners, score and class number
        return None
    return Family("yolo", "centre", UNIT_RGB, layouts.decode_end_to_end, None, False)
