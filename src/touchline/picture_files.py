"""Pictures on disk: which files are some, their size, their pixels; and who may decode them."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np

from touchline.disk_files import refuse_pipe
from touchline.errors import VideoError
from touchline.types import Image

_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_HEADER = 65536  # bytes that are looked at for a size before the whole file is decoded
_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_EXIF = 0xE1  # this part may say that the picture is to be turned, which decoding does


def use_one_thread() -> None:
    """OpenCV works in the calling thread only: for processes that share the cores."""
    cv2.setNumThreads(0)


def is_picture(file: Path) -> bool:
    """Whether the name is that of a picture; hidden files are none."""
    return file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")


def read_picture(file: Path) -> Image:
    """The picture in a file. Raises VideoError where it cannot be read or decoded."""
    refuse_pipe(file, VideoError)
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise VideoError(f"picture {file} cannot be read: {error.strerror}") from None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise VideoError(f"picture {file} cannot be decoded: copy or unpack it again")
    return image.astype(np.uint8, copy=False)


def picture_size(file: Path) -> tuple[int, int]:
    """Width and height of the decoded picture, from the file's first bytes where they tell.

    Raises VideoError where the picture cannot be read.
    """
    refuse_pipe(file, VideoError)
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEADER)
    except OSError as error:
        raise VideoError(f"picture {file} cannot be read: {error.strerror}") from None
    size = _png_size(head) or _jpeg_size(head)
    if size is None:
        height, width = read_picture(file).shape[:2]
        size = width, height
    return size


def _png_size(head: bytes) -> tuple[int, int] | None:
    png = head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24
    if not png or b"eXIf" in head:
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """From the frame header; None for what is no plain JPEG, or may be turned by its EXIF part."""
    if not head.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker == _EXIF:
            return None
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + int.from_bytes(head[place + 2 : place + 4], "big")
    return None
