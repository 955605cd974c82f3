"""Class names of COCO, for networks that carry none in their file."""

from __future__ import annotations

_NAMES = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, "
    "fire hydrant, stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, "
    "bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, "
    "sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, "
    "bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, "
    "broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, "
    "dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, "
    "toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush"
)
COCO_NAMES = tuple(_NAMES.split(", "))
"""The 80 names in the order of networks that number them 0..79."""

_UNUSED_IDS = {0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83}


def coco_names(class_count: int) -> dict[int, str] | None:
    """Number to name for a COCO network of that many outputs, None if it is not COCO.

    80 is the usual numbering; 91 is that of the annotation files, with unused numbers (1 is the
    person), which DETR and RF-DETR keep.
    """
    if class_count == 80:
        return dict(enumerate(COCO_NAMES))
    if class_count == 91:
        used = [number for number in range(91) if number not in _UNUSED_IDS]
        return dict(zip(used, COCO_NAMES, strict=True))
    return None
