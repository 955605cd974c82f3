"""How much a command says: ``--quiet`` and ``--verbose``, anywhere on the command line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from touchline.errors import UsageError


@dataclass(slots=True)
class Verbosity:
    """quiet: warnings and errors alone. verbose: also what the library does, and the seconds."""

    quiet: bool = False
    verbose: bool = False


VERBOSITY = Verbosity()
"""Of this process."""


def take_verbosity(words: Sequence[str]) -> list[str]:
    """The words without ``--quiet`` and ``--verbose``, which act from now on.

    What stands behind ``--`` is no option. Raises UsageError for both at once.
    """
    end = words.index("--") if "--" in words else len(words)
    VERBOSITY.quiet, VERBOSITY.verbose = "--quiet" in words[:end], "--verbose" in words[:end]
    if VERBOSITY.quiet and VERBOSITY.verbose:
        raise UsageError("--quiet and --verbose are opposites; give one of them")
    if VERBOSITY.verbose:
        logger = logging.getLogger("touchline")
        logger.setLevel(logging.DEBUG)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        handler.addFilter(lambda record: record.levelno < logging.WARNING)  # those come at the end
        logger.addHandler(handler)
    kept = [word for word in words[:end] if word not in ("--quiet", "--verbose")]
    return [*kept, *words[end:]]
