"""The only place where video colour (YUV) becomes BGR and back.

Reading: the stream's own matrix and range. A stream that names no matrix is taken as BT.709 from
720 lines on and as BT.601 below, as players do; one that names no range as limited (16..235).
The wrong matrix shifts the colour of shirts and grass by several grey levels.

swscale's usual path to BGR is off by 1.5 grey levels on average and by up to 90 at shirt borders
because it repeats chroma; through planar GBR with accurate rounding it is exact (half a grey level)
and takes 1.8 instead of 0.4 ms for 720p, so that is what is used.
"""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from touchline.types import Image

_EXACT = (
    Interpolation.BILINEAR
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
)

# Averages chroma over both columns and rounds; without these flags colours shift by 1.5 levels.
_TO_YUV = (
    Interpolation.BILINEAR
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
)

# From AVColorSpace (ITU-T H.273 matrix coefficients) to swscale's names.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}

BT709 = 1
"""ITU-T H.273 number of BT.709 as matrix, primaries and transfer curve."""


def matrix_of(video_frame: VideoFrame) -> Colorspace:
    """The matrix a decoded image is converted with: its own, or by its height."""
    assumed = Colorspace.ITU709 if video_frame.height >= 720 else Colorspace.ITU601
    return _MATRICES.get(int(video_frame.colorspace), assumed)


def matrix_name(video_frame: VideoFrame) -> str:
    """The matrix as a word for reports, as in "bt709" or "bt601, assumed"."""
    if video_frame.format.is_rgb:
        return "rgb"
    names = {Colorspace.ITU709: "bt709", Colorspace.ITU601: "bt601", Colorspace.BT2020: "bt2020"}
    name = names.get(matrix_of(video_frame), "other")
    return name if int(video_frame.colorspace) in _MATRICES else f"{name}, assumed"


def range_of(video_frame: VideoFrame) -> ColorRange:
    """The range of a decoded frame: its own, or by its pixel format."""
    if video_frame.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return ColorRange(video_frame.color_range)
    full = video_frame.format.is_rgb or video_frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG


class BgrConverter:
    """Converts decoded images to BGR. One per thread: it keeps swscale's tables."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, video_frame: VideoFrame) -> Image:
        """The (H, W, 3) BGR image, in memory of its own."""
        matrix = matrix_of(video_frame)
        planar = self._scaler.reformat(
            video_frame,
            format="gbrp",
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=range_of(video_frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACT,
            threads=1,
        )
        green, blue, red = (_pixels(plane) for plane in planar.planes[:3])
        return cv2.merge([blue, green, red]).astype(np.uint8, copy=False)


class YuvConverter:
    """Converts BGR images of even size to limited-range BT.709 4:2:0, for the encoder."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, image: Image) -> VideoFrame:
        video_frame = self._scaler.reformat(
            VideoFrame.from_numpy_buffer(image, format="bgr24"),
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_TO_YUV,
            threads=1,
        )
        video_frame.color_primaries = BT709
        video_frame.color_trc = BT709
        return video_frame


def _pixels(plane: VideoPlane) -> NDArray[np.uint8]:
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
