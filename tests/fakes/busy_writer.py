"""A process that writes to a results database, one topic after the other, until it is ended.

``python -m tests.fakes.busy_writer URL``: a topic and its strategy are one transaction, and
their names count up, so that a torn copy shows.
"""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from db.engine import open_database
from db.topics import add_topic

PREFIX = "written "


@contextmanager
def writing_process(url: str) -> Iterator[None]:
    """Run it during the block; it has written its first topic when the block begins."""
    command = [sys.executable, "-m", "tests.fakes.busy_writer", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "at work\n"
            yield
            assert child.poll() is None, "the writer died"
        finally:
            child.kill()


def main() -> None:
    database = open_database(sys.argv[1])
    for number in itertools.count(1):
        with database.writing() as conn:
            add_topic(conn, name=f"{PREFIX}{number}", query="x" * 500, author="A", reason="r")
        if number == 1:
            print("at work", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
