"""Machine texts that leave in an export: the shown summary, and the findings of the full text.

The reading is chosen as on a record's card (``db.stored_readings``), for a batch of records at
once. A report's own words are taken out here unless `reports.exportable` holds of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from db.export_opinions import (
    build_correction,
    describe_judgement,
    load_finding_opinions,
    load_objections,
)
from db.reports import exportable
from db.tables import (
    analyses,
    checks,
    documents,
    findings,
    generations,
    readings,
    record_versions,
    records,
    reports,
    summaries,
)
from litsweep.domain.documents import DocumentKind
from litsweep.domain.judgements import FindingJudgement
from litsweep.domain.readings import Verdict
from litsweep.exports.entries import EntryFinding, EntryReport, EntrySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTexts:
    """Machine texts by the number of the record; reports are those that were read."""

    summaries: dict[int, EntrySummary]
    reports: dict[int, EntryReport]
    findings: dict[int, list[EntryFinding]]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The reading that is shown of a record, and whether it is of the record's newest text."""

    record_id: int
    document_id: int
    is_current: bool


def load_machine_texts(conn: Connection, record_ids: Sequence[int]) -> MachineTexts:
    """Load what machines said of these records, in a number of queries that does not grow."""
    obtained = _load_reports(conn, record_ids)
    abstracts = _choose(
        conn, record_ids, DocumentKind.ABSTRACT, _newest_abstracts(conn, record_ids)
    )
    newest = {row.record_id: row.document_id for row in obtained}  # the last one is the newest
    full_texts = _choose(conn, record_ids, DocumentKind.FULL_TEXT, newest)
    of_documents: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in obtained:
        of_documents[row.document_id].append(row)
    read = {
        chosen.record_id: _build_report(of_documents[chosen.document_id])
        for chosen in full_texts.values()
        if of_documents[chosen.document_id]
    }
    return MachineTexts(
        summaries=_load_summaries(conn, abstracts),
        reports=read,
        findings=_load_findings(conn, full_texts, read),
    )


def _newest_abstracts(conn: Connection, record_ids: Sequence[int]) -> dict[int, int]:
    statement: Select[Any] = (
        select(record_versions.c.record_id, record_versions.c.document_id)
        .join(
            records,
            (records.c.record_id == record_versions.c.record_id)
            & (records.c.version == record_versions.c.version),
        )
        .where(record_versions.c.record_id.in_(record_ids))
    )
    return {record_id: document_id for record_id, document_id in conn.execute(statement)}


def _load_reports(conn: Connection, record_ids: Sequence[int]) -> Sequence[Row[Any]]:
    licence = func.coalesce(reports.c.licence_code, documents.c.licence_code)
    statement: Select[Any] = (
        select(
            reports.c.record_id,
            reports.c.document_id,
            reports.c.pmcid,
            reports.c.url,
            licence.label("licence_code"),
            exportable().label("may_export"),
        )
        .join(documents, documents.c.document_id == reports.c.document_id)
        .where(reports.c.record_id.in_(record_ids))
        .order_by(reports.c.report_id)
    )
    return conn.execute(statement).all()


def _build_report(alike: Sequence[Row[Any]]) -> EntryReport:
    """Build the report of a text; where several reports read alike, all must let it leave."""
    return EntryReport(
        pmcid=alike[-1].pmcid,
        url=alike[-1].url,
        licence_code=alike[-1].licence_code,
        may_export=all(row.may_export for row in alike),
    )


def _choose(
    conn: Connection, record_ids: Sequence[int], kind: DocumentKind, newest: dict[int, int]
) -> dict[int, _Chosen]:
    """Return the successful reading of each record that is to be shown, by its number."""
    statement: Select[Any] = (
        select(
            documents.c.record_id,
            readings.c.reading_id,
            readings.c.document_id,
            readings.c.superseded_by_id,
        )
        .join(readings, readings.c.document_id == documents.c.document_id)
        .where(
            documents.c.record_id.in_(record_ids),
            documents.c.kind == kind,
            readings.c.failure.is_(None),
        )
    )
    best: dict[int, Row[Any]] = {}

    def rank(row: Row[Any]) -> tuple[bool, bool, int]:
        is_current = row.document_id == newest.get(row.record_id)
        return is_current, row.superseded_by_id is None, row.reading_id

    for row in conn.execute(statement):
        if row.record_id not in best or rank(row) > rank(best[row.record_id]):
            best[row.record_id] = row
    return {
        row.reading_id: _Chosen(row.record_id, row.document_id, rank(row)[0])
        for row in best.values()
    }


