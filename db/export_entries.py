"""Records as entries of an export: all that leaves with each, in batches.

A report's own words leave only where `reports.exportable` holds; elsewhere the entry never has
them. A batch costs a fixed number of queries, however many records it has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, Select, select

from db.blinding import visible_to
from db.duplicates import KEPT
from db.export_choice import ScreeningFilter, choose_records
from db.export_texts import load_machine_texts
from db.tables import (
    publication_status_changes,
    record_authors,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
    records,
    screening_decisions,
    topic_records,
    topics,
)
from db.topics import get_topic
from db.writing import batches
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import Author, MeshHeading, MeshQualifier, PublicationDate
from litsweep.exports.entries import EntryDecision, EntryJournal, ExportEntry

N_AT_ONCE: Final = 500
"""Records loaded at once; memory does not grow with their number."""

_Item = TypeVar("_Item")


def iter_entries(
    conn: Connection,
    *,
    topic: str | None,
    record_ids: Sequence[int] | None = None,
    decision: ScreeningFilter | None = None,
    stage: Stage = Stage.TITLE_ABSTRACT,
    with_duplicates: bool = False,
    viewer: str | None = None,
) -> Iterator[ExportEntry]:
    """Iterate over the entries of the records that `export_choice.choose_records` chooses.

    Decisions that ``viewer`` may not see (``db.blinding``) stay out; None sees all.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: ``decision`` is asked for without a topic, and there are several.
    """
    chosen = choose_records(
        conn,
        topic=topic,
        record_ids=record_ids,
        decision=decision,
        stage=stage,
        with_duplicates=with_duplicates,
        viewer=viewer,
    )
    return load_entries(conn, chosen.record_ids, topic=topic, viewer=viewer)


def load_entries(
    conn: Connection, record_ids: Sequence[int], *, topic: str | None, viewer: str | None = None
) -> Iterator[ExportEntry]:
    """Iterate over the entries of these records, in their order; unknown numbers are left out.

    With a ``topic``, decisions and topics are those of this topic alone. With a ``viewer``,
    decisions are those that the person of this name may see (``db.blinding``).

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = None if topic is None else get_topic(conn, topic).topic_id
    for batch in batches(record_ids, N_AT_ONCE):
        yield from _load_batch(conn, list(batch), topic_id, viewer)


def _load_batch(
    conn: Connection, record_ids: Sequence[int], topic_id: int | None, viewer: str | None
) -> Iterator[ExportEntry]:
    rows = {row.record_id: row for row in conn.execute(_select_records(record_ids))}
    authors = _load_children(conn, record_authors, record_ids, _build_author)
    types = _load_children(conn, record_publication_types, record_ids, lambda row: str(row.name))
    mesh = _load_children(conn, record_mesh_headings, record_ids, _build_heading)
    keywords = _load_children(conn, record_keywords, record_ids, lambda row: str(row.text))
    reasons = _load_reasons(conn, record_ids)
    names = _load_topics(conn, record_ids, topic_id)
    decisions = _load_decisions(conn, record_ids, topic_id, viewer)
    texts = load_machine_texts(conn, record_ids)
    for row in (rows[one] for one in record_ids if one in rows):
        number = row.record_id
        yield ExportEntry(
            **_own_fields(row),
            authors=tuple(authors[number]),
            publication_types=tuple(types[number]),
            mesh_headings=tuple(mesh[number]),
            keywords=tuple(keywords[number]),
            status_reasons=reasons.get(number, ()),
            topics=tuple(names[number]),
            decisions=tuple(decisions[number]),
            summary=texts.summaries.get(number),
            report=texts.reports.get(number),
            findings=tuple(texts.findings.get(number, ())),
        )


def _select_records(record_ids: Sequence[int]) -> Select[Any]:
    details = records.c.details
    return (
        select(
            records.c.record_id,
            records.c.pmid,
            records.c.title,
            records.c.abstract,
            records.c.journal,
            records.c.publication_date,
            records.c.publication_date_precision,
            records.c.publication_date_text,
            records.c.publication_status,
            records.c.language,
            records.c.doi,
            records.c.pmcid,
            records.c.is_book,
            records.c.created_on,
            records.c.first_seen_at,
            records.c.duplicate_of_id,
            KEPT.c.pmid.label("kept_pmid"),
            # Of the remaining fields only these: half of them are lists of references.
            details["journal"].label("journal_details"),
            details["book"].label("book"),
            details["nct_numbers"].label("nct_numbers"),
        )
        .outerjoin(KEPT, KEPT.c.record_id == records.c.duplicate_of_id)
        .where(records.c.record_id.in_(record_ids))
    )


