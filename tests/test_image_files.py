"""Images are as large as their header says, and monstrous ones are never decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import VideoError
from touchline.image_files import image_size, read_image
from touchline.image_headers import image_header

KINDS = ["png", "jpg", "bmp", "webp", "tif", "gif", "ppm", "jp2", "avif"]
BIG = 30_000


def encoded(kind: str, width: int = 53, height: int = 37) -> bytes:
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    done, data = cv2.imencode(f".{kind}", image)
    if not done:
        pytest.skip(f"this OpenCV writes no {kind}")
    return bytes(np.asarray(data, np.uint8).tobytes())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(53, 37), (1, 1), (640, 360)])
def test_the_header_says_what_decoding_gives(
    kind: str, width: int, height: int, tmp_path: Path
) -> None:
    file = tmp_path / f"p.{kind}"
    file.write_bytes(encoded(kind, width, height))
    assert read_image(file).shape == (height, width, 3)
    assert image_size(file) == (width, height)


def _png() -> bytes:
    data = bytearray(encoded("png"))
    data[16:24] = struct.pack(">II", BIG, BIG)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def _jpeg() -> bytes:
    data = bytearray(encoded("jpg"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", BIG, BIG)
    return bytes(data)


def _jpeg_with_rubbish_before_its_size() -> bytes:
    data = _jpeg()
    return data[:20] + b"rubbish" + data[20:]


def _bmp() -> bytes:
    data = bytearray(encoded("bmp"))
    data[18:26] = struct.pack("<ii", BIG, -BIG)
    return bytes(data)


def _gif() -> bytes:
    return b"GIF89a" + struct.pack("<HH", BIG, BIG) + encoded("gif")[10:]


def _pnm() -> bytes:
    return b"P6 # as large as it gets\n30000\n30000 255\n"


def _webp() -> bytes:
    size = BIG // 2
    return b"RIFF\x50\0\0\0WEBPVP8L" + struct.pack("<IBI", 70, 0x2F, size | size << 14) + bytes(60)


def _tiff() -> bytes:
    sizes = struct.pack("<HHHHII", 2, 256, 4, 1, 0, BIG)[:2]
    fields = [struct.pack("<HHII", tag, 4, 1, BIG) for tag in (256, 257)]
    return b"II*\0" + struct.pack("<I", 8) + sizes + b"".join(fields) + bytes(40)


@pytest.mark.parametrize(
    "make",
    [_png, _jpeg, _jpeg_with_rubbish_before_its_size, _bmp, _gif, _pnm, _webp, _tiff],
)
def test_a_monstrous_image_is_refused_with_the_limit(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "p.jpg"
    file.write_bytes(make())
    for read in (read_image, image_size):
        with pytest.raises(VideoError, match="more than the 100 million pixels") as caught:
            read(file)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_image_that_is_cut_off_is_an_error_of_one_line(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"p.{kind}"
    for length in (0, 1, 5, 12, 18, 25):
        file.write_bytes(encoded(kind)[:length])
        with pytest.raises(VideoError, match="cannot be decoded"):
            read_image(file)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(KINDS[:7]), st.data())
def test_no_bytes_make_the_header_fail(kind: str, draws: st.DataObject) -> None:
    data = bytearray(encoded(kind))
    for _ in range(draws.draw(st.integers(1, 8))):
        data[draws.draw(st.integers(0, 80)) % len(data)] = draws.draw(st.integers(0, 255))
    header = image_header(bytes(data[: draws.draw(st.integers(0, len(data)))]))
    assert header is None or (header.width > 0 and header.height > 0)
