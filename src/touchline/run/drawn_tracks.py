"""The tracks of a run, put into one frame of its video after the other."""

from __future__ import annotations

from dataclasses import replace

from touchline.ball_track import BallTrack
from touchline.observations import Observation
from touchline.run.drawn_minimap import DrawnMinimap
from touchline.types import Image, TrackTable
from touchline.video.blurring import Blurring
from touchline.video.config import DrawConfig
from touchline.video.draw import Painter
from touchline.video.viewport import Viewport


class DrawnTracks:
    """Draws tracks and ball of a linked run with ``painter``, and blurs whom the settings say."""

    def __init__(
        self,
        table: TrackTable,
        ball: BallTrack,
        config: DrawConfig,
        painter: Painter,
        minimap: DrawnMinimap | None = None,
    ) -> None:
        self._table, self._ball, self._config, self._painter = table, ball, config, painter
        self._blurring = Blurring(config.blur)
        self._minimap = minimap
        self._before: Viewport | None = None

    def draw(
        self,
        image: Image,
        observation: Observation,
        time: float,
        *,
        view: Viewport | None = None,
        cut: bool = False,
    ) -> None:
        """Draw into ``image`` itself what there is in its frame.

        view: what ``image`` shows; None: all. cut: no frame before belongs to it.
        """
        frame, cut = observation.frame, cut or observation.cut
        rows, motion = self._table.rows_at(frame), observation.motion
        sure, tracks = self._table.confidences, self._table.at(frame)
        ball = self._ball.boxes_at(frame, self._config.min_ball_confidence)
        blurred = self._blurring.boxes(observation.detections, tracks, motion, time, cut)
        if view is not None:
            tracks = replace(tracks, boxes=view.of_boxes(tracks.boxes))
            ball, blurred = view.of_boxes(ball), view.of_boxes(blurred)
            if motion is not None:
                motion = view.of_motion(motion, self._before or view)
        self._before = view
        self._painter.draw(
            image,
            tracks,
            time=time,
            interpolated=self._table.interpolated[rows],
            doubtful=None if sure is None else sure[rows] < self._config.min_confidence,
            motion=motion,
            cut=cut,
            ball=ball,
            blurred=blurred,
        )
        if self._minimap is not None:
            self._minimap.draw(image, frame)
