"""A bounded queue between two threads that either side can close at any time."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    """Items from one producer thread to one consumer thread, at most ``capacity`` waiting.

    The producer calls ``put`` and at last ``finish``; the consumer iterates. ``close`` by anyone
    throws away what waits and wakes both. Unlike queue.Queue no call can block for ever after
    the other side has gone, and an error of the producer reaches the consumer.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: T, *, drop_oldest: bool = False) -> bool:
        """Hand over one item, waiting for room; False when the channel was closed.

        ``drop_oldest``: never wait, throw away the item that has waited longest.
        """
        with self._changed:
            if drop_oldest and len(self._items) >= self._capacity:
                self._items.popleft()
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def finish(self, error: BaseException | None = None) -> None:
        """No more items: the consumer gets what waits, then ``error`` is raised or it ends."""
        with self._changed:
            self._finished = True
            self._error = error
            self._changed.notify_all()

    def close(self) -> None:
        """Throw away what waits; ``put`` returns False and the consumer's loop ends."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for an item or the end; whether either came."""
        with self._changed:
            return self._changed.wait_for(
                lambda: bool(self._items) or self._finished or self._closed, seconds
            )

    def __iter__(self) -> Channel[T]:
        return self

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._finished or self._closed)
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            if self._error is not None and not self._closed:
                error, self._error = self._error, None
                raise error
            raise StopIteration
