"""Makes real little video files for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from touchline.types import Image

MakeVideo = Callable[..., Path]


def numbered_images(count: int, width: int = 96, height: int = 64) -> list[Image]:
    """Images that all differ: a square travels over a ramp that brightens."""
    images = []
    for number in range(count):
        row = np.linspace(0, 120, width).astype(np.uint8) + np.uint8(number % 100)
        image = np.repeat(np.repeat(row[None, :, None], height, 0), 3, 2)
        left = (number * 5) % (width - 16)
        image[8:24, left : left + 16] = (number * 37 % 256, 255, number * 11 % 256)
        images.append(np.ascontiguousarray(image))
    return images


def encode_video(
    path: Path,
    images: Sequence[Image] | int = 48,
    *,
    codec: str = "libx264",
    container: str | None = None,
    options: dict[str, str] | None = None,
    pts: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 25),
    matrix: int = 0,
    display_matrix: Sequence[int] | None = None,
    pixel_format: str = "yuv420p",
) -> Path:
    """A video of ``images`` (a number: so many numbered ones) at 25 fps, or at ``pts`` ticks.

    ``matrix``: ITU-T H.273 number the colours are converted with and tagged as; 0: converted with
    BT.601 and not tagged.
    """
    pictures = numbered_images(images) if isinstance(images, int) else images
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=25, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.time_base = stream.codec_context.time_base = time_base
        if matrix:
            stream.codec_context.colorspace = matrix
        if display_matrix is not None:
            stream.set_display_matrix(display_matrix)
        for number, image in enumerate(pictures):
            picture = VideoFrame.from_ndarray(image, format="bgr24").reformat(
                format=pixel_format,
                dst_colorspace=matrix or 5,
                dst_color_range=1,
                interpolation="BICUBIC",
            )
            picture.pts = number if pts is None else pts[number]
            picture.time_base = time_base
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path


@pytest.fixture
def make_video() -> MakeVideo:
    """``encode_video``."""
    return encode_video


@pytest.fixture
def make_images() -> Callable[[int], list[Image]]:
    """``numbered_images``."""
    return numbered_images
