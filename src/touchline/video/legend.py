"""What the marks in an annotated video mean, shown at its start."""

from __future__ import annotations

from touchline.types import Image
from touchline.video.palette import INK
from touchline.video.sprites import label, paste, ring

_LINES = (
    ("#10", "shirt number"),
    ("id 7", "identity: number not known"),
    ("?", "may be somebody else"),
    ("", "dashed and faint: not seen, filled in"),
)


def draw_legend(image: Image, label_height: int, stroke: float) -> None:
    """Draws a line for each kind of mark into the lower left corner of ``image`` itself.

    label_height, stroke: of the marks, pixels.
    """
    height = round(1.15 * label_height)
    top = image.shape[0] - len(_LINES) * round(1.35 * height) - label_height
    for mark, meaning in _LINES:
        left = label_height
        if mark:
            sprite = label("", mark, INK, height)
        else:
            sprite = ring(2 * height, stroke, (255, 255, 255), True)
        paste(image, sprite, left, top + (height - sprite.height) // 2)
        paste(image, label(meaning, "", INK, height), left + 3 * height, top)
        top += round(1.35 * height)
