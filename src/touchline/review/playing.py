"""The video that a browser plays: the file itself, or a copy that is made while one works."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchline.errors import Interrupted, TouchlineError
from touchline.review.session import ReviewSession

logger = logging.getLogger(__name__)

ADDRESS = "/media/video"


class Playing:
    """What of a session's video a browser can play. ready: told once there is something."""

    def __init__(self, session: ReviewSession, ready: Callable[[], None]) -> None:
        self._session, self._ready = session, ready
        self._over = threading.Event()
        self._file: tuple[Path, str, str] | None = None  # kind of file, media type
        self._share: float | None = None
        self._why: str | None = None
        self._thread = threading.Thread(target=self._find, name="touchline-copy", daemon=True)
        self._thread.start()

    @property
    def file(self) -> tuple[Path, str] | None:
        """The file to serve and its media type; None: there is none yet."""
        return None if self._file is None else (self._file[0], self._file[2])

    def as_json(self) -> dict[str, Any] | None:
        """What a page is told; None: it cannot play yet."""
        if self._file is None:
            return None
        return {"url": ADDRESS, "kind": self._file[1], "type": self._file[2]}

    def progress(self) -> dict[str, Any]:
        """How far the copy is, 0..1, and why there will be none."""
        return {"share": self._share, "why": self._why}

    def close(self) -> None:
        """Stop copying."""
        self._over.set()
        self._thread.join(10)

    def _find(self) -> None:
        """Thread body."""
        from touchline.video.browser_video import kind_in_browsers

        session = self._session
        try:
            self._open()
            source = session.source or session.now.facts.source
            kind = kind_in_browsers(Path(source)) if os.path.isfile(source) else None
            if kind is not None:
                self._file = (Path(source).resolve(), "file", kind)
            else:
                self._file = (self._copied(), "copy", "video/mp4")
            self._ready()
        except Interrupted:
            pass
        except TouchlineError as error:
            self._why = str(error)
            logger.warning("the video cannot be played in the page: %s", error)
            self._ready()

    def _open(self) -> None:
        """See whether the video is there, and is the one that was tracked."""
        session = self._session
        try:
            session.opened(0).close()
        except TouchlineError as error:
            if session.why_no_images is None:
                session.lose_images(str(error))
            raise

    def _copied(self) -> Path:
        from touchline.video.browser_video import write_browser_copy

        session, file = self._session, self._session.folder.playable
        if not file.is_file():
            self._share = 0.0
            last = session.times.frames[-1:].tolist()
            with session.opened(0) as video:
                frames = last[0] + 1 if last else 1
                write_browser_copy(video, file, frames, self._on_progress, self._over.is_set)
        self._share = 1.0
        return file

    def _on_progress(self, _stage: str, done: int, total: int | None) -> None:
        self._share = done / max(total or 1, 1)
