"""What litsweep's own packages log, said to the person; what others log is theirs to keep.

Prefect, httpx and transformers log tracebacks and addresses that nobody asked for. What matters
of them comes as our own error, so a handler on the root that does nothing keeps Python from
printing the rest.
"""

import logging
from typing import Final

from litsweep_app.cli.console import say

OURS: Final = ("litsweep", "litsweep_app", "db", "tasks", "flows")


class _Speaker(logging.Handler):
    """Says each record through the console, so that a line stands above the progress bars."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say the record in one line, without a traceback."""
        say(f"{record.levelname} {record.name}: {record.getMessage()}")


def speak(level: str) -> None:
    """Say what our packages log at ``level`` (a name of logging's) or above."""
    if not logging.root.handlers:
        silence = logging.NullHandler()
        # Prefect sets up a root of its own, unless it finds there a handler with a formatter.
        silence.setFormatter(logging.Formatter())
        logging.root.addHandler(silence)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.handlers = [_Speaker()]
