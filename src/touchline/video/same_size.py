"""Images of one size: others are scaled to the size of the first."""

from __future__ import annotations

from typing import Any

import cv2
from numpy.typing import NDArray


class SameSize:
    """Scales images to ``width`` x ``height``. ``warning``: the first that had to be, or None."""

    def __init__(self, width: int, height: int) -> None:
        self.warning: str | None = None
        self._size = (width, height)

    def __call__(self, image: NDArray[Any]) -> NDArray[Any]:
        size = self._size
        if image.shape[1::-1] == size:
            return image
        if self.warning is None:
            self.warning = (
                f"images change from {size[0]}x{size[1]} to {image.shape[1]}x"
                f"{image.shape[0]}: scaled to the first size"
            )
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
