"""Images on disk: which files are images, their size, their pixels; and safe decoding."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from touchline.disk_files import refuse_pipe, whole_file
from touchline.errors import StoreError, VideoError
from touchline.image_headers import FORMATS, ImageHeader, image_header
from touchline.types import Image

MAX_PIXELS = 100_000_000
"""Pixels of the largest image that is read: 8K has a third of them, decoded it takes 300 MB."""

_HEADER = 65536  # bytes that are looked at for a size before the whole file is decoded
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")


def use_one_thread() -> None:
    """OpenCV works in the calling thread only: for processes that share the cores."""
    cv2.setNumThreads(0)


def is_image(file: Path) -> bool:
    """Whether the name is that of an image; hidden files do not count."""
    return file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")


def read_image(file: Path) -> Image:
    """The image in a file, the size of which is looked at before it is decoded.

    Raises VideoError where it cannot be read or decoded, or has more than ``MAX_PIXELS``.
    """
    refuse_pipe(file, VideoError)
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise VideoError(f"image {file} cannot be read: {error.strerror}") from None
    header = image_header(data.tobytes())
    if header is None:
        raise VideoError(
            f"image {file} cannot be decoded: it is not {FORMATS}, or is cut off; "
            "copy or unpack it again"
        )
    _refuse_monsters(file, header)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise VideoError(f"image {file} cannot be decoded: copy or unpack it again")
    return image.astype(np.uint8, copy=False)


def image_size(file: Path) -> tuple[int, int]:
    """Width and height of the decoded image, from the file's header where it tells.

    Raises VideoError where the image cannot be read, or has more than ``MAX_PIXELS``.
    """
    refuse_pipe(file, VideoError)
    try:
        with file.open("rb") as stream:
            header = image_header(stream.read(_HEADER))
    except OSError as error:
        raise VideoError(f"image {file} cannot be read: {error.strerror}") from None
    if header is None or header.may_turn:
        height, width = read_image(file).shape[:2]
        return width, height
    _refuse_monsters(file, header)
    return header.width, header.height


def write_image(file: Path, image: Image) -> None:
    """Write an image in the format of the name's ending, whole or not at all.

    Raises StoreError where it cannot be written.
    """
    done, data = cv2.imencode(file.suffix, image)
    try:
        with whole_file(file, sync=False) as draft:
            draft.write_bytes(data.tobytes() if done else b"")
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}; free space or choose another folder"
        ) from None


def _refuse_monsters(file: Path, header: ImageHeader) -> None:
    if header.width * header.height > MAX_PIXELS:
        raise VideoError(
            f"image {file} is {header.width}x{header.height}: more than the "
            f"{MAX_PIXELS // 1_000_000} million pixels that are read; scale it down"
        )
