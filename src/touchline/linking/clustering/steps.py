"""How far clustering is: its passes over the tracklets of a clip, counted as one."""

from __future__ import annotations

from collections.abc import Callable

OnDone = Callable[[int], None]
"""Told how many tracklets of a pass are done."""

OnShare = Callable[[int, int], None]
"""Told how many tracklets of all passes are done, and of how many."""

PASSES = 10
"""Candidates, merging, three rounds of moves and swaps, and the margins, before and after."""


def unheard(done: int) -> None:
    """Nobody is told."""


class Steps:
    """Passes over the T tracklets of a clip, reported as one number that grows.

    on_done: told how many tracklets of all passes are done, and of how many; it may raise to end
    the work.
    """

    def __init__(self, count: int, on_done: OnShare | None = None) -> None:
        self._count = count
        self._on_done = (lambda *_: None) if on_done is None else on_done
        self._begun = 0

    def next_pass(self) -> OnDone:
        """To be told of the next pass."""
        base, count = self._begun * self._count, self._count
        self._begun += 1
        return lambda done: self._on_done(base + min(done, count), PASSES * count)

    def last_pass(self) -> OnDone:
        """To be told of the last pass, however many rounds there were."""
        self._begun = PASSES - 1
        return self.next_pass()

    def more(self) -> OnDone:
        """To be told of work that belongs to the pass before."""
        done = self._begun * self._count
        return lambda _: self._on_done(done, PASSES * self._count)
