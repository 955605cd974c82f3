"""Crops in memory, so that they are not decoded again in every epoch."""

from __future__ import annotations

import numpy as np

from touchline.image_files import read_image
from touchline.reid.crops import read_crops
from touchline.reid.manifest import Manifest
from touchline.types import Image


class CropCache:
    """The crops of a manifest by row; the first of them are read at once and kept.

    max_bytes: of decoded pixels, 3 a pixel. The rows from the first on that fit are kept, the
    others are decoded whenever asked for. One block of memory: processes that are forked later
    share it.

    Raises VideoError naming the file that is missing or cannot be decoded.
    """

    def __init__(self, manifest: Manifest, max_bytes: int = 0) -> None:
        self._manifest = manifest
        pieces: list[Image] = []
        self._shapes: list[tuple[int, int]] = []
        self._starts = [0]
        for _, crops in read_crops(manifest if max_bytes > 0 else manifest[:0]):
            for crop in crops:
                if self._starts[-1] + crop.size > max_bytes:
                    break
                pieces.append(crop.ravel())
                self._shapes.append((crop.shape[0], crop.shape[1]))
                self._starts.append(self._starts[-1] + crop.size)
            else:
                continue
            break
        self._pixels = np.concatenate(pieces) if pieces else np.empty(0, np.uint8)
        self._pixels.flags.writeable = False

    @property
    def kept(self) -> int:
        """How many crops are in memory."""
        return len(self._shapes)

    def crop(self, row: int) -> Image:
        """The BGR crop of a row; not to be written to."""
        if row >= self.kept:
            return read_image(self._manifest.file(row))
        pixels = self._pixels[self._starts[row] : self._starts[row + 1]]
        return pixels.reshape(*self._shapes[row], 3)
