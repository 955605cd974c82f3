"""The signals that ask a program to stop: Ctrl-C and what services, queues and terminals send."""

from __future__ import annotations

import signal

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Ctrl-C; ``docker stop``, systemd and SLURM; a terminal that is closed."""


def leave_stopping_to_the_first_process() -> None:
    """For a helping process: signals reach all of a terminal, and the first process decides.

    Apart from SIGTERM, by which the first process ends its helpers, and waits for that.
    """
    for number in STOP_SIGNALS:
        if number != signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
