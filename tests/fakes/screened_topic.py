"""A topic with a few records that nobody has decided upon, on any database."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from db.decisions import add_decision
from db.engine import Database
from db.records import get_record, save_records
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.records import FetchedRecord, RecordSet

NOW: Final = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
LATER: Final = NOW + timedelta(days=1)
TOPIC: Final = "asthma"
TITLES: Final = (
    "Inhaled budesonide in mild asthma: a randomised trial",
    "Zinc lozenges against the common cold in schoolchildren",
    "A register of hip fractures in older people of Nowhere",
    "Effects of nothing at all on wheeze: a systematic review",
    "Cough after holidays by the sea: three case reports",
    "Measuring the peak flow of singers with a paper tube",
)


def fill_topic(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
    *,
    topic: str = TOPIC,
    pmids: Sequence[int] = (1, 2, 3, 4, 5, 6),
) -> Database:
    """Store records of these PMIDs, one for each of `TITLES`, with DOIs 10.1000/fiction.PMID."""
    fetched = [
        make_record(pmid, title=TITLES[place % len(TITLES)]) for place, pmid in enumerate(pmids)
    ]
    run_id = start_run(database, tuple(pmids), topic=topic)
    record_set = RecordSet(records=tuple(fetched), failures=(), deleted_pmids=())
    with database.writing() as conn:
        save_records(conn, run_id, record_set, requested=pmids, now=NOW, tool_version="0.1.0")
        conn.exec_driver_sql(
            "UPDATE search_runs SET status = 'failed', error = 'e', finished_at = started_at"
        )
    return database


def decide(
    conn: Connection,
    pmid: int,
    decision: Decision = Decision.INCLUDE,
    reviewer: str = "Ada",
    *,
    topic: str = TOPIC,
    expected: dict[str, int | None] | None = None,
    **fields: Any,
) -> int:
    """Store a decision as the desk would, one at `LATER` about title and abstract."""
    new = NewDecision(
        record_id=get_record(conn, pmid).record_id,
        decision=decision,
        reviewer=reviewer,
        **{"stage": Stage.TITLE_ABSTRACT, "decided_at": LATER, **fields},
    )
    return add_decision(
        conn,
        topic,
        new,
        origin=DecisionOrigin.DESK,
        tool_version="litsweep 0",
        **(expected or {}),
    )
