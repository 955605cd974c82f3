"""Times as formats of other programs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def utc_clock(seconds: float) -> str:
    """``1970-01-01T00:00:02.040Z``: seconds of a clip whose date is not known."""
    moment = _BEGIN + timedelta(milliseconds=round(seconds * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def match_clock(seconds: float) -> str:
    """``00:01:02.40``: hours, minutes and seconds of a clip."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest / 100:05.2f}"
