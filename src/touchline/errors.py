"""Errors whose message is one line: what is wrong, with which value, and the cure."""

from __future__ import annotations

_LONGEST = 1000
"""Characters of a message; what is longer is a value of somebody's file, and is cut inside."""

_CONTROLS = {"\n": " ", "\r": " ", "\t": " ", "\xa0": " "}


class TouchlineError(Exception):
    """Something failed while the program did what it was asked; the command exits with 1.

    Whatever value of a stranger's file is in the message, it stays one line of bounded length
    that a terminal shows as it is.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


def one_line(text: str, most: int = _LONGEST) -> str:
    """``text`` without ends of lines and control characters, cut in the middle if it is long."""
    if len(text) > most:
        text = f"{text[: most * 2 // 3]}[...]{text[-(most // 3) :]}"
    if text.isprintable():
        return text
    return "".join(
        mark if mark.isprintable() else _CONTROLS.get(mark) or ascii(mark)[1:-1] for mark in text
    )


class UsageError(TouchlineError):
    """The request itself cannot be carried out (unknown setting, missing file); exits with 2."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, or its value is refused."""


class InputError(UsageError, ValueError):
    """An array or value handed to the library has the wrong shape, range or type."""


class EditRefused(UsageError):
    """A fact contradicts what was stated before, or what cannot be, as one person in two places."""


class VideoError(TouchlineError):
    """A video cannot be opened, decoded or written."""


class PartError(VideoError):
    """A clip cannot be observed in parts that are joined; in one go it can."""


class ConnectionLost(VideoError):
    """A live source fell silent and did not come back; what it showed before is kept."""


class ModelError(TouchlineError):
    """A network file cannot be loaded, or is not what it was loaded as."""


class FormatError(TouchlineError):
    """A text file does not follow its format; the message names file and line."""


class StoreError(TouchlineError):
    """Stored observations or a run folder cannot be read or written."""


class Interrupted(TouchlineError):
    """The user stopped the program; what was finished is kept. Exits with 130, as shells do."""

    exit_code = 130
