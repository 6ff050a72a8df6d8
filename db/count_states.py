"""Tells in a millisecond whether a topic's counts may have changed since they were made.

Not what they are: to count the flow of 150,000 records with their decisions takes over a second.
The tables are append-only in all that is counted, so that their newest numbers tell. What a
sweep changes of records that are stored already is told by its end.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Integer,
    ScalarSelect,
    bindparam,
    func,
    select,
)

from db.tables import (
    duplicate_findings,
    load_files,
    publication_status_changes,
    records,
    reports,
    retrievals,
    screening_decisions,
    screening_protocols,
    search_runs,
    topic_records,
)
from db.topics import get_topic

CountState = tuple[int | datetime | None, ...]
"""Equal ones: nothing that is counted has changed. It says nothing else."""

# Sweeps are closed in the order in which they were begun, give or take those that run side by side.
_N_RUNS: Final = 40

_OF_TOPIC: Final = bindparam("topic_id", type_=Integer)


def find_found_state(conn: Connection, topic: str) -> CountState:
    """Return the state of what was found for a topic, whatever people decided about it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    return tuple(conn.execute(_FOUND, {"topic_id": topic_id}).one())


def find_state(conn: Connection, topic: str) -> CountState:
    """Return the state of what is counted of a topic: it changes when a count may.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    return tuple(conn.execute(_STATE, {"topic_id": topic_id}).one())


def _newest(column: Any) -> ScalarSelect[Any]:
    return select(func.max(column)).scalar_subquery()


def _newest_of_topic(column: Any) -> ScalarSelect[Any]:
    own = column.table.c.topic_id == _OF_TOPIC
    return select(func.max(column)).where(own).scalar_subquery()


def _last_end(table: Any, number: Any) -> ScalarSelect[Any]:
    rows = (
        select(table.c.finished_at)
        .where(table.c.topic_id == _OF_TOPIC)
        .order_by(number.desc())
        .limit(_N_RUNS)
        .subquery()
    )
    return select(func.max(rows.c.finished_at)).scalar_subquery()


_OF_FINDING: Final = (
    _newest(records.c.record_id),
    _newest_of_topic(topic_records.c.found_at),
    _last_end(search_runs, search_runs.c.search_run_id),
    _last_end(load_files, load_files.c.load_file_id),
)
_FOUND: Final = select(*_OF_FINDING)
_STATE: Final = select(
    *_OF_FINDING,
    _newest(screening_decisions.c.screening_decision_id),
    _newest(duplicate_findings.c.duplicate_finding_id),
    _newest(duplicate_findings.c.undone_at),
    _newest(publication_status_changes.c.publication_status_change_id),
    _newest(reports.c.report_id),
    _newest(retrievals.c.retrieval_id),
    _newest_of_topic(screening_protocols.c.version),
)
