"""Folders that appear whole or not at all: what converters of models write."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litsweep.errors import ModelError, UsageError


@contextmanager
def appearing_whole(target: Path) -> Iterator[Path]:
    """Give a folder to write to, which becomes ``target`` at the end, unless something is raised.

    Raises:
        UsageError: ``target`` exists.
        ModelError: it cannot be written.
    """
    if target.exists():
        raise UsageError(f"{target} exists already. Name another folder, or move it away.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as folder:
            unfinished = Path(folder) / "model"
            unfinished.mkdir()
            yield unfinished
            unfinished.rename(target)
    except OSError as error:
        raise ModelError(f"{target} cannot be written ({error.strerror or error}).") from error
