"""The command line: ``litsweep COMMAND``; one module a group of commands.

Commands print results to standard output and everything else to standard error. They end with
0 when all was done, 1 when something is missing or failed, 2 when the command is wrong.
"""

import sys

from litsweep.errors import LitsweepError, SettingsError, UsageError
from litsweep_app.cli.app import app
from litsweep_app.cli.console import Exit, say


def main() -> None:
    """Run the command that the arguments name; never shows a traceback for a foreseen failure."""
    try:
        app()
    except KeyboardInterrupt:
        say("\nStopped. What was stored stays; the next sweep goes on from there.")
        sys.exit(Exit.INTERRUPTED)
    except LitsweepError as error:
        say(f"{error}")
        sys.exit(Exit.USAGE if isinstance(error, UsageError | SettingsError) else Exit.INCOMPLETE)
