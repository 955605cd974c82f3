"""Broken bytes and broken values, made from right ones, and how readers are tried with them.

By default each reader sees a few hundred inputs. ``TOUCHLINE_FUZZ_SECONDS=600`` tries each of
them for so long, always with new ones, and says how many there were.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from touchline.errors import TouchlineError

T = TypeVar("T")

SECONDS = float(os.environ.get("TOUCHLINE_FUZZ_SECONDS", "0"))
TRIED: dict[str, tuple[int, float]] = {}
"""Inputs and seconds of each reader so far."""

_LONGEST_MESSAGE = 2000  # with a path or two

WORDS = [
    *(b"9" * 5000, b"99999999999999999999", b"-9223372036854775809", b"1e999", b"nan", b"inf"),
    *(b"-1", b"0", b"1.5", b"1_0", b"0x10", "\u0663".encode(), "\u00b2".encode(), b"true", b"null"),
    *(b"[" * 3000, b"{" * 300, b'"', b"'", b",", b";", b"=", b":", b"\t", b"\r", b"\n", b" ", b""),
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", "\u2028".encode(), b"\x1c", b"*a", b"&a"),
    *(b"../" * 2000, b"/", b"a" * 300, b"~nobody/x", b"x" * 10_000),
]
"""What numbers, marks and names may be that nobody thought of."""

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2**63, -(2**70), 10**400, 0.5, -1.5, 1e300, float("nan")),
    *(float("inf"), "", "x", "\u00e9\u4e2d", "9" * 5000, "a" * 10_000, "nan", "\x00", [], {}),
    *([None], [[]], ["x", "x"], [1, 2], {"x": 1}, {"": None}, [[1, 2, 3, 4]], {"x": {"y": []}}),
]
"""What a value of JSON may be where another kind is expected."""


@st.composite
def broken(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Nonsense, or a right text with some places changed, doubled, cut off or filled."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=200))
    content = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        if content and draw(st.booleans()):  # a whole word or number
            words = [found.span() for found in re.finditer(rb"[^\s,;=:]+", content)]
            start, end = draw(st.sampled_from(words)) if words else (0, 0)
        else:
            start = draw(st.integers(0, len(content)))
            end = min(len(content), start + draw(st.sampled_from([0, 0, 1, 1, 2, 4, 8, 30, 10**6])))
        middle = draw(
            st.sampled_from(WORDS)
            | st.binary(min_size=1, max_size=3)
            | st.just(content[start:end] * 2)
        )
        content = content[:start] + middle + content[end:]
    return content


@st.composite
def wrong(draw: st.DrawFn, right: Any) -> Any:
    """A JSON value in which some part is another kind of value, or is missing."""
    value = right
    for _ in range(draw(st.integers(1, 2))):
        value = _replaced(draw, value)
    return value


def _replaced(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 4)) == 0:
            return {other: kept for other, kept in value.items() if other != name}
        return {**value, name: _replaced(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _replaced(draw, value[place]), *value[place + 1 :]]
    return draw(st.sampled_from(ODD_VALUES))


def survives(read: Callable[[], object]) -> None:
    """Reading works, or is refused by one of our errors with one line."""
    try:
        read()
    except TouchlineError as error:
        message = str(error)
        assert message
        assert len(message.splitlines()) == 1, message[:500]
        assert len(message) < _LONGEST_MESSAGE, message[:500]
        message.encode()


def tried(name: str, inputs: st.SearchStrategy[T], check: Callable[[T], None], count: int) -> None:
    """Check ``count`` inputs, or as many as fit into ``TOUCHLINE_FUZZ_SECONDS``."""

    end = time.monotonic() + SECONDS

    def checked(value: T) -> None:
        if SECONDS and time.monotonic() > end:
            return
        done, seconds = TRIED.get(name, (0, 0.0))
        begin = time.monotonic()
        try:
            check(value)
        finally:
            TRIED[name] = (done + 1, seconds + time.monotonic() - begin)

    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        test = settings(
            max_examples=count if not SECONDS else 2000,
            database=None,
            suppress_health_check=list(HealthCheck),
        )(given(inputs)(checked))
        seed(rounds + (int(time.time()) if SECONDS else 0))(test)()
        rounds += 1
