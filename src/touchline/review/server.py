"""The server of a review: it listens, answers until it is stopped, and lets everything go."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from touchline.errors import UsageError
from touchline.review.app import review_app
from touchline.review.guard import Guard
from touchline.review.jobs import Jobs
from touchline.review.playing import Playing
from touchline.review.session import ReviewSession

LOOPBACK = "127.0.0.1"


class ReviewServer:
    """Serves the review of a run. Use as a context manager.

    host: address to listen on. port: 0: any free one. source: where the video lies now, if it was
    moved. Raises UsageError for a run without tracks and where nobody can listen there.
    """

    def __init__(
        self, run: Path, *, host: str = LOOPBACK, port: int = 0, source: str | None = None
    ) -> None:
        self._listener = _listening(host, port)
        try:
            self.session = ReviewSession(run, source)
        except BaseException:
            self._listener.close()
            raise
        events = self.session.events
        self._jobs = Jobs()
        self.playing = Playing(self.session, lambda: events.tell("play", {}))
        self.port: int = self._listener.getsockname()[1]
        self.token = secrets.token_urlsafe(24)
        self.site = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        names = frozenset({"localhost", socket.gethostname().lower(), host.lower()})
        config = uvicorn.Config(
            Guard(review_app(self.session, self.playing, self._jobs), self.token, self.port, names),
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            ws="none",
        )
        self._server = _Announcing(config, events.close)

    @property
    def page(self) -> str:
        """The address to open in a browser, with the token."""
        return f"{self.site}/?token={self.token}"

    def serve(self, ready: Callable[[], None]) -> None:
        """Answer requests until ``stop`` or a signal to end. ready: told once they are."""
        self._server.ready = ready
        self._server.run([self._listener])

    def stop(self) -> None:
        """Let ``serve`` end; any thread may call it."""
        self._server.should_exit = True
        self.session.events.close()

    def __enter__(self) -> ReviewServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.playing.close()
        self._jobs.close()
        self.session.close()
        self._listener.close()


class _Announcing(uvicorn.Server):
    """A server that says when it answers, and when it is asked to end."""

    ready: Callable[[], None] | None = None

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._ending()  # pages that listen would be waited for
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.ready is not None:
            self.ready()


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"nobody can listen at {host}, port {port}: {error.strerror}; choose another --port, "
            "or leave it out for a free one"
        ) from None
