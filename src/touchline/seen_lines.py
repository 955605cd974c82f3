"""What a frame shows of the pitch, as it is stored: points on painted lines, and where grass is."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from touchline.types import Floats, Mask

_HEADER = struct.Struct("<HHH")  # points, height and width of the mask
_POINT_STEP = 1 / 32000  # image widths: 0.06 pixels of an image 1920 wide
_ANGLE_STEP = np.pi / 256


@dataclass(frozen=True, slots=True)
class SeenLines:
    """Lines and grass of one frame, as exact as they are stored.

    Args:
        points: (N, 2) on painted lines, in image widths from the centre of the image.
        angles: (N,) of the line there, in [0, pi), x to the right and y down.
        grass: (h, w) of bool over the whole image, people and lines on it included; none of it
            where the frame shows no pitch.
    """

    points: Floats = field(default_factory=lambda: np.empty((0, 2)))
    angles: Floats = field(default_factory=lambda: np.empty(0))
    grass: Mask = field(default_factory=lambda: np.empty((0, 0), np.bool_))

    def __len__(self) -> int:
        return len(self.angles)


def pack_lines(lines: SeenLines) -> bytes:
    """The bytes of what was seen; what ``unpack_lines`` gives of them is rounded."""
    points = np.rint(np.clip(lines.points / _POINT_STEP, -32767, 32767)).astype("<i2")
    angles = (np.rint(lines.angles / _ANGLE_STEP).astype(np.int64) % 256).astype(np.uint8)
    header = _HEADER.pack(len(lines), *lines.grass.shape)
    return header + points.tobytes() + angles.tobytes() + np.packbits(lines.grass).tobytes()


def unpack_lines(packed: bytes) -> SeenLines:
    """What ``pack_lines`` was given. Raises ValueError or struct.error for other bytes."""
    count, height, width = _HEADER.unpack_from(packed)
    ends = np.cumsum([_HEADER.size, 4 * count, count, -(-height * width // 8)]).tolist()
    if ends[-1] != len(packed):
        raise ValueError("the lines of the pitch have another length than they say")
    points = np.frombuffer(packed[ends[0] : ends[1]], "<i2").reshape(-1, 2).astype(np.float64)
    angles = np.frombuffer(packed[ends[1] : ends[2]], np.uint8).astype(np.float64) * _ANGLE_STEP
    bits = np.unpackbits(np.frombuffer(packed[ends[2] :], np.uint8), count=height * width)
    return SeenLines(points * _POINT_STEP, angles, bits.reshape(height, width).astype(np.bool_))
