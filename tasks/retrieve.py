"""Retrieval: seek the full texts of stored records, and keep the reason where there is none."""

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import task

from db import reports
from db.engine import Database
from litsweep.domain.documents import FetchedReport, NotRetrieved
from litsweep.errors import MalformedReply
from litsweep.parsing.jats import parse_document
from tasks.pace import open_eutils, open_full_texts
from tasks.policies import SIDE_EFFECTS, results
from tasks.retrying import RETRIED, tried_again


@tried_again
def list_reports_sought(topic: str | None) -> list[tuple[int, str]]:
    """Return ``(record_id, pmcid)`` of the records whose full text is still to be had."""
    with results() as (_, database), database.reading() as conn:
        return [
            (one.record_id, one.pmcid)
            for one in reports.list_reports_sought(conn, topic=topic, now=datetime.now(UTC))
        ]


@task(cache_policy=SIDE_EFFECTS, **RETRIED)
def retrieve_batch(sought: Sequence[tuple[int, str]]) -> int:
    """Retrieve full texts; store each, or the reason why not; return how many were obtained."""
    n_retrieved = 0
    with (
        results() as (settings, database),
        open_eutils(settings, database) as eutils,
        open_full_texts(settings, database, eutils) as full_texts,
    ):
        for record_id, pmcid in sought:
            n_retrieved += _store(database, record_id, full_texts.fetch(pmcid))
    return n_retrieved


@tried_again
def _store(database: Database, record_id: int, outcome: FetchedReport | NotRetrieved) -> bool:
    now = datetime.now(UTC)
    if isinstance(outcome, FetchedReport):
        try:
            document = parse_document(outcome.raw_xml, pmcid=outcome.pmcid)
        except MalformedReply as error:
            outcome = NotRetrieved(
                pmcid=outcome.pmcid,
                reason=f"{outcome.source} gave a full text that cannot be read: {error}",
                is_final=False,
                attempted_at=now,
            )
        else:
            with database.writing() as conn:
                reports.save_report(conn, record_id, outcome, document, now=now)
            return True
    with database.writing() as conn:
        reports.save_not_retrieved(conn, record_id, outcome)
    return False
