"""Reporting: what the database says about the work, for flows and people."""

from datetime import datetime
from typing import Final

from db import alerts, digests, loads, reading_runs, runs, topics
from db.reading_runs import ReadingRun
from litsweep.domain.alerts import Alert
from litsweep.domain.digests import Digest
from litsweep.domain.loads import LoadFile
from litsweep.domain.strategies import SearchRoute, SearchRun
from tasks.policies import results, this_process
from tasks.retrying import tried_again

# The files of a whole baseline are about 1,300 (ncbi.md 5).
_MOST_LOADS: Final = 2000


@tried_again
def list_topics() -> list[str]:
    """Return the names of the topics that are not retired, in alphabetical order."""
    with results() as (_, database), database.reading() as conn:
        return [topic.name for topic in topics.list_topics(conn)]


def find_desk() -> str | None:
    """Return the address of the review desk, or None where the settings name none."""
    with results() as (settings, _):
        return settings.desk_url


@tried_again
def build_digest(topic: str, since: datetime) -> Digest:
    """Gather what the sweep of a topic brought that began at ``since``; not its backfills.

    Raises:
        UnknownTopic: no topic has this name.
    """
    with results() as (_, database), database.reading() as conn:
        return digests.build_digest(
            conn, topic=topic, since=since, without=frozenset({SearchRoute.BACKFILL})
        )


@tried_again
def list_search_runs(
    since: datetime, *, topic: str | None = None, is_backfill: bool = False
) -> list[SearchRun]:
    """Return the runs begun at ``since`` or later, oldest first: sweeps, or windows of history."""
    with results() as (_, database), database.reading() as conn:
        found = runs.list_runs(conn, topic=topic, since=since)
    return [run for run in reversed(found) if is_backfill is (run.route is SearchRoute.BACKFILL)]


@tried_again
def list_reading_runs(since: datetime) -> list[ReadingRun]:
    """Return what this process has read since then, oldest first."""
    with results() as (_, database), database.reading() as conn:
        return reading_runs.list_reading_runs(conn, owner=this_process(), since=since)[::-1]


@tried_again
def list_alerts() -> list[Alert]:
    """Return the alerts that nobody has taken note of."""
    with results() as (_, database), database.reading() as conn:
        return alerts.list_alerts(conn)


@tried_again
def list_loads(since: datetime) -> list[LoadFile]:
    """Return the loads that were begun or ended since then, oldest first."""
    with results() as (_, database), database.reading() as conn:
        found = loads.list_loads(conn, limit=_MOST_LOADS)
    return [one for one in reversed(found) if (one.finished_at or one.started_at) >= since]
