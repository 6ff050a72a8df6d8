"""Why a record is on a list, in a few words, for the records of one page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db.judged_first import FirstJudge, waits
from db.list_choices import RecordList
from db.tables import (
    analyses,
    documents,
    findings,
    publication_status_changes,
    readings,
    record_versions,
    retrievals,
    summaries,
)
from litsweep.domain.documents import DocumentKind


def load_remarks(
    conn: Connection,
    kind: RecordList,
    record_ids: Sequence[int],
    first_judge: FirstJudge | None = None,
) -> dict[int, tuple[str, ...]]:
    """Return why each record is on the list, where there is more to say than the list's name.

    Nothing is said of machine texts that wait for the judgement of ``first_judge``.
    """
    if kind is RecordList.FLAGGED:
        return _load_flags(conn, record_ids, first_judge)
    load = {
        RecordList.CHANGED: _load_changes,
        RecordList.RETRACTED: _load_reasons,
        RecordList.NOT_RETRIEVED: _load_attempts,
        RecordList.FAILED: _load_failures,
    }.get(kind)
    return {} if load is None or not record_ids else load(conn, record_ids)


def _load_changes(conn: Connection, record_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    versions = record_versions.c
    statement = (
        select(versions.record_id, versions.version, versions.fetched_at, versions.changes)
        .where(versions.record_id.in_(record_ids), versions.version > 1)
        .order_by(versions.record_id, versions.version)
    )
    said: dict[int, tuple[str, ...]] = {}
    for row in conn.execute(statement):
        fields = dict.fromkeys(str(one.get("field", "")).replace("_", " ") for one in row.changes)
        what = ", ".join(name for name in fields if name) or "nothing that is compared"
        said[row.record_id] = (f"version {row.version}, {row.fetched_at:%Y-%m-%d}: {what}",)
    return said


def _load_flags(
    conn: Connection, record_ids: Sequence[int], first_judge: FirstJudge | None
) -> dict[int, tuple[str, ...]]:
    in_summaries: Any = select(documents.c.record_id).join(
        readings, readings.c.document_id == documents.c.document_id
    )
    valid = (
        documents.c.record_id.in_(record_ids),
        readings.c.superseded_by_id.is_(None),
        readings.c.stale_since.is_(None),
    )
    flagged_summaries = (
        in_summaries.join(summaries, summaries.c.reading_id == readings.c.reading_id)
        .where(*valid, summaries.c.is_shown, summaries.c.is_flagged)
        .distinct()
    )
    flagged_items = (
        in_summaries.join(analyses, analyses.c.reading_id == readings.c.reading_id)
        .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
        .where(*valid, findings.c.is_flagged)
        .add_columns(func.count())
        .group_by(documents.c.record_id)
    )
    if first_judge is not None:
        number = documents.c.record_id
        flagged_summaries = flagged_summaries.where(
            ~waits(number, DocumentKind.ABSTRACT, first_judge)
        )
        flagged_items = flagged_items.where(~waits(number, DocumentKind.FULL_TEXT, first_judge))
    said: dict[int, list[str]] = defaultdict(list)
    for number in conn.scalars(flagged_summaries):
        said[number].append("the summary")
    for number, n_items in conn.execute(flagged_items):
        said[number].append(f"{n_items} data item{'s' if n_items > 1 else ''} of the full text")
    return {number: tuple(parts) for number, parts in said.items()}


def _load_reasons(conn: Connection, record_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    changes = publication_status_changes.c
    statement = (
        select(changes.record_id, changes.reasons)
        .where(changes.record_id.in_(record_ids))
        .order_by(changes.publication_status_change_id)
    )
    return {number: tuple(reasons) for number, reasons in conn.execute(statement)}


def _load_attempts(conn: Connection, record_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    tried = retrievals.c
    statement = (
        select(tried.record_id, tried.attempted_at, tried.reason)
        .where(tried.record_id.in_(record_ids), tried.reason.is_not(None))
        .order_by(tried.attempted_at)
    )
    return {
        row.record_id: (f"{row.attempted_at:%Y-%m-%d}: {row.reason}",)
        for row in conn.execute(statement)
    }


def _load_failures(conn: Connection, record_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    statement: Select[Any] = (
        select(documents.c.record_id, documents.c.kind, readings.c.read_at, readings.c.failure)
        .join(readings, readings.c.document_id == documents.c.document_id)
        .where(documents.c.record_id.in_(record_ids), readings.c.failure.is_not(None))
        .order_by(readings.c.reading_id)
    )
    return {
        row.record_id: (f"{row.kind.replace('_', ' ')}, {row.read_at:%Y-%m-%d}: {row.failure}",)
        for row in conn.execute(statement)
    }
