"""A live source is drawn while it is observed: nobody can read it a second time."""

from __future__ import annotations

from touchline.errors import VideoError
from touchline.observations import Observation
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.stage_times import StageTimes
from touchline.types import Frame, Tracks
from touchline.video.blurring import Blurring
from touchline.video.draw import Painter
from touchline.video.info import VideoInfo
from touchline.video.recording import finish_recording, recording_of
from touchline.video.writer import VideoWriter


class LiveDrawing:
    """Draws each observed frame with its tracks into annotated.mp4; a context manager.

    What is drawn is what was known at that moment: gaps are not filled yet.
    """

    def __init__(
        self, folder: RunFolder, info: VideoInfo, config: RunConfig, times: StageTimes
    ) -> None:
        size = (info.width, info.height)
        self._painter = Painter(config.draw, *size)
        self._blurring = Blurring(config.draw.blur)
        self._writer = VideoWriter(
            folder.annotated, *size, fps=info.fps, config=config.writer, recording=True
        )
        self._times = times

    def draw(self, frame: Frame, observation: Observation, tracks: Tracks) -> None:
        """Draw one frame; the image itself is changed."""
        with self._times.stage("draw"):
            motion, cut = observation.motion, observation.cut or observation.flash_frames > 0
            self._painter.draw(
                frame.image,
                tracks,
                time=frame.time,
                motion=motion,
                cut=cut,
                blurred=self._blurring.boxes(
                    observation.detections, tracks, motion, frame.time, cut
                ),
            )
        with self._times.stage("write video"):
            self._writer.write(frame.image, frame.time)

    def __enter__(self) -> LiveDrawing:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def adopt_recording(folder: RunFolder) -> list[str]:
    """Make annotated.mp4 of what a killed recording left, if it did; what to say about it."""
    left = recording_of(folder.annotated)
    if not left.exists():
        return []
    if folder.annotated.exists():  # whole already; what is left is a half of its second copy
        left.unlink()
        return []
    try:
        images = finish_recording(folder.annotated)
    except VideoError as error:
        return [str(error)]
    if not images:
        return ["the recording was killed before its first image was on disk: there is no video"]
    return [f"the recording was killed: annotated.mp4 holds the {images} images before that"]
