"""Where the boxes of a clip's frames come from: a network, or a file made earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from touchline.columns import checked_kind
from touchline.errors import InputError
from touchline.formats.mot import DetectionTable
from touchline.perception.detector import OnnxDetector
from touchline.perception.scene_size import SceneSize
from touchline.protocols import Detector
from touchline.types import Detections, Frame


class Resumable(Protocol):
    """Something that remembers earlier frames, and can be resumed from its state."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Remember that instead."""
        ...


class FrameDetections(Resumable, Protocol):
    """Where the boxes of a frame come from: a network, or a file made earlier."""

    def find(self, frames: Sequence[Frame], fresh: Sequence[bool]) -> Sequence[Detections | None]:
        """One Detections for each frame; None for one that is not looked at.

        fresh: a shot begins with the frame, or goes on after a flash.
        """
        ...


class DetectorRunner:
    """Boxes from a detector that runs on the images, at the size that suits people if it can."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._sizes: SceneSize | None = None
        if isinstance(detector, OnnxDetector) and detector.best_height is not None:
            self._sizes = SceneSize(detector)

    def find(self, frames: Sequence[Frame], fresh: Sequence[bool]) -> list[Detections]:
        if self._sizes is not None:
            return self._sizes.find(frames, fresh)
        found = self._detector.detect([frame.image for frame in frames])
        if len(checked_kind(found, list, "the answer of detect()")) != len(frames):
            raise InputError(
                f"the detector answered {len(found)} times for {len(frames)} images; "
                "detect() returns one Detections for each"
            )
        return [checked_kind(one, Detections, "one answer of detect()") for one in found]

    def state(self) -> dict[str, NDArray[Any]]:
        return {} if self._sizes is None else self._sizes.state()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        if self._sizes is not None:
            self._sizes.restore(state)


class PrecomputedDetections:
    """Boxes that were stored earlier, looked up by the index of the frame."""

    def __init__(self, table: DetectionTable) -> None:
        self._table = table

    def find(self, frames: Sequence[Frame], fresh: Sequence[bool]) -> list[Detections | None]:  # noqa: ARG002  (stored boxes know no size)
        table = self._table
        return [table.at(frame.index) if frame.index in table.looked else None for frame in frames]

    def state(self) -> dict[str, NDArray[Any]]:
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """There is nothing to remember: the file knows all frames."""
