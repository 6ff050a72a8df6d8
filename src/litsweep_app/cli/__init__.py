"""The command line: ``litsweep COMMAND``; one module a group of commands.

Commands print results to standard output and everything else to standard error. They end with
0 when all was done, 1 when something is missing or failed, 2 when the command is wrong.
"""

import sys
from typing import Final

from litsweep.errors import LitsweepError, SettingsError, StatementRefused, UsageError
from litsweep_app.cli.app import app
from litsweep_app.cli.console import Exit, say

_WRONG_USE: Final = (UsageError, SettingsError, StatementRefused)


def main() -> None:
    """Run the command that the arguments name; never shows a traceback for a foreseen failure."""
    try:
        app(prog_name="litsweep")
    except SystemExit as ending:
        # Typer turns Ctrl-C into this, without a word.
        if ending.code == Exit.INTERRUPTED:
            say("\nStopped. What was stored stays; the next sweep goes on from there.")
        raise
    except LitsweepError as error:
        say(str(error))
        sys.exit(Exit.USAGE if isinstance(error, _WRONG_USE) else Exit.INCOMPLETE)
