"""Files that appear whole or not at all, and never in place of another unless asked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from litsweep.errors import UsageError


def refuse_existing(target: Path) -> None:
    """Refuse to write where something is.

    Raises:
        UsageError: ``target`` exists.
    """
    if target.exists():
        raise UsageError(f"{target} exists already: name another file, or add --replace.")


@contextmanager
def appearing_whole(target: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """Give a file to write to, which becomes ``target`` at the end, unless something is raised.

    Raises:
        UsageError: ``target`` exists and is not to be replaced, or cannot be written.
    """
    # Beside the target, so that the last step is a rename within one file system.
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w+b") as stream:
            yield stream
        if not replace:
            refuse_existing(target)
        unfinished.replace(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
