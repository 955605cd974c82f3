"""What a user's own detector and embedder must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from touchline.types import Detections, Image


class Detector(Protocol):
    """Finds people (and the ball) in images."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One Detections for each image, in its pixels."""
        ...


class Embedder(Protocol):
    """Turns images of people into appearance vectors."""

    @property
    def size(self) -> int:
        """Length D of the vectors."""
        ...

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, D) float32 unit vectors, one for each crop; (0, D) for none.

        An empty crop (no pixels: the box lay outside of the image) gives a row of zeros.
        """
        ...
