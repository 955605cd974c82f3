"""What the first bytes of an image say about its size, by format; nothing is decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

FORMATS = "JPEG, PNG, BMP, WebP, TIFF, GIF, PNM, AVIF or JPEG 2000"

_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = {0x01, *range(0xD0, 0xD9)}  # those that no length follows
_EXIF = 0xE1
_SCAN = 0xDA
_WEBP_EXIF = 0x08
_PNM = re.compile(rb"P[1-6](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})")
_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_TURN = 256, 257, 274
_TILE_WIDTH, _TILE_HEIGHT = 322, 323


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The size that an image claims, in pixels as they are stored.

    may_turn: whether decoding may turn it, so that width and height change places.
    """

    width: int
    height: int
    may_turn: bool = False


def image_header(data: bytes) -> ImageHeader | None:
    """What ``data``, the beginning of an image or all of it, says; None where it says nothing."""
    for begins, read in _READERS:
        if begins.match(data):
            try:
                header = read(data)
            except (struct.error, IndexError):  # cut off
                return None
            return header if header and header.width > 0 and header.height > 0 else None
    return None


def _png(data: bytes) -> ImageHeader | None:
    width, height = struct.unpack_from(">II", data, 16)
    # Its place is anywhere before the end; a false find costs a full look, no more.
    return ImageHeader(width, height, b"eXIf" in data)


def _jpeg(data: bytes) -> ImageHeader | None:
    place, turns = 2, False
    while True:
        while data[place] != 0xFF:  # decoders pass over what lies between two parts
            place += 1
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker == 0 or marker in _BARE_MARKERS:
            continue
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, place + 3)
            return ImageHeader(width, height, turns)
        if marker == _SCAN:
            return None
        turns |= marker == _EXIF
        place += max(struct.unpack_from(">H", data, place)[0], 2)


def _bmp(data: bytes) -> ImageHeader | None:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return ImageHeader(abs(width), abs(height))


def _webp(data: bytes) -> ImageHeader | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return ImageHeader(width, height, bool(data[20] & _WEBP_EXIF))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return ImageHeader((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack_from("<HH", data, 26)
    return ImageHeader(width & 0x3FFF, height & 0x3FFF)


def _tiff(data: bytes) -> ImageHeader | None:
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    (place,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, place)
    place += 8 if big else 2
    fields: dict[int, int] = {}
    for row in range(min(count, 4096)):
        entry = place + row * (20 if big else 12)
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if kind in _TIFF_TYPES:
            value = entry + (12 if big else 8)
            (fields[tag],) = struct.unpack_from(order + _TIFF_TYPES[kind], data, value)
    width, height = fields.get(_TIFF_WIDTH, 0), fields.get(_TIFF_HEIGHT, 0)
    # A tile is decoded whole, however small the image is that it belongs to.
    tile = fields.get(_TILE_WIDTH, 0), fields.get(_TILE_HEIGHT, 0)
    if tile[0] * tile[1] > 4 * width * height:
        width, height = tile
    return ImageHeader(width, height, fields.get(_TIFF_TURN, 1) != 1)


def _gif(data: bytes) -> ImageHeader | None:
    return ImageHeader(*struct.unpack_from("<HH", data, 6))


def _pnm(data: bytes) -> ImageHeader | None:
    found = _PNM.match(data)
    return None if found is None else ImageHeader(int(found[1]), int(found[2]))


def _avif(data: bytes) -> ImageHeader | None:
    """The largest of the sizes that its parts claim."""
    sizes = [
        struct.unpack_from(">II", data, found.end() + 4) for found in re.finditer(rb"ispe", data)
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    return ImageHeader(width, height, may_turn=True)


def _jpeg2000(data: bytes) -> ImageHeader | None:
    begin = data.find(b"\xff\x4f\xff\x51")
    if begin < 0:
        return None
    width, height, left, top = struct.unpack_from(">IIII", data, begin + 8)
    return ImageHeader(width - left, height - top)


_Reader = Callable[[bytes], ImageHeader | None]

_READERS: list[tuple[re.Pattern[bytes], _Reader]] = [
    (re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR", re.DOTALL), _png),
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"RIFF.{4}WEBPVP8", re.DOTALL), _webp),
    (re.compile(rb"(?:II[*+]\x00|MM\x00[*+])"), _tiff),
    (re.compile(rb"GIF8"), _gif),
    (re.compile(rb"P[1-6][\s#]"), _pnm),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), _avif),
    (re.compile(rb"(?:\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51)"), _jpeg2000),
]
