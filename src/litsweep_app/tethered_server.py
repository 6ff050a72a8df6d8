"""A Prefect server that does not outlive the process that started it, even a killed one.

Run as ``python -m litsweep_app.tethered_server FOLDER server start …``: the arguments after
``FOLDER`` are those of Prefect's own command line. It ends when its standard input does, which
the parent holds open, and then removes ``FOLDER``.
"""

import os
import shutil
import signal
import sys
import threading

from litsweep_app import mended_prefect


def main() -> None:
    """Run Prefect's command line until it ends, or until the parent does."""
    folder = sys.argv.pop(1)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    mended_prefect.main()


def _end_with_parent(folder: str) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