def _own_fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "record_id": row.record_id,
        "pmid": row.pmid,
        "title": row.title,
        "abstract": row.abstract,
        "publication_date": PublicationDate(
            sortable=row.publication_date,
            precision=row.publication_date_precision,
            text=row.publication_date_text,
        ),
        "publication_status": row.publication_status,
        "journal": _build_journal(row),
        "doi": row.doi,
        "pmcid": row.pmcid,
        "languages": tuple(one for one in row.language.split("; ") if one),
        "registry_numbers": tuple(row.nct_numbers or ()),
        "is_book": row.is_book,
        "created_on": row.created_on,
        "first_seen_at": row.first_seen_at,
        "duplicate_of": _name_kept(row),
    }


def _name_kept(row: Row[Any]) -> str | None:
    if row.duplicate_of_id is None:
        return None
    return f"PMID {row.kept_pmid}" if row.kept_pmid else f"record {row.duplicate_of_id}"


def _build_journal(row: Row[Any]) -> EntryJournal:
    journal, book = row.journal_details or {}, row.book or {}
    issns = (journal.get("issn"), journal.get("issn_linking"))
    return EntryJournal(
        title=row.journal,
        abbreviation=journal.get("iso_abbreviation") or journal.get("medline_abbreviation"),
        nlm_unique_id=journal.get("nlm_unique_id"),
        issns=tuple(dict.fromkeys(one for one in issns if one)),
        volume=journal.get("volume"),
        issue=journal.get("issue"),
        pages=journal.get("pages"),
        publisher=book.get("publisher"),
        publisher_place=book.get("publisher_location"),
    )


def _load_children(
    conn: Connection, table: Any, record_ids: Sequence[int], build: Callable[[Row[Any]], _Item]
) -> defaultdict[int, list[_Item]]:
    statement = (
        select(table)
        .where(table.c.record_id.in_(record_ids))
        .order_by(table.c.record_id, table.c.position)
    )
    found: defaultdict[int, list[_Item]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.record_id].append(build(row))
    return found


def _build_author(row: Row[Any]) -> Author:
    return Author(
        last_name=row.last_name,
        fore_name=row.fore_name,
        initials=row.initials,
        suffix=row.suffix,
        collective_name=row.collective_name,
        orcid=row.orcid,
        affiliations=tuple(row.affiliations),
    )


def _build_heading(row: Row[Any]) -> MeshHeading:
    qualifiers = (
        MeshQualifier(name=one["name"], ui=one.get("ui"), is_major=one.get("is_major", False))
        for one in row.qualifiers
    )
    return MeshHeading(
        name=row.name,
        ui=row.ui,
        is_major=row.is_major,
        qualifiers=tuple(qualifiers),
        kind=row.kind,
        is_automatic=row.is_automatic,
    )


def _load_reasons(conn: Connection, record_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Load why the status of those records is what it is, about which something is said."""
    changes = publication_status_changes.c
    statement = (
        select(changes.record_id, changes.reasons)
        .join(records, records.c.record_id == changes.record_id)
        .where(
            changes.record_id.in_(record_ids),
            records.c.publication_status != PublicationStatus.AS_PUBLISHED,
        )
        .order_by(changes.publication_status_change_id)
    )
    return {record_id: tuple(reasons) for record_id, reasons in conn.execute(statement)}


def _load_topics(
    conn: Connection, record_ids: Sequence[int], topic_id: int | None
) -> defaultdict[int, list[str]]:
    statement = (
        select(topic_records.c.record_id, topics.c.name)
        .join(topics, topics.c.topic_id == topic_records.c.topic_id)
        .where(topic_records.c.record_id.in_(record_ids))
        .order_by(topics.c.name)
    )
    if topic_id is not None:
        statement = statement.where(topic_records.c.topic_id == topic_id)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for record_id, name in conn.execute(statement):
        found[record_id].append(name)
    return found


def _load_decisions(
    conn: Connection, record_ids: Sequence[int], topic_id: int | None, viewer: str | None
) -> defaultdict[int, list[EntryDecision]]:
    decisions = screening_decisions.c
    statement = (
        select(screening_decisions, topics.c.name.label("topic"))
        .join(topics, topics.c.topic_id == decisions.topic_id)
        .where(
            decisions.record_id.in_(record_ids),
            decisions.is_standing,
            decisions.decision != Decision.WITHDRAWN,
            visible_to(viewer),
        )
        .order_by(decisions.decided_at, decisions.screening_decision_id)
    )
    if topic_id is not None:
        statement = statement.where(decisions.topic_id == topic_id)
    found: defaultdict[int, list[EntryDecision]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.record_id].append(
            EntryDecision(
                topic=row.topic,
                stage=row.stage,
                decision=row.decision,
                reviewer=row.reviewer,
                decided_at=row.decided_at,
                exclusion_reason=row.exclusion_reason,
                note=row.note,
                labels=tuple(row.labels),
                is_adjudication=row.is_adjudication,
            )
        )
    return found
