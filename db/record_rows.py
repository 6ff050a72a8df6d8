"""A Record as rows: which field goes into which column. Pure; it touches no database.

Fields that people search or join by have columns or tables of their own; the others are
kept as JSON in ``records.details``, under the names that they have in ``Record``.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from db.tables import (
    record_authors,
    record_corrections,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
)
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import FetchedRecord, Record
from litsweep.matching.titles import title_key

CHILD_TABLES = (
    record_authors,
    record_mesh_headings,
    record_publication_types,
    record_keywords,
    record_corrections,
)


def record_row(
    fetched: FetchedRecord, *, version: int, raw_sha256: str, now: datetime
) -> dict[str, Any]:
    """Return the row of ``records`` for a record that is stored as its ``version``."""
    record = fetched.record
    return {
        "pmid": record.pmid,
        "version": version,
        "publication_status": PublicationStatus.AS_PUBLISHED,
        "raw_sha256": raw_sha256,
        "title": record.title,
        "title_key": title_key(record.title),
        "abstract": record.abstract_text,
        "authors": "; ".join(author.name for author in record.authors),
        "journal": record.journal.title or record.journal.medline_abbreviation,
        "publication_date": record.publication_date.sortable,
        "publication_date_precision": record.publication_date.precision,
        "publication_date_text": record.publication_date.text,
        "language": "; ".join(record.languages),
        "publication_types": "; ".join(kind.name for kind in record.publication_types),
        "doi": record.doi,
        "pmcid": record.pmcid,
        "is_book": record.is_book,
        "created_on": record.created_on,
        "revised_on": record.revised_on,
        "details": _details(record),
        "first_seen_at": now,
        "updated_at": now,
    }


def child_rows(record_id: int, record: Record) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Iterate over the rows of the record's child tables, in the order of the record."""
    for table, rows in (
        (record_authors, ({"name": author.name} | asdict(author) for author in record.authors)),
        (record_mesh_headings, map(asdict, record.mesh_headings)),
        (record_publication_types, map(asdict, record.publication_types)),
        (record_keywords, map(asdict, record.keywords)),
        (record_corrections, map(asdict, record.corrections)),
    ):
        for position, row in enumerate(rows):
            yield table, {"record_id": record_id, "position": position} | row


def _details(record: Record) -> dict[str, Any]:
    return {
        # The parts' text is in records.abstract; a part without label or category adds nothing.
        "abstract_parts": [
            {"label": part.label, "nlm_category": part.nlm_category} for part in record.abstract
        ],
        "other_abstracts": [asdict(abstract) for abstract in record.other_abstracts],
        "vernacular_title": record.vernacular_title,
        "copyright_information": record.copyright_information,
        "citation_status": record.citation_status,
        "publication_status": record.publication_status,
        "journal": asdict(record.journal),
        "is_author_list_complete": record.is_author_list_complete,
        "investigators": [asdict(person) for person in record.investigators],
        "other_ids": [list(pair) for pair in record.other_ids],
        "chemicals": [asdict(chemical) for chemical in record.chemicals],
        "grants": [asdict(grant) for grant in record.grants],
        "data_banks": [asdict(accession) for accession in record.data_banks],
        "conflict_of_interest": record.conflict_of_interest,
        "n_references": record.n_references,
    }
