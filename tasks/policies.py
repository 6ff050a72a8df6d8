"""What all tasks share: how they are cached, named, retried, and where they find things."""

import atexit
import os
import platform
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from prefect import runtime
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from db.connections import Limits
from db.engine import Database, open_database
from litsweep.errors import DatabaseUnreachable
from litsweep.settings import Settings, load_settings
from tasks.retrying import RECONNECTING_S

Item = TypeVar("Item")

# Every task writes rows or talks to somebody: a cached "result" would be work not done.
SIDE_EFFECTS: Final = NO_CACHE
# EFetch takes several hundred records a request (NBK25498); our records average 29 kB of XML,
# so 200 make a reply of about 6 MB.
FETCH_BATCH: Final = 200
RETRIEVAL_BATCH: Final = 20
# Entries of a file that are stored in one transaction: what a kill can cost, a second's work.
LOAD_BATCH: Final = 500
# Choosing sentences takes a tenth of a second a document; a batch is what Ctrl-C can cost.
EXTRACTION_BATCH: Final = 100
# A sweep of one topic does not last this long; a run of another machine that is older has died.
LONGEST_SWEEP: Final = timedelta(hours=12)


_OPENING_PAUSE_S: Final = 2.0
_overrides: ContextVar[dict[str, Any] | None] = ContextVar("settings_overrides", default=None)
_opened: Final[dict[tuple[int, str], Database]] = {}
_opening: Final = threading.Lock()


def batched(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Cut ``items`` into runs of at most ``size``."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def as_it_is(items: Sequence[Item]) -> Sequence[Item]:
    """Return ``items`` as an argument of a task, in which Prefect then does not look for futures.

    The task gets the plain sequence. Without this, each number of a batch costs 10 µs.
    """
    quoted: Any = quote(items)
    return quoted  # type: ignore[no-any-return]


def tool_version() -> str:
    """Return the version that is written beside everything this code stores."""
    return f"litsweep {version('litsweep')}"


def flow_run_id() -> str | None:
    """Return the id of the Prefect flow run that the caller is part of, or None outside of one."""
    found: str | None = runtime.flow_run.id
    return found


@contextmanager
def results() -> Iterator[tuple[Settings, Database]]:
    """Give one task the settings and the results database.

    The database stays open for the next task of this process: to open it costs 30 ms, and the
    statements that it has prepared as much again.
    """
    settings = current_settings()
    yield settings, _open_once(settings)


@contextmanager
def overriding(**overrides: Any) -> Iterator[None]:
    """Have the tasks inside the block use other settings; what is None is left as it is set."""
    given = {name: value for name, value in overrides.items() if value is not None}
    token = _overrides.set({**(_overrides.get() or {}), **given})
    try:
        yield
    finally:
        _overrides.reset(token)


def overridden(name: str) -> Any:
    """Return what the run uses in place of a setting, or None where it keeps to the setting."""
    return (_overrides.get() or {}).get(name)


def current_settings() -> Settings:
    """Return the settings of the machine, with what the run overrides.

    Raises:
        SettingsError: a setting, or what the run asks for, is no such value.
    """
    return load_settings(**(_overrides.get() or {}))


def _open_once(settings: Settings) -> Database:
    # A forked process must not use its parent's connections.
    key = (os.getpid(), settings.database_url)
    with _opening:
        if key not in _opened:
            opened = _open_patiently(settings)
            _close_all()
            _opened[key] = opened
        return _opened[key]


def _open_patiently(settings: Settings) -> Database:
    limits = Limits(statement_s=settings.database_timeout_seconds, reconnecting_s=RECONNECTING_S)
    deadline = time.monotonic() + RECONNECTING_S
    while True:
        try:
            return open_database(settings.database_url, limits=limits)
        except DatabaseUnreachable:
            if time.monotonic() > deadline:
                raise
        time.sleep(_OPENING_PAUSE_S)


@atexit.register
def _close_all() -> None:
    for pid, url in list(_opened):
        database = _opened.pop((pid, url))
        if pid == os.getpid():
            database.close()


def this_process() -> str:
    """Return a name for this process that no later process of any machine has."""
    return f"{platform.node()}/{os.getpid()}/{_started_ticks(os.getpid())}"


def is_alive(owner: str, since: datetime) -> bool:
    """Tell whether the process that ``this_process`` named still runs; its work began at ``since``.

    A process of another machine cannot be seen from here: it counts as alive for ``LONGEST_SWEEP``.
    Should it come back after that, the database refuses its writes, since its run was closed.
    """
    node, pid_text, started = owner.rsplit("/", 2)
    if node != platform.node():
        return datetime.now(UTC) - since < LONGEST_SWEEP
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
    fields = stat.rpartition(")")[2].split()
    # One that has ended and whose parent did not ask for its end yet still has its number.
    return "ended" if fields[0] == "Z" else fields[19]