def _load_summaries(conn: Connection, chosen: dict[int, _Chosen]) -> dict[int, EntrySummary]:
    is_wanted = summaries.c.reading_id.in_(list(chosen)) & summaries.c.is_shown
    flags: dict[int, list[str]] = defaultdict(list)
    flagged: Select[Any] = (
        select(checks.c.summary_id, checks.c.name, checks.c.detail)
        .join(summaries, summaries.c.summary_id == checks.c.summary_id)
        .where(is_wanted, checks.c.verdict == Verdict.FLAG)
        .order_by(checks.c.summary_id, checks.c.position)
    )
    for row in conn.execute(flagged):
        flags[row.summary_id].append(_in_words(row))
    objections = load_objections(conn, is_wanted)
    statement: Select[Any] = (
        select(
            summaries.c.summary_id,
            summaries.c.reading_id,
            summaries.c.text,
            summaries.c.method,
            summaries.c.ranked_by,
            generations.c.model_id,
            generations.c.model_revision,
        )
        .outerjoin(generations, generations.c.generation_id == summaries.c.generation_id)
        .where(is_wanted)
    )
    return {
        chosen[row.reading_id].record_id: EntrySummary(
            text=row.text,
            method=row.method,
            model=row.model_id,
            model_revision=row.model_revision,
            ranked_by=row.ranked_by,
            flags=tuple(flags[row.summary_id]),
            is_current=chosen[row.reading_id].is_current,
            objections=tuple(objections.get(row.summary_id, ())),
        )
        for row in conn.execute(statement)
    }


def _in_words(row: Row[Any]) -> str:
    return f"{row.name}: {row.detail}" if row.detail else str(row.name)


def _load_findings(
    conn: Connection, chosen: dict[int, _Chosen], read: dict[int, EntryReport]
) -> dict[int, list[EntryFinding]]:
    is_wanted = analyses.c.reading_id.in_(list(chosen))
    flags: dict[int, list[str]] = defaultdict(list)
    flagged: Select[Any] = (
        select(checks.c.finding_id, checks.c.name, checks.c.detail)
        .join(findings, findings.c.finding_id == checks.c.finding_id)
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .where(is_wanted, checks.c.verdict == Verdict.FLAG)
        .order_by(checks.c.finding_id, checks.c.position)
    )
    for row in conn.execute(flagged):
        flags[row.finding_id].append(_in_words(row))
    said = load_finding_opinions(conn, is_wanted)
    statement: Select[Any] = (
        select(
            findings, analyses.c.reading_id, generations.c.model_id, generations.c.model_revision
        )
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .outerjoin(generations, generations.c.generation_id == findings.c.generation_id)
        .where(is_wanted)
        .order_by(findings.c.analysis_id, findings.c.position)
    )
    found: dict[int, list[EntryFinding]] = defaultdict(list)
    for row in conn.execute(statement):
        record_id = chosen[row.reading_id].record_id
        finding = _build_finding(row, tuple(flags[row.finding_id]), said.get(row.finding_id, ()))
        report = read.get(record_id)
        may_leave = report is not None and report.may_export
        found[record_id].append(finding if may_leave else finding.without_words())
    return found


def _build_finding(
    row: Row[Any], flags: tuple[str, ...], judged: Sequence[FindingJudgement]
) -> EntryFinding:
    return EntryFinding(
        data_item=row.data_item,
        state=row.state,
        value=row.value,
        value_method=row.value_method,
        structured=row.structured,
        quote=row.quote,
        section=None if row.section is None else row.section.value,
        section_title=row.section_title,
        model=row.model_id,
        model_revision=row.model_revision,
        flags=flags,
        judged=tuple(map(describe_judgement, judged)),
        correction=build_correction(judged),
    )
