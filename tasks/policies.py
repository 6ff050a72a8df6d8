"""What all tasks share: how they are cached, named, retried, and where they find things."""

import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from prefect import runtime
from prefect.cache_policies import NO_CACHE

from db.engine import Database, open_database
from litsweep.settings import Settings, load_settings

Item = TypeVar("Item")

# Every task writes rows or talks to somebody: a cached "result" would be work not done.
SIDE_EFFECTS: Final = NO_CACHE
# EFetch takes several hundred records a request (NBK25498); our records average 29 kB of XML,
# so 200 make a reply of about 6 MB.
FETCH_BATCH: Final = 200
RETRIEVAL_BATCH: Final = 20
# What a model reads at once by default (the setting batch_size). On a CPU that takes it half a
# minute, and it is what Ctrl-C can cost.
READING_BATCH: Final = 8


def batched(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Cut ``items`` into runs of at most ``size``."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def tool_version() -> str:
    """Return the version that is written beside everything this code stores."""
    return f"litsweep {version('litsweep')}"


def flow_run_id() -> str | None:
    """Return the id of the Prefect flow run that the caller is part of, or None outside of one."""
    found: str | None = runtime.flow_run.id
    return found


@contextmanager
def results() -> Iterator[tuple[Settings, Database]]:
    """Open the settings and the results database for the length of one task."""
    settings = load_settings()
    database = open_database(settings.database_url)
    try:
        yield settings, database
    finally:
        database.close()


def this_process() -> str:
    """Return a name for this process that no later process of any machine has."""
    return f"{platform.node()}/{os.getpid()}/{_started_ticks(os.getpid())}"


def is_alive(owner: str) -> bool:
    """Tell whether the process that ``this_process`` named still runs.

    A process of another machine cannot be seen from here and counts as alive.
    """
    node, pid_text, started = owner.rsplit("/", 2)
    if node != platform.node():
        return True
    pid = int(pid_text)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started_ticks(pid) == started


def _started_ticks(pid: int) -> str:
    # Process numbers are used again; with its start (field 22 of proc(5) stat) one is unique.
    # The command in field 2 may hold blanks, so count from its closing bracket.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    return stat.rpartition(")")[2].split()[19]
