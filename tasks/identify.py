"""Identification: search PubMed for a topic's window, fetch what is new, close the books.

What talks to NCBI is a task. What opens and closes a run's books is a plain function: one short
transaction, in which there is nothing to watch.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from prefect import task

from db import hits, records, runs, topics, windows
from db.windows import DueSearch, Rhythm
from litsweep.domain.records import RecordSet
from litsweep.domain.strategies import DateField, DateWindow, RunStatus, SearchRoute, SearchRun
from litsweep.parsing.pubmed import parse_record_set
from litsweep.sources.eutils import RecordReplies
from litsweep.sources.search_comparison import compare_with_last
from tasks.pace import open_eutils
from tasks.policies import (
    SIDE_EFFECTS,
    flow_run_id,
    is_alive,
    results,
    this_process,
    tool_version,
)
from tasks.retrying import RETRIED, tried_again

# What only the run's own process makes of it; INTERRUPTED is what others do.
_CLOSED_HERE: Final = frozenset({RunStatus.COMPLETE, RunStatus.INCOMPLETE, RunStatus.FAILED})


@tried_again
def list_due(topic: str, since: date | None, until: date | None) -> list[DueSearch]:
    """Return the searches of ``topic`` that are due; only the given days, where there are any.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the days end before they begin.
    """
    today = datetime.now(UTC).date()
    with results() as (settings, database), database.reading() as conn:
        rhythm = Rhythm(
            overlap_days=settings.overlap_days,
            first_window_days=settings.first_window_days,
            undated_every_days=settings.undated_every_days,
        )
        due = windows.list_due(conn, topics.get_topic(conn, topic), today=today, rhythm=rhythm)
    if since is None and until is None:
        return due
    usual = next(search.window for search in due if search.route is SearchRoute.CREATED)
    last_day = until or today
    first_day = since or min(usual.first_day if usual else last_day, last_day)
    window = DateWindow(date_field=DateField.CRDT, first_day=first_day, last_day=last_day)
    return [DueSearch(route=SearchRoute.CREATED, window=window)]


@tried_again
def list_backfill(topic: str, since: date, until: date | None, *, days: int) -> list[DueSearch]:
    """Return the windows of a topic's history that are not searched to their end, oldest first.

    Without ``until`` the history ends yesterday: today is the nightly sweep's.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the days end before they begin, or a window has no day.
    """
    last_day = until or windows.eastern_day(datetime.now(UTC)) - timedelta(days=1)
    with results() as (_, database), database.reading() as conn:
        strategy = topics.get_topic(conn, topic).strategy
        return windows.list_backfill(conn, strategy, since, last_day, days=days)


@tried_again
def open_run(topic: str, due: DueSearch) -> int:
    """Begin a search run of ``topic`` and return its number.

    Raises:
        UnknownTopic: no topic has this name.
        SweepBusy: another living process is sweeping this topic.
    """
    with results() as (_, database), database.writing() as conn:
        return runs.open_run(
            conn,
            topics.get_topic(conn, topic).strategy,
            due,
            owner=this_process(),
            is_owner_alive=is_alive,
            tool_version=tool_version(),
            flow_run_id=flow_run_id(),
            now=datetime.now(UTC),
        )


@task(cache_policy=SIDE_EFFECTS, **RETRIED)
def search(search_run_id: int) -> int:
    """Ask PubMed which records the run's window holds; return how many were found.

    What differs from the last complete run of the same kind becomes a warning on this one.

    Raises:
        SourceError: PubMed could not be asked, or refused the query.
    """
    with results() as (settings, database):
        with database.reading() as conn:
            run = runs.get_run(conn, search_run_id)
            last = runs.find_last_complete(conn, search_run_id)
        with open_eutils(settings, database) as eutils:
            found = eutils.search(run.query, run.window)
        if last is not None:
            odd = compare_with_last(found, run.route, run.window, last)
            found = replace(found, warnings=found.warnings + odd)
        with database.writing() as conn:
            runs.save_search(conn, search_run_id, found)
    return len(found.pmids)


@tried_again
def list_pending(search_run_id: int) -> list[int]:
    """Return the PMIDs of the run that are still to be fetched, ascending."""
    with results() as (_, database), database.reading() as conn:
        return hits.list_pending(conn, search_run_id)


@task(cache_policy=SIDE_EFFECTS, **RETRIED)
def fetch_batch(search_run_id: int, pmids: Sequence[int]) -> int:
    """Fetch and store up to 200 records; return how many were delivered.

    What was asked for and not delivered stays pending.

    Raises:
        SourceError: the batch could not be fetched; nothing of it was stored.
    """
    with results() as (settings, database):
        with open_eutils(settings, database) as eutils:
            replies = eutils.fetch_records_xml(pmids)
        delivered = _joined(replies)
        with database.writing() as conn:
            counts = records.save_records(
                conn,
                search_run_id,
                delivered,
                requested=pmids,
                now=datetime.now(UTC),
                tool_version=tool_version(),
            )
    return len(pmids) - len(counts.missing)


def _joined(replies: RecordReplies) -> RecordSet:
    sets = [parse_record_set(body) for body in replies.bodies]
    failures = [failure for one in sets for failure in one.failures]
    return RecordSet(
        records=tuple(record for one in sets for record in one.records),
        failures=(*replies.failures, *failures),
        deleted_pmids=tuple(pmid for one in sets for pmid in one.deleted_pmids),
    )


@tried_again
def close_run(search_run_id: int, error: str | None = None) -> SearchRun:
    """Close the books of a run: complete only if every count adds up.

    Without an ``error``, whatever is still pending was asked for and not delivered: it is listed
    as absent. A run that this process closed before stays as it is.

    Raises:
        SweepBusy: another process took this one for dead and closed the run.
    """
    with results() as (_, database), database.writing() as conn:
        if error is None and runs.get_status(conn, search_run_id) not in _CLOSED_HERE:
            runs.mark_absent(conn, search_run_id, datetime.now(UTC))
        return runs.close_run(conn, search_run_id, error=error, now=datetime.now(UTC))
