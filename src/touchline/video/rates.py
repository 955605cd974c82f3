"""Frame rate: what the header says, what the frame times say, and which to believe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from touchline.video.info import VideoInfo

DEFAULT_FPS = 25.0

MAX_FPS = 500.0
"""Rates above are a clock's (1000, 90000 ticks a second), not a camera's."""

_SAME = 0.01  # 29.97 and 30 are the same
_PAUSE_SECONDS = 1.0
_PAUSE_INTERVALS = 10.0
_READ_TICK = 0.001  # seconds: the coarsest clock of the usual containers
_ABOUT_RATE = "frame rate: "
_MOST_HIDDEN = 1.25  # packets to images, where some packets are never shown (VP8)


def is_plausible(rate: float | None) -> bool:
    """Whether a camera may take this many images a second."""
    return rate is not None and 0 < rate <= MAX_FPS


def measured_rate(
    times: Sequence[float] | NDArray[np.float64],
    numbers: Sequence[int] | NDArray[np.int64] | None = None,
) -> float | None:
    """Images a second by their times, which ascend; None where these are fewer than two.

    numbers: of the images, where some were left out. Pauses of more than a second (and ten
    times the usual distance) are left out: they say nothing about the rate.
    """
    spans = np.diff(np.asarray(times, np.float64))
    steps = np.diff(np.arange(len(times)) if numbers is None else np.asarray(numbers))
    if not len(spans):
        return None
    each = spans / steps
    kept = each <= max(_PAUSE_SECONDS, _PAUSE_INTERVALS * float(np.median(each)))
    seconds = float(spans[kept].sum())
    return float(steps[kept].sum()) / seconds if seconds > 0 else None


def agree(rate: float, measured: float, images: int, tick: float = 0.0) -> bool:
    """Whether both are one rate, up to 1 % and what rounding to ``tick`` seconds may do."""
    off = abs(measured / rate - 1.0)
    return off <= _SAME + 2.0 * tick * rate / max(images - 1, 1)


def opening_rate(header: float | None, packets: Sequence[float], tick: float) -> float:
    """The rate to begin with: the header's, unless it is absurd or the packets say otherwise.

    packets: times of packets at the beginning, ascending, in seconds; ``tick``: to which they are
    rounded. A few more packets than images are no contradiction: some are never shown.
    """
    measured = measured_rate(packets)
    if measured is None:
        return header if header is not None and is_plausible(header) else DEFAULT_FPS
    if header is None or not is_plausible(header):
        return measured
    if agree(header, measured, len(packets), tick):
        return header
    by_packets = 1.0 / float(np.median(np.diff(np.asarray(packets))))
    hidden = header < measured <= _MOST_HIDDEN * header and agree(header, by_packets, 2, tick)
    return header if hidden else measured


def final_rate(assumed: float, times: NDArray[np.float64], numbers: NDArray[np.int64]) -> float:
    """The rate of a video that was read: ``assumed``, unless its images came at another."""
    measured = measured_rate(times, numbers)
    if measured is None or agree(assumed, measured, len(times), _READ_TICK):
        return assumed
    return measured


def rate_warning(info: VideoInfo, used: float) -> str | None:
    """A warning about the rate used: the header says another, or no camera has it."""
    header = info.header_fps
    if info.kind == "folder":
        return None
    if used > MAX_FPS:
        return (
            f"{_ABOUT_RATE}{used:.4g} images a second by their own times, which no camera takes: "
            "what lasts seconds will be wrong; ffmpeg -r 25 -i INPUT ... sets another"
        )
    if header is None:
        return f"{_ABOUT_RATE}the header says none, the images' times {used:.4g} a second"
    if is_plausible(header) and abs(used / header - 1.0) <= _SAME:
        return None
    return (
        f"{_ABOUT_RATE}the header says {header:g} images a second, their times say {used:.4g}, "
        "which is used"
    )


def is_rate_warning(text: str) -> bool:
    """Whether ``rate_warning`` said this."""
    return text.startswith(_ABOUT_RATE)
