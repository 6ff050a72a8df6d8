"""Runs a module on its parent's word, and ends when the parent does, even a killed one.

Run as ``python -m litsweep_app.house.tethered [OPTION …] MODULE ARGUMENT …``. The parent holds
standard input open: a first line there is the word to start, its end is the word to stop.

``--preload NAME,…``      what to import while waiting for the word; Prefect takes seconds
``--flow-runs-of MARK``   before it ends, ask the flow runs of that house to end
``--last-of MARK``        end after all others of that house, and end what is left of them
"""

import importlib
import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

from litsweep_app.house import family

FLOW_RUNS_S: Final = 20.0
"""How long a flow run may take to close its books, in seconds."""
END_S: Final = 8.0
"""How long a process may take to end after it was asked to, in seconds."""


def main() -> None:
    """Run the module until it ends, or until the parent does."""
    options = _take_options()
    for name in filter(None, options.get("--preload", "").split(",")):
        importlib.import_module(name)
    if not sys.stdin.readline():
        return
    threading.Thread(target=_end_with_parent, args=(options,), daemon=True).start()
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _take_options() -> dict[str, str]:
    options = {}
    while sys.argv[1].startswith("--"):
        name = sys.argv.pop(1)
        options[name] = sys.argv.pop(1)
    return options


def _end_with_parent(options: dict[str, str]) -> None:
    sys.stdin.read()
    if mark := options.get("--flow-runs-of"):
        # The worker kills the flow runs that it started; asked before, they close their books.
        family.end_flow_runs(mark, FLOW_RUNS_S)
    if mark := options.get("--last-of"):
        family.wait_for_others(mark, FLOW_RUNS_S + 2 * END_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_S)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
