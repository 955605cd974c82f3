"""What a detector's ONNX file says about itself in its metadata.

Understood are the keys of Ultralytics (``task``, ``names``, ``stride``, ``imgsz``,
``description``), of RF-DETR (``rfdetr_inference``) and our own, which go first:
``touchline.names``, ``touchline.size``, ``touchline.mean``, ``touchline.std``,
``touchline.colour``, ``touchline.fit``, ``touchline.person_height``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from touchline.errors import ModelError
from touchline.foreign_text import ForeignTextError, json_values, literal_values, shown
from touchline.perception.coco import coco_names
from touchline.perception.onnx_model import OnnxModel
from touchline.perception.preprocess import Fit, PixelFormat

DEFAULT_SIZE = 640
DEFAULT_STRIDE = 32

_LARGEST_SIDE = 1 << 14  # of a network's input, in pixels
_MOST_CLASSES = 1 << 16

_COLOURS: dict[str, Literal["rgb", "bgr"]] = {"rgb": "rgb", "bgr": "bgr"}
_FITS: dict[str, Fit] = {"stretch": "stretch", "centre": "centre", "corner": "corner"}

_ChoiceT = TypeVar("_ChoiceT")


def check_task(model: OnnxModel) -> None:
    """ModelError where the file says it was exported for anything but detection."""
    task = model.metadata.get("task", "detect")
    if task != "detect":
        raise ModelError(
            f"{model.file.name} was exported for the task {task!r}; a detector (task 'detect') "
            "is needed"
        )


def stated_size(model: OnnxModel) -> tuple[int, int]:
    """(width, height) the file was made for, 640 x 640 where it does not say."""
    text = model.metadata.get("touchline.size") or model.metadata.get("imgsz")
    size: Any = DEFAULT_SIZE if text is None else _read(model, "size", text)
    sides = size if isinstance(size, list | tuple) else (size, size)
    good = all(isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in sides)
    if len(sides) != 2 or not good:
        raise ModelError(
            f"{model.file.name}: its metadata says size {shown(str(text))!r}, not [height, width]"
        )
    return sides[1], sides[0]


def stated_person_height(model: OnnxModel) -> float | None:
    """The height of people, in pixels of the input, at which the network finds them best."""
    text = model.metadata.get("touchline.person_height")
    if text is None:
        return None
    height = _read(model, "touchline.person_height", text)
    if not isinstance(height, int | float) or not 4 <= height <= _LARGEST_SIDE:
        raise ModelError(
            f"{model.file.name}: its metadata says touchline.person_height {shown(height)}, not "
            "pixels"
        )
    return float(height)


def stated_stride(model: OnnxModel) -> int:
    """What width and height of a free input size must be multiples of."""
    stride = _read(model, "stride", model.metadata.get("stride", str(DEFAULT_STRIDE)))
    if not isinstance(stride, int | float) or not 1 <= stride <= _LARGEST_SIDE:
        raise ModelError(f"{model.file.name}: its metadata says stride {shown(stride)}")
    return int(stride)


def class_names(model: OnnxModel, class_count: int | None) -> tuple[dict[int, str], list[str]]:
    """Class names by number, and what was guessed: the stated names, else COCO's, else the numbers.

    class_count: classes that the graph answers, None where it does not tell.
    """
    names = _stated_names(model)
    if names is None:
        guessed = coco_names(80 if class_count is None else class_count)
        if guessed is None:
            return {number: str(number) for number in range(class_count or 0)}, []
        return guessed, [
            f"{model.file.name} names no classes: taken for the {len(guessed)} of COCO; if they "
            "are others, name them under touchline.names (docs/detectors.md) or map them with "
            "detector.classes"
        ]
    if not names or (class_count is not None and max(names) >= class_count):
        raise ModelError(
            f"{model.file.name} names {len(names)} classes in its metadata, but its graph "
            f"answers {class_count}; export it again"
        )
    return names, []


def stated_class_count(model: OnnxModel) -> int | None:
    """How many classes the file names, None where it names none."""
    names = _stated_names(model)
    return None if names is None else max(names, default=-1) + 1


def stated_pixels(model: OnnxModel, default: PixelFormat) -> PixelFormat:
    """The family's pixel format, as far as the file does not state another."""
    return PixelFormat(
        _choice(model, "touchline.colour", _COLOURS, default.colour),
        _three(model, "touchline.mean", default.mean),
        _three(model, "touchline.std", default.std, above=0.0),
    )


def stated_fit(model: OnnxModel, default: Fit) -> Fit:
    """How the family fits images to the canvas, unless the file states otherwise."""
    return _choice(model, "touchline.fit", _FITS, default)


def _stated_names(model: OnnxModel) -> dict[int, str] | None:
    text = model.metadata.get("touchline.names") or model.metadata.get("names")
    names: Any
    if text is not None:
        names = _read(model, "names", text)
    elif "rfdetr_inference" in model.metadata:
        facts = _read(model, "rfdetr_inference", model.metadata["rfdetr_inference"], json_values)
        names = isinstance(facts, dict) and (
            facts.get("class_id_to_name") or facts.get("class_names")
        )
    else:
        return None
    try:
        pairs = dict(names) if isinstance(names, dict) else dict(enumerate(_listed(names)))
        numbers = [int(number) for number in pairs]
    except (TypeError, ValueError, OverflowError):
        numbers = [-1]
    if not all(0 <= number < _MOST_CLASSES for number in numbers):
        raise ModelError(
            f"{model.file.name}: its metadata says names {shown(names)}, not a list or "
            "{number: name}"
        ) from None
    return dict(zip(numbers, map(str, pairs.values()), strict=True))


def _listed(names: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(names, list | tuple):
        raise TypeError("no list")
    return names


def _choice(
    model: OnnxModel, key: str, choices: Mapping[str, _ChoiceT], default: _ChoiceT
) -> _ChoiceT:
    text = model.metadata.get(key)
    if text is None:
        return default
    if text not in choices:
        raise ModelError(
            f"{model.file.name}: {key} {shown(text)!r} is not one of {', '.join(choices)}"
        )
    return choices[text]


def _three(
    model: OnnxModel, key: str, default: tuple[float, float, float], above: float | None = None
) -> tuple[float, float, float]:
    text = model.metadata.get(key)
    if text is None:
        return default
    values = _read(model, key, text)
    try:
        first, second, third = (float(value) for value in values)
        if not math.isfinite(first + second + third):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ModelError(f"{model.file.name}: {key} {shown(text)!r} is not three numbers") from None
    if above is not None and min(first, second, third) <= above:
        raise ModelError(f"{model.file.name}: {key} {shown(text)!r} must be above {above:g}")
    return first, second, third


def _read(
    model: OnnxModel, key: str, text: str, read: Callable[[str], Any] = literal_values
) -> Any:
    try:
        return read(text)
    except ForeignTextError as error:
        raise ModelError(
            f"{model.file.name}: its metadata {key} {shown(text)!r} cannot be read: {error}"
        ) from None
