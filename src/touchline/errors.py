"""Errors whose message is one line: what is wrong, with which value, and the cure."""

from __future__ import annotations


class TouchlineError(Exception):
    """Something failed while the program did what it was asked; the command exits with 1."""

    exit_code = 1


class UsageError(TouchlineError):
    """The request itself cannot be carried out (unknown setting, missing file); exits with 2."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, or its value is refused."""


class InputError(UsageError, ValueError):
    """An array or value handed to the library has the wrong shape, range or type."""


class VideoError(TouchlineError):
    """A video cannot be opened, decoded or written."""


class ConnectionLost(VideoError):
    """A live source fell silent and did not come back; what it showed before is kept."""


class ModelError(TouchlineError):
    """A network file cannot be loaded, or is not what it was loaded as."""


class FormatError(TouchlineError):
    """A text file does not follow its format; the message names file and line."""


class StoreError(TouchlineError):
    """Stored observations or a run folder cannot be read or written."""


class Interrupted(TouchlineError):
    """The person stopped the program; what was finished is kept. Exits with 130, as shells do."""

    exit_code = 130
