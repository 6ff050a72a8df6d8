"""A small process of a house, which behaves as its arguments say, word after word.

``python -m litsweep_app.house.tethered tests.fakes.house_process FOLDER NAME WORD …``

It appends "NAME began" to ``FOLDER/events`` and prints a line, then:

``stay``      runs until SIGTERM, and appends "NAME ended"
``end N``     ends with N at once
``deaf``      runs, and takes no notice of SIGTERM
``child``     starts a process in a session of its own, which runs on, and then stays
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

SLEEPER = "import time; time.sleep(600)"


def main() -> None:
    folder, name, *words = sys.argv[1:]
    _note(folder, f"{name} began")
    sys.stdout.write(f"{name} has something to say\n")
    sys.stdout.flush()
    if words[0] == "end":
        sys.exit(int(words[1]))
    if words[0] == "child":
        subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    ending = threading.Event()

    def hear(_number: int, _frame: FrameType | None) -> None:
        if words[0] != "deaf":
            ending.set()

    signal.signal(signal.SIGTERM, hear)
    _note(folder, f"{name} listens")
    while not ending.wait(0.05):
        pass
    _note(folder, f"{name} ended")


def _note(folder: str, event: str) -> None:
    with (Path(folder) / "events").open("a", encoding="utf-8") as file:
        file.write(f"{event}\n")


if __name__ == "__main__":
    main()
