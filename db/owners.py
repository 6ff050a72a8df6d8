"""Who works on what is open: the process and the flow run of each search and reading that runs.

For whoever looks after the dead. What a lease or a load of a file is held by is not told here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from db.tables import reading_runs, search_runs
from litsweep.domain.strategies import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process, as ``tasks.policies.this_process`` names it, at work since ``since``."""

    process: str
    flow_run_id: str
    since: datetime
    search_run_id: int | None
    """The search run that is open; None for a reading."""


def list_owners(conn: Connection) -> list[Owner]:
    """Return who works on what is open, within flow runs only, oldest first."""
    searches = select(
        search_runs.c.owner,
        search_runs.c.flow_run_id,
        search_runs.c.started_at,
        search_runs.c.search_run_id,
    ).where(search_runs.c.status == RunStatus.RUNNING, search_runs.c.flow_run_id.is_not(None))
    readings = select(
        reading_runs.c.owner, reading_runs.c.flow_run_id, reading_runs.c.started_at
    ).where(reading_runs.c.finished_at.is_(None), reading_runs.c.flow_run_id.is_not(None))
    found = [
        Owner(process=process, flow_run_id=flow_run, since=since, search_run_id=run_id)
        for process, flow_run, since, run_id in conn.execute(searches)
    ]
    found += [
        Owner(process=process, flow_run_id=flow_run, since=since, search_run_id=None)
        for process, flow_run, since in conn.execute(readings)
    ]
    return sorted(found, key=lambda one: one.since)
