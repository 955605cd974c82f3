"""Cut crops out of images into files, several images at a time."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import cv2

from touchline.disk_files import refuse_pipe, whole_file
from touchline.errors import StoreError, UsageError, VideoError
from touchline.formats.frame_numbers import frame_number
from touchline.reid.image_sources import ImageSource
from touchline.reid.plan import CropPlan, PixelBox
from touchline.types import Image

_FRAMES_AT_ONCE = 32  # of a clip whose images can be had apart
_LOOK_SECONDS = 0.1
_BYTES_PER_PIXEL = 1.2
_BYTES_PER_FILE = 4096  # header, and the rest of the last block of the disk


@dataclass(frozen=True, slots=True)
class CutJob:
    """Crops to cut out of some frames of one clip: for each frame the files and their pixels."""

    image_sources: ImageSource
    name: str
    size: tuple[int, int]
    frames: dict[int, list[tuple[Path, PixelBox]]]

    @property
    def crops(self) -> int:
        """Number of crops in the job."""
        return sum(len(crops) for crops in self.frames.values())


def cut_jobs(plan: CropPlan, image_sources: Sequence[ImageSource], out: Path) -> list[CutJob]:
    """Jobs left to cut into ``out``; files that exist are finished.

    ``image_sources`` belong to the clips of the plan. Raises UsageError where an image is missing.
    """
    wanted: list[dict[int, list[tuple[Path, PixelBox]]]] = [{} for _ in plan.clips]
    names = plan.manifest.paths[: len(plan.cuts)].tolist()
    for name, cut in zip(names, plan.cuts, strict=True):
        file = out / name
        if not is_finished(file):
            wanted[cut.clip].setdefault(cut.frame, []).append((file, cut.box))
    jobs: list[CutJob] = []
    for clip, source, frames in zip(plan.clips, image_sources, wanted, strict=True):
        order = sorted(frames)
        source.check(order)
        step = _FRAMES_AT_ONCE if source.apart else max(len(order), 1)
        for start in range(0, len(order), step):
            part = {frame: frames[frame] for frame in order[start : start + step]}
            jobs.append(CutJob(source, clip.name, (clip.width, clip.height), part))
    return jobs


def is_finished(file: Path) -> bool:
    """Whether a file exists and is not empty: files get their names when they are whole."""
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def copy_jobs(plan: CropPlan, out: Path) -> list[tuple[Path, Path]]:
    """Copies left to make into ``out``: source and target."""
    names = plan.manifest.paths[len(plan.cuts) :].tolist()
    pairs = zip(plan.copies, (out / name for name in names), strict=True)
    return [(source, file) for source, file in pairs if not is_finished(file)]


def copy_crop(source: Path, file: Path) -> None:
    """Copy a crop unchanged. Raises UsageError where it cannot be read, StoreError for the rest."""
    refuse_pipe(source)
    try:
        data = source.read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from None
    write_whole(data, file)


def check_space(jobs: Sequence[CutJob], copies: Sequence[tuple[Path, Path]], out: Path) -> None:
    """Raises StoreError where the disk of ``out`` has less room than the crops will need."""
    needed = sum(file.stat().st_size + _BYTES_PER_FILE for file, _ in copies)
    for job in jobs:
        for crops in job.frames.values():
            for _, (x1, y1, x2, y2) in crops:
                needed += int((x2 - x1) * (y2 - y1) * _BYTES_PER_PIXEL) + _BYTES_PER_FILE
    free = shutil.disk_usage(out).free
    if needed > free:
        raise StoreError(
            f"{out} has {free / 1e6:.0f} MB free, the crops need about {needed / 1e6:.0f} MB: "
            "free space or choose another folder with --out"
        )


def cut_crops(
    jobs: Sequence[CutJob],
    quality: int,
    workers: int,
    on_crops: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Cut everything, in ``workers`` threads; True when all is done, False when stopped before.

    on_crops: told now and then how many crops are done. should_stop: asked between images, by
    every thread. Decoding and encoding happen outside of the interpreter's lock, and nothing is
    random, so the files do not depend on ``workers``.

    Raises VideoError for an image that cannot be read, StoreError for a file that cannot be
    written.
    """
    stop = threading.Event()
    finished: list[Path] = []  # appending is safe in every thread

    def work(job: CutJob) -> None:
        if stop.is_set() or should_stop():
            return
        for frame, image in job.image_sources.images(list(job.frames)):
            if image.shape[1::-1] != job.size:
                height, width = image.shape[:2]
                raise VideoError(
                    f"clip {job.name}, frame {frame_number(frame)} is {width}x{height}, the "
                    f"first one {job.size[0]}x{job.size[1]}: a clip has images of one size"
                )
            for file, box in job.frames[frame]:
                _write_crop(image, box, file, quality)
                finished.append(file)
            if stop.is_set() or should_stop():
                return

    with ThreadPoolExecutor(workers, thread_name_prefix="touchline-cut") as pool:
        try:
            waiting: set[Future[None]] = {pool.submit(work, job) for job in jobs}
            while waiting:
                done, waiting = wait(waiting, _LOOK_SECONDS, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                on_crops(len(finished))
        finally:
            stop.set()
    return len(finished) == sum(job.crops for job in jobs)


def write_whole(data: bytes, file: Path) -> None:
    """Write a file that has its name only when it is whole. Raises StoreError.

    The name is durable after ``sync_folder``, which does those of many files at once.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file, sync=False) as draft:
            draft.write_bytes(data)
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}; free space or choose another folder with "
            "--out"
        ) from None


def _write_crop(image: Image, box: PixelBox, file: Path, quality: int) -> None:
    x1, y1, x2, y2 = box
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    # No chroma subsampling: the shirt of a small player is a few pixels.
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    encoded, data = cv2.imencode(".jpg", image[y1:y2, x1:x2], settings)
    if not encoded:
        raise StoreError(f"{file}: the crop {box} cannot be encoded")
    write_whole(data.tobytes(), file)
