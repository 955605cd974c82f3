"""What pages are told without asking: that the run has changed, that something is ready."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

_ALIVE_SECONDS = 15.0
"""How often something is sent in any case: else a page that is gone would not be noticed."""

_WAITING = 100
"""Events that wait for a page at most; it asks anew for everything after any of them."""


class Events:
    """Tells every page that listens. Any thread may tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str | None]]] = set()
        self._over = False

    def tell(self, name: str, what: Mapping[str, Any]) -> None:
        """Tell every page ``what``, by the name of an event."""
        self._put(f"event: {name}\ndata: {json.dumps(what)}\n\n")

    def close(self) -> None:
        """Let every page go."""
        self._over = True
        self._put(None)

    def _put(self, text: str | None) -> None:
        with self._lock:
            pages = list(self._pages)
        for loop, queue in pages:
            loop.call_soon_threadsafe(_offer, queue, text)

    async def stream(self) -> AsyncIterator[str]:
        """What one page is sent, until it or the server goes."""
        page = (asyncio.get_running_loop(), asyncio.Queue[str | None](_WAITING))
        with self._lock:
            self._pages.add(page)
        try:
            yield "retry: 1000\n\n"
            while not self._over:
                try:
                    text = await asyncio.wait_for(page[1].get(), _ALIVE_SECONDS)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            with self._lock:
                self._pages.discard(page)


def _offer(queue: asyncio.Queue[str | None], text: str | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(text)
